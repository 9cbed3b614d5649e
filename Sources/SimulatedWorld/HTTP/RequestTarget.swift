/// A request's URL taken apart.
struct RequestTarget: Hashable {
  /// The segments between slashes, percent-decoded; `/v1/charges` is `["v1", "charges"]`.
  var segments: [String]
  /// What follows the question mark, as sent.
  var query: String

  /// - Parameter url: absolute, or a path with its query.
  /// - Returns: nil when the path is no path or its percent-encoding is broken.
  init?(url: String) {
    var rest = Substring(url)
    if let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...]
      // An empty path is sent as a slash (RFC 9110 §4.2.3).
      rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    guard rest.first == "/" else { return nil }
    let mark = rest.firstIndex(of: "?")
    query = mark.map { String(rest[rest.index(after: $0)...]) } ?? ""
    segments = []
    for segment in rest[..<(mark ?? rest.endIndex)].dropFirst().split(
      separator: "/", omittingEmptySubsequences: false)
    {
      guard let text = PercentText.decode(segment, plusIsBlank: false) else { return nil }
      segments.append(text)
    }
  }

  /// The path as it is compared and logged.
  var path: String { "/" + segments.joined(separator: "/") }
}

extension Substring {
  /// The first place where a text stands.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}

/// Percent-encoding (RFC 3986 §2.1; the form variant writes a blank as `+`).
enum PercentText {
  /// - Returns: nil when an escape is cut or no hex, or the bytes are not UTF-8.
  static func decode(_ text: some StringProtocol, plusIsBlank: Bool) -> String? {
    let isPlain = !text.utf8.contains {
      $0 == UInt8(ascii: "%") || plusIsBlank && $0 == UInt8(ascii: "+")
    }
    if isPlain { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsBlank: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x41 + 10
    case 0x61...0x66: character - 0x61 + 10
    default: nil
    }
  }
}
