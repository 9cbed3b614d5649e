internal import TopUpCore

/// What may leave this machine at all; checked before curl sees a request.
enum RequestPolicy {
  /// Why a request is not sent. Never holds a value of a header, which may be a secret.
  enum Refusal: Error, Hashable, Sendable {
    case malformedURL
    /// Only `http` and `https` are spoken.
    case scheme(String)
    /// Credentials in a URL end in logs.
    case credentialsInURL
    /// Plain HTTP beyond loopback.
    case plainHTTP(host: String)
    case headerName
    case headerValue(name: String)
    case bodyOnGET
    case noTime
  }

  static func check(_ request: HTTPRequest, allowsPlainHTTP: Bool) throws(Refusal) {
    try check(url: request.url, allowsPlainHTTP: allowsPlainHTTP)
    for field in request.headers {
      guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenByte) else {
        throw .headerName
      }
      // Visible ASCII and blanks: a line break would begin another field (RFC 9110 §5.5).
      guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
        throw .headerValue(name: field.name)
      }
    }
    if request.method == .get, !request.body.isEmpty { throw .bodyOnGET }
    guard request.timeout > .zero else { throw .noTime }
  }

  static func check(url: String, allowsPlainHTTP: Bool) throws(Refusal) {
    // A backslash is a slash to some readers and none to others: no URL needs one.
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
      throw .malformedURL
    }
    guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
      throw .malformedURL
    }
    let scheme = url[..<colon].lowercased()
    guard scheme == "http" || scheme == "https" else { throw .scheme(scheme) }
    let rest = url[url.index(colon, offsetBy: 3)...]
    let authority = rest[..<(rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex)]
    guard !authority.contains("@") else { throw .credentialsInURL }
    guard let host = host(of: authority) else { throw .malformedURL }
    guard scheme == "https" || allowsPlainHTTP || isLoopback(host) else {
      throw .plainHTTP(host: host)
    }
  }

  /// Whether a host names this machine beyond doubt. Names that a resolver may send elsewhere do
  /// not; curl answers `localhost` itself.
  static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "127" else { return false }
    return parts.allSatisfy { part in
      UInt8(part).map { String($0) == part } ?? false  // No sign and no octal form.
    }
  }

  /// The host of an authority, in lower case, brackets kept; nil when it or its port is malformed.
  private static func host(of authority: Substring) -> String? {
    var host = authority
    var port: Substring?
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      host = authority[...bracket]
      let after = authority[authority.index(after: bracket)...]
      guard after.isEmpty || after.hasPrefix(":") else { return nil }
      port = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    guard !host.isEmpty else { return nil }
    if let port {
      guard port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt16(port),
        number > 0
      else { return nil }
    }
    return host.lowercased()
  }

  /// A byte of a token (RFC 9110 §5.6.2).
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

extension RequestPolicy.Refusal: CustomStringConvertible {
  var description: String {
    switch self {
    case .malformedURL: "the URL is malformed"
    case .scheme(let scheme): "the scheme \(scheme) is not spoken"
    case .credentialsInURL: "the URL holds credentials"
    case .plainHTTP(let host): "plain HTTP to \(host) is not allowed"
    case .headerName: "a header field's name is malformed"
    case .headerValue(let name): "the value of the header field \(name) is malformed"
    case .bodyOnGET: "a GET carries no body"
    case .noTime: "no time was left"
    }
  }
}
