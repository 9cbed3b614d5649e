import RPCCore
import TestSupport
import Testing

@Suite struct PercentEncodingTests {
  private func encode(_ text: String) -> String {
    String(decoding: PercentEncoding.encode(text), as: UTF8.self)
  }

  private func decode(_ text: String) -> String {
    PercentEncoding.decode(Array(text.utf8).span)
  }

  @Test(arguments: [
    ("", ""), ("plain text ~", "plain text ~"), ("100%", "100%25"), ("a\tb\n", "a%09b%0A"),
    ("\u{FC}", "%C3%BC"), ("\u{263A}", "%E2%98%BA"), ("\u{7F}\u{0}", "%7F%00"),
  ])
  func `bytes outside printable ASCII and the percent sign are escaped, no others`(
    plain: String, text: String
  ) {
    #expect(encode(plain) == text)
    #expect(decode(text) == plain)
  }

  @Test func `any text comes back`() {
    var generator = SeededGenerator(seed: 25)
    for _ in 0..<300 {
      let scalars = (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x1_FFFF, using: &generator))
      }
      let text = String(String.UnicodeScalarView(scalars))
      let encoded = PercentEncoding.encode(text)
      #expect(encoded.allSatisfy { $0 >= 0x20 && $0 <= 0x7E })
      #expect(PercentEncoding.decode(encoded.span) == text)
    }
  }

  @Test(arguments: [
    ("%", "%"), ("%2", "%2"), ("%zz", "%zz"), ("a%2", "a%2"), ("%25", "%"), ("%c3%bc", "\u{FC}"),
    ("%2541", "%41"), ("%%41", "%A"),
  ])
  func `an escape that is none stays as it is`(text: String, plain: String) {
    #expect(decode(text) == plain)
  }

  @Test func `bytes that are no UTF-8 are repaired`() {
    #expect(decode("a%FFb") == "a\u{FFFD}b")
  }
}
