/// Hexadecimal text of bytes: written in lower case, read in either.
package enum Hex {
  package static func text(_ bytes: some Sequence<UInt8>) -> String { text(Array(bytes)) }

  /// The same; apart, for an account's name is written with each look at it.
  package static func text(_ bytes: [UInt8]) -> String {
    unsafe String(unsafeUninitializedCapacity: bytes.count * 2) {
      unsafe write(bytes.span.bytes, to: $0)
    }
  }

  /// A word and the texts of two runs of bytes behind it, each after a colon.
  package static func text(_ head: StaticString, _ first: RawSpan, _ second: RawSpan) -> String {
    let count = head.utf8CodeUnitCount + 2 + 2 * (first.byteCount + second.byteCount)
    return unsafe String(unsafeUninitializedCapacity: count) { digits in
      head.withUTF8Buffer { unsafe _ = digits.update(fromContentsOf: $0) }
      var end = head.utf8CodeUnitCount
      unsafe end += writeAfterColon(first, to: UnsafeMutableBufferPointer(rebasing: digits[end...]))
      unsafe end += writeAfterColon(
        second, to: UnsafeMutableBufferPointer(rebasing: digits[end...]))
      return end
    }
  }

  private static func writeAfterColon(
    _ bytes: RawSpan, to digits: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    unsafe digits[0] = UInt8(ascii: ":")
    return unsafe 1 + write(bytes, to: UnsafeMutableBufferPointer(rebasing: digits[1...]))
  }

  /// - Returns: how many digits there are now; there must be room for them.
  private static func write(
    _ bytes: RawSpan, to digits: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    for index in 0..<bytes.byteCount {
      // The index is one of the span's.
      let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      unsafe digits[2 * index] = digit(byte >> 4)
      unsafe digits[2 * index + 1] = digit(byte & 0xF)
    }
    return bytes.byteCount * 2
  }

  /// With the `0x` that chain nodes put in front.
  package static func prefixedText(_ bytes: some Sequence<UInt8>) -> String {
    prefixedText(Array(bytes))
  }

  package static func prefixedText(_ bytes: [UInt8]) -> String {
    unsafe String(unsafeUninitializedCapacity: 2 + bytes.count * 2) { digits in
      unsafe digits[0] = UInt8(ascii: "0")
      unsafe digits[1] = UInt8(ascii: "x")
      return unsafe 2
        + write(bytes.span.bytes, to: UnsafeMutableBufferPointer(rebasing: digits[2...]))
    }
  }

  /// - Parameter text: an even number of hexadecimal digits and nothing else; empty is no bytes.
  /// - Returns: nil on any other shape.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? { bytes(digits: text.utf8) }

  /// The same; apart, as those below, so that it is compiled for the text that nearly all comes in.
  package static func bytes(_ text: Substring) -> [UInt8]? {
    var text = text
    return text.withUTF8 { bytes(digits: $0) }
  }

  private static func bytes(digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard digits.count.isMultiple(of: 2) else { return nil }
    var isHex = true
    let bytes = [UInt8](capacity: digits.count / 2) { bytes in
      for place in stride(from: 0, to: digits.count, by: 2) {
        guard let high = unsafe value(of: digits[place]),
          let low = unsafe value(of: digits[place + 1])
        else {
          isHex = false
          return
        }
        bytes.append(high << 4 | low)
      }
    }
    return isHex ? bytes : nil
  }

  private static func bytes(digits: some Collection<UInt8>) -> [UInt8]? {
    let count = digits.count
    guard count.isMultiple(of: 2) else { return nil }
    var isHex = true
    var rest = digits.makeIterator()
    let bytes = [UInt8](capacity: count / 2) { bytes in
      while let first = rest.next(), let second = rest.next() {
        guard let high = value(of: first), let low = value(of: second) else {
          isHex = false
          return
        }
        bytes.append(high << 4 | low)
      }
    }
    return isHex ? bytes : nil
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
      return unsafe bytes(digits: UnsafeBufferPointer(rebasing: digits[2...]))
    }
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
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
