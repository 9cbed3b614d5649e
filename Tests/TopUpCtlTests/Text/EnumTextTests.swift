import Testing
import TopUpAPI

@testable import topupctl

@Suite struct EnumTextTests {
  @Test(arguments: ["needs-review", "NEEDS_REVIEW", "TOP_UP_STATE_NEEDS_REVIEW", "Needs-Review"])
  func `a state is found by any of its spellings`(text: String) {
    #expect(TopUpState(named: text, prefix: TopUpState.prefix) == .needsReview)
  }

  @Test(arguments: ["", "unspecified", "needs review", "done"])
  func `a text that names no state finds none`(text: String) {
    #expect(TopUpState(named: text, prefix: TopUpState.prefix) == nil)
  }

  @Test func `every state but the unspecified has a name to type`() {
    let choices = TopUpState.choices(after: TopUpState.prefix)
    #expect(choices.count == TopUpState.allCases.count - 1)
    #expect(choices.allSatisfy { TopUpState(named: $0, prefix: TopUpState.prefix) != nil })
  }

  @Test func `a state that this program does not know is shown by its number`() {
    #expect(TopUpState.unrecognized(99).cell == Cell("99", .waiting))
  }

  @Test func `only a credited top-up is shown as good, and only a final one as bad`() {
    #expect(TopUpState.credited.cell.style == .good)
    let bad = TopUpState.allCases.filter { $0.cell.style == .bad }
    #expect(bad == [.declined, .cancelled, .expired, .refunded, .reversed])
  }
}
