/// Percent-encoding (RFC 3986 §2.1).
enum PercentEncoding {
  /// Every byte but the unreserved ones (§2.3) is escaped: fit for a path segment, and for a name
  /// or a value of a query or form.
  static func encode(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        let digits = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A path of segments. One that is empty or made of dots would name another thing.
  /// - Returns: nil when a segment cannot stand alone.
  static func path(_ segments: [String]) -> String? {
    guard segments.allSatisfy({ !["", ".", ".."].contains($0) }) else { return nil }
    return segments.map { "/" + encode($0) }.joined()
  }
}
