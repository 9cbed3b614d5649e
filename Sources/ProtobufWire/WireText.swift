import RPCCore

/// The rule for the bytes of a `string` field.
package enum WireText {
  /// Whether bytes are UTF-8 (RFC 3629: shortest form, no surrogates, nothing past U+10FFFF) and
  /// hold no NUL, which would cut the text wherever C reads it.
  package static func isValid(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
    var index = start
    while index < end {
      if index + 8 <= end, isPlainASCII(word(bytes, index)) {
        index += 8
        continue
      }
      // The last few bytes once more as a whole word, together with some that are known good.
      if end - index < 8, end - start >= 8, isPlainASCII(word(bytes, end - 8)) { return true }
      let byte = bytes.byte(index)
      if byte < 0x80 {
        guard byte != 0 else { return false }
        index += 1
        continue
      }
      let length = multibyteLength(bytes, index, end)
      guard length > 0 else { return false }
      index += length
    }
    return true
  }

  /// Eight bytes at once: no top bit, no zero byte.
  private static func isPlainASCII(_ word: UInt64) -> Bool {
    let top: UInt64 = 0x8080_8080_8080_8080
    let ones: UInt64 = 0x0101_0101_0101_0101
    return (word | (word &- ones)) & top == 0
  }

  private static func word(_ bytes: RawSpan, _ index: Int) -> UInt64 {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
  }

  /// The length of the sequence that begins at a byte of 0x80 or above; 0 when it is none.
  ///
  /// - Source: RFC 3629 §4, the grammar of UTF8-octets.
  private static func multibyteLength(_ bytes: RawSpan, _ index: Int, _ end: Int) -> Int {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes.byte(index) {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard index + length <= end, second.contains(bytes.byte(index + 1)) else { return 0 }
    for offset in 2..<length {
      guard (0x80...0xBF).contains(bytes.byte(index + offset)) else { return 0 }
    }
    return length
  }
}
