/// Why bytes are no recorded decision.
package enum DecisionCodecError: Error, Hashable, Sendable {
  case scale(SCALEError)
  /// A form that this release does not know.
  case version(UInt8)
  /// A value that its field cannot have.
  case impossible(String)
  /// Another form than the one that is written.
  case notCanonical
}
