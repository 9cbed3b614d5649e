import Testing
import TopUpCore

@Suite struct ShortTextTests {
  @Test(arguments: [
    ("", 0, ""), ("abc", 3, "abc"), ("abcd", 3, "abc"), ("aé", 2, "a"), ("aé", 3, "aé"),
    ("é", 1, ""), ("a\u{301}\u{301}", 3, "a\u{301}"), ("👩‍👧", 4, "👩"),
  ])
  func `a text is cut between its scalars, to that many bytes`(
    text: String, bytes: Int, cut: String
  ) {
    #expect(Array(text.cut(toBytes: bytes).utf8) == Array(cut.utf8))
    #expect(Array(text[...].cut(toBytes: bytes).utf8) == Array(cut.utf8))
  }
}
