/// Hexadecimal text of bytes: written in lower case, read in either.
package enum Hex {
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity(bytes.underestimatedCount * 2)
    for byte in bytes {
      digits.append(digit(byte >> 4))
      digits.append(digit(byte & 0xF))
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// With the `0x` that chain nodes put in front.
  package static func prefixedText(_ bytes: some Sequence<UInt8>) -> String { "0x" + text(bytes) }

  /// - Parameter text: an even number of hexadecimal digits and nothing else; empty is no bytes.
  /// - Returns: nil on any other shape.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? { bytes(digits: text.utf8) }

  /// The same; apart, as those below, so that it is compiled for the text that nearly all comes in.
  package static func bytes(_ text: Substring) -> [UInt8]? {
    var text = text
    return text.withUTF8 { bytes(digits: $0) }
  }

  private static func bytes(digits: some Collection<UInt8>) -> [UInt8]? {
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
      guard let nibble = value(of: digit) else { return nil }
      if let first = high {
        bytes.append(first << 4 | nibble)
        high = nil
      } else {
        high = nibble
      }
    }
    return bytes
  }

  /// - Parameter text: `0x`, then an even number of hexadecimal digits.
  package static func prefixedBytes(_ text: some StringProtocol) -> [UInt8]? {
    text.utf8.starts(with: "0x".utf8) ? bytes(digits: text.utf8.dropFirst(2)) : nil
  }

  package static func prefixedBytes(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { digits in
      guard digits.count >= 2, digits[0] == UInt8(ascii: "0"), digits[1] == UInt8(ascii: "x")
      else { return nil }
      return bytes(digits: digits.dropFirst(2))
    }
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
