/// Bytes as lower-case hex digits, with and without `0x`.
enum Hex {
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    var text = ""
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }

  static func prefixed(_ bytes: some Sequence<UInt8>) -> String { "0x" + text(bytes) }

  /// - Returns: nil unless the text is `0x` and an even number of lower-case digits.
  static func bytes(prefixed text: String) -> [UInt8]? {
    guard text.hasPrefix("0x"), text.utf8.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8.dropFirst(2) {
      let digit: UInt8
      switch character {
      case 0x30...0x39: digit = character - 0x30
      case 0x61...0x66: digit = character - 0x61 + 10
      default: return nil
      }
      if let upper = high {
        bytes.append(upper << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }
}
