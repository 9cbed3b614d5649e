internal import ArgumentParser

/// Where the daemon listens.
struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// The port of topupd's calls.
  static let standardPort: UInt16 = 50_051
  static let standard = ServerAddress(host: "127.0.0.1", port: standardPort)

  let host: String
  let port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// - Parameter text: `host`, `host:port` or `[IPv6]:port`; without a port, topupd's own.
  /// - Throws: ``UsageError``, which says what is wrong.
  init(_ text: String) throws(UsageError) {
    if text.contains("://") {
      throw UsageError("the address is host:port, without a scheme, such as 127.0.0.1:50051")
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
    self.host = String(host)
    if rest.isEmpty {
      port = Self.standardPort
    } else {
      guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0,
        rest.dropFirst().allSatisfy(\.isNumber)
      else { throw UsageError("the port is a number from 1 to 65535") }
      self.port = port
    }
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
