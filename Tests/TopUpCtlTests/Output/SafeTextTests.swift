import Testing

@testable import topupctl

@Suite struct SafeTextTests {
  @Test(arguments: [
    ("\u{1B}[2J\u{1B}]0;title\u{07}", "\u{FFFD}[2J\u{FFFD}]0;title\u{FFFD}"),
    ("a\nb\tc", "a b c"), ("back\u{08}space", "back\u{FFFD}space"),
    ("\u{9B}31m", "\u{FFFD}31m"), ("a\u{202E}dcb", "a\u{FFFD}dcb"),
  ])
  func `what a terminal would act on is replaced`(text: String, shown: String) {
    #expect(SafeText.shown(text) == shown)
    #expect(Cell(text).text == shown)
  }

  @Test(arguments: ["plain", "Zürich", "東京", "🙂", "e\u{301}", ""])
  func `other text stays as it is`(text: String) {
    #expect(SafeText.shown(text) == text)
  }
}
