import Testing
import TopUpCore

@Suite struct IntakeJudgeTests {
  private let now = Situation.now

  private func report(block: UInt64 = 0, observed: UnixTime? = nil) -> LowBalanceReport {
    LowBalanceReport(
      sequence: 1, account: Sample.dragon, severity: .low, unbilled: 0, burnPerEra: 0,
      block: block, observed: observed)
  }

  private func stored(
    isEnabled: Bool? = true, readAt block: UInt64? = nil, inFlight: TopUpID? = nil,
    isPending: Bool = false
  ) -> IntakeStanding {
    IntakeStanding(
      readingBlock: block, isPolicyEnabled: isEnabled, inFlight: inFlight, isPending: isPending)
  }

  private func outcome(
    _ report: LowBalanceReport, _ standing: IntakeStanding, head: UInt64? = 1_000,
    isPending: Bool = false
  ) -> IntakeOutcome {
    IntakeJudge(head: head, now: now).outcome(of: report, standing, isPending: isPending)
  }

  @Test func `a height beyond our own finalized head is stale, and its claim is not kept (11)`() {
    #expect(outcome(report(block: 1_100), stored()) == .accepted)
    let beyond = outcome(report(block: 1_101), stored())
    #expect(beyond == .stale("block 1101 is beyond the finalized head 1000"))
    #expect(!beyond.foldsClaim && !beyond.causesLook)
  }

  @Test func `the highest of numbers is a height like any other (11)`() {
    for head: UInt64 in [0, 1_000, .max - 101] {
      #expect(!outcome(report(block: .max), stored(), head: head).foldsClaim)
    }
    for head in [UInt64.max - 100, .max] {
      #expect(outcome(report(block: .max), stored(), head: head) == .accepted)
      #expect(outcome(report(block: 1), stored(), head: head) == .accepted)
    }
  }

  @Test func `before our first reading no height is known to be too high`() {
    #expect(outcome(report(block: .max), stored(), head: nil) == .accepted)
  }

  @Test func `a height below the last reading changes nothing (11)`() {
    #expect(
      outcome(report(block: 899), stored(readAt: 900))
        == .stale("block 899 is below the last reading at 900"))
    #expect(outcome(report(block: 900), stored(readAt: 900)) == .accepted)
    #expect(outcome(report(block: 0), stored(readAt: 900)) == .accepted)
  }

  @Test func `an event from the future is refused by its own reason`() {
    let edge = now.advanced(by: .seconds(120))
    #expect(outcome(report(observed: edge), stored()) == .accepted)
    #expect(
      outcome(report(observed: edge.advanced(by: .milliseconds(1))), stored())
        == .rejected("observed_at is more than 120 s in the future"))
  }

  @Test func `without a rule that is on, an event is ignored with the reason`() {
    #expect(outcome(report(), stored(isEnabled: nil)) == .ignored("no policy is set"))
    #expect(outcome(report(), stored(isEnabled: false)) == .ignored("automatic top-up is off"))
  }

  @Test func `what is under way folds an event in, and a look follows only where there is none`() {
    let inFlight = stored(inFlight: TopUpID("tu_1"), isPending: true)
    let top = outcome(report(), inFlight)
    #expect(top == .coalesced(TopUpID("tu_1")) && !top.causesLook && top.foldsClaim)
    // Marked by what is stored, or by an earlier one of the same batch.
    for pending in [
      outcome(report(), stored(isPending: true)), outcome(report(), stored(), isPending: true),
    ] {
      #expect(pending == .coalesced(nil) && pending.causesLook && pending.foldsClaim)
    }
  }
}
