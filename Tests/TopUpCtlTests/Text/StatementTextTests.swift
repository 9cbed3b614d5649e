import Testing

@testable import topupctl

@Suite struct StatementTextTests {
  @Test(arguments: [
    ("used for builds", "used for builds"), ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+1", "'+1"),
    ("-1", "'-1"), ("@x", "'@x"), ("a=b", "a=b"), ("", ""), ("a\u{9B}2J", "a\u{FFFD}2J"),
  ])
  func `what others wrote is no formula, and moves no terminal`(text: String, shown: String) {
    #expect(StatementText.foreign(text) == shown)
  }
}
