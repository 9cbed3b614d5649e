/// Which release this is: the daemon's and its tool's version are one.
package enum Release {
  package static let version = "0.1.0"
}
