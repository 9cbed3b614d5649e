internal import ArgumentParser
internal import RPCCore

/// Where the daemon listens.
struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// The port of topupd's calls.
  static let standardPort: UInt16 = 50_051
  static let standard = ServerAddress(host: "127.0.0.1", port: standardPort)

  private static let secureScheme = "https://"
  private static let unixScheme = "unix:"

  /// A name or address; `unix:` and a path for a Unix-domain socket, whose port is 0.
  let host: String
  let port: UInt16
  /// Nil speaks plaintext.
  var tls: ClientTLS?

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  var isUnix: Bool { host.hasPrefix(Self.unixScheme) }

  /// - Parameter text: `host`, `host:port` or `[IPv6]:port`, for TLS behind `https://`; without a
  ///   port, topupd's own. Or `unix:` and a path.
  /// - Throws: ``UsageError``, which says what is wrong.
  init(_ text: String) throws(UsageError) {
    if text.hasPrefix(Self.unixScheme) {
      guard text.count > Self.unixScheme.count else { throw UsageError("the path is missing") }
      self.init(host: text, port: 0)
      return
    }
    if text.hasPrefix(Self.secureScheme) {
      try self.init(String(text.dropFirst(Self.secureScheme.count)))
      tls = ClientTLS()
      return
    }
    if text.contains("://") {
      throw UsageError(
        "the address is host:port, https://host:port or unix:/path, such as 127.0.0.1:50051")
    }
    let host: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw UsageError("\"[\" is not closed") }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
    } else {
      host = text.prefix { $0 != ":" }
      rest = text.dropFirst(host.count)
      if rest.dropFirst().contains(":") {
        throw UsageError("an IPv6 address stands in brackets, such as [::1]:50051")
      }
    }
    guard !host.isEmpty, !host.contains(where: \.isWhitespace) else {
      throw UsageError("the host is missing; an address is host:port, such as 127.0.0.1:50051")
    }
    if rest.isEmpty {
      self.init(host: String(host), port: Self.standardPort)
    } else {
      guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0,
        rest.dropFirst().allSatisfy(\.isNumber)
      else { throw UsageError("the port is a number from 1 to 65535") }
      self.init(host: String(host), port: port)
    }
  }

  var description: String {
    if isUnix { return host }
    let text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    return tls == nil ? text : Self.secureScheme + text
  }
}
