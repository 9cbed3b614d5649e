import ProtobufWire
import Testing

@Suite struct WireTextTests {
  private func isValid(_ bytes: [UInt8]) -> Bool {
    WireText.isValid(bytes.span.bytes, from: 0, to: bytes.count)
  }

  @Test func `text in every script is valid`() {
    for text in ["", "a", "plain ASCII, longer than a word", "smörgås", "Ж中🂡", "12345678中"] {
      #expect(isValid(Array(text.utf8)))
    }
  }

  @Test func `NUL is refused at every place`() {
    for place in 0..<20 {
      var bytes = [UInt8](repeating: 0x61, count: 20)
      bytes[place] = 0
      #expect(!isValid(bytes))
    }
  }

  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80],
      [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xE1, 0x80],
      [0xF0, 0x80, 0x80, 0x80],
      [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
      [0xF1, 0x80, 0x80],
      [0xFF], [0xFE], [0xE2, 0x82, 0x28],
    ] as [[UInt8]])
  func `overlong, surrogate, cut and out-of-range sequences are refused`(_ bytes: [UInt8]) {
    #expect(!isValid(bytes))
    #expect(!isValid(Array("12345678".utf8) + bytes))
    #expect(!isValid(bytes + Array("12345678".utf8)))
  }

  @Test func `two and three bytes are judged as the standard library judges them`() {
    for first in 0x80...0xFF {
      for second in 0x01...0xFF {
        for third in [0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC2] {
          let bytes = [UInt8(first), UInt8(second), UInt8(third)]
          #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
        }
      }
    }
  }

  @Test func `every scalar but NUL is valid`() {
    for value in UInt32(1)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      if !isValid(Array(String(Character(scalar)).utf8)) { Issue.record("U+\(value) is refused") }
    }
  }
}
