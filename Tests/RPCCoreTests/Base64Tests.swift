import RPCCore
import TestSupport
import Testing

@Suite struct Base64Tests {
  private func decode(_ text: String) throws -> [UInt8] {
    try Base64.decode(Array(text.utf8).span)
  }

  /// RFC 4648 §10, without its padding.
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
    ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
  ])
  func `the vectors of the RFC are written unpadded and read either way`(
    plain: String, text: String
  ) throws {
    #expect(Base64.encode(plain.utf8) == text)
    #expect(try decode(text) == Array(plain.utf8))
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    #expect(try decode(text + padding) == Array(plain.utf8))
  }

  @Test func `what was written is read back, padded or not`() throws {
    var generator = SeededGenerator(seed: 64)
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = Base64.encode(bytes)
      #expect(try decode(text) == bytes)
      #expect(text.utf8.count == (count * 4 + 2) / 3)
    }
  }

  @Test(arguments: [
    "A", "AAAAA", "=", "==", "A=", "A==", "AA=", "AAA==", "AAAA=", "AA===", "A=AA", "AA-_",
    "AA A", "AA\n", "\u{E9}A",
  ])
  func `a foreign letter, misplaced padding or an impossible length is refused`(text: String) {
    #expect(throws: WireError.malformedBase64) { _ = try decode(text) }
  }
}
