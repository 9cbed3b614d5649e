/// The first line of a request, of which exactly one is served.
enum HTTPRequestLine {
  private static let post = Array("POST".utf8)
  private static let connect = Array("CONNECT".utf8)
  private static let supported = Array("HTTP/1.1".utf8)

  /// Judges a line, its line end not included.
  ///
  /// The version first, for it says how all else is meant, then the method, then the target.
  ///
  /// - Source: RFC 9112 §3; leniencies that it allows (§2.2, §3) are not taken.
  static func check(_ line: [UInt8], _ rules: HTTPRequestRules) throws(WebhookRefusal) {
    let parts = line.split(separator: HTTPBytes.space, omittingEmptySubsequences: false)
    guard let method = parts.first, !method.isEmpty, method.allSatisfy(HTTPBytes.isToken) else {
      throw .malformedRequestLine
    }
    switch parts.count {
    case 2 where parts[1].first == UInt8(ascii: "/"): throw .versionUnsupported  // HTTP/0.9
    case 3: break
    default: throw .malformedRequestLine
    }
    let target = parts[1]
    guard !target.isEmpty, target.allSatisfy(HTTPBytes.isVisible) else {
      throw .malformedRequestLine
    }
    try check(version: parts[2])
    if method.elementsEqual(connect) { throw .connectMethod }
    guard method.elementsEqual(post) else { throw .methodNotAllowed }
    try check(target: target, rules)
  }

  private static func check(version: ArraySlice<UInt8>) throws(WebhookRefusal) {
    if version.elementsEqual(supported) { return }
    let digits = version.suffix(3)
    let isVersion =
      version.count == supported.count && version.starts(with: supported.prefix(5))
      && HTTPBytes.isDigit(digits[digits.startIndex])
      && digits[digits.startIndex + 1] == UInt8(ascii: ".")
      && HTTPBytes.isDigit(digits[digits.startIndex + 2])
    throw isVersion ? .versionUnsupported : .malformedRequestLine
  }

  private static func check(
    target: ArraySlice<UInt8>, _ rules: HTTPRequestRules
  ) throws(WebhookRefusal) {
    guard target.first == UInt8(ascii: "/") else { throw .targetForm }
    guard !target.contains(UInt8(ascii: "#")) else { throw .malformedRequestLine }
    guard !target.contains(UInt8(ascii: "?")) else { throw .queryPresent }
    guard target.elementsEqual(rules.path) else { throw .pathUnknown }
  }
}
