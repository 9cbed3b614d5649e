import Testing
import TopUpAPI

@testable import topupctl

@Suite struct EventPlanTests {
  private func sequence(_ count: Int, duplicatePercent: Int) -> [UInt64] {
    EventPlan(count: count, duplicatePercent: duplicatePercent, event: LowBalanceEvent())
      .sequence(from: 5).map(\.seq)
  }

  @Test func `events are numbered without a gap`() {
    #expect(sequence(3, duplicatePercent: 0) == [5, 6, 7])
  }

  @Test func `repeats follow their event and are spread evenly`() {
    #expect(sequence(4, duplicatePercent: 50) == [5, 6, 6, 7, 8, 8])
    #expect(sequence(2, duplicatePercent: 100) == [5, 5, 6, 6])
  }

  @Test(arguments: [0, 1, 33, 99, 100])
  func `as many go out as the percentage says`(percent: Int) {
    #expect(sequence(250, duplicatePercent: percent).count == 250 + 250 * percent / 100)
  }
}
