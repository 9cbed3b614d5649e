/// What a request must be to be read at all.
package struct HTTPRequestRules: Hashable, Sendable {
  /// Why rules cannot be meant.
  package enum Fault: Error, Hashable, Sendable {
    /// Not a slash and visible characters without a query or a fragment.
    case badPath(String)
    /// Not a host as a Host field holds it.
    case badHost(String)
    /// No host is listed, so that every request would be refused.
    case noHosts
    case badLimit(String)
  }

  /// The one target that is served, compared byte by byte: no spelling of it is made equal.
  let path: [UInt8]
  /// In lower case. One with a port stands for that port alone, one without for any.
  let hosts: Set<[UInt8]>
  /// Stripe's events have 2 to 20 kB; a cap below 256 KiB would lose some (facts/stripe §7).
  package let bodyBytesMax: Int
  /// Bytes of the head with its line ends; what ingresses send is below 2 KiB.
  package let headBytesMax: Int
  package let fieldsMax: Int

  package init(
    path: String, hosts: [String], bodyBytesMax: Int = 262_144, headBytesMax: Int = 8192,
    fieldsMax: Int = 64
  ) throws(Fault) {
    let target = Array(path.utf8)
    let isTarget = target.allSatisfy {
      HTTPBytes.isVisible($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
    }
    guard isTarget, target.first == UInt8(ascii: "/") else { throw .badPath(path) }
    guard !hosts.isEmpty else { throw .noHosts }
    for host in hosts where HTTPHost(Array(host.utf8)) == nil { throw .badHost(host) }
    guard bodyBytesMax > 0 else { throw .badLimit("a body of \(bodyBytesMax) bytes at most") }
    guard headBytesMax > 0 else { throw .badLimit("a head of \(headBytesMax) bytes at most") }
    guard fieldsMax > 0 else { throw .badLimit("\(fieldsMax) fields at most") }
    self.path = target
    self.hosts = Set(hosts.map { $0.utf8.map(HTTPBytes.lowercased) })
    self.bodyBytesMax = bodyBytesMax
    self.headBytesMax = headBytesMax
    self.fieldsMax = fieldsMax
  }

  func serves(_ host: HTTPHost) -> Bool {
    hosts.contains(host.whole) || hosts.contains(host.name)
  }
}
