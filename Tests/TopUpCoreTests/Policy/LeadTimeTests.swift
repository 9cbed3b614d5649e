import Testing
import TopUpCore

@Suite struct LeadTimeTests {
  private static func spans(_ range: ClosedRange<Int>) -> [Duration] {
    range.reversed().map { .seconds($0) }
  }

  @Test func `the 95th percentile is a span that was measured, by nearest rank`() {
    #expect(LeadTime(of: Self.spans(1...20)).p95 == .seconds(19))
    #expect(LeadTime(of: Self.spans(1...21)).p95 == .seconds(20))
    #expect(LeadTime(of: Self.spans(1...100)).p95 == .seconds(95))
    #expect(LeadTime(of: Self.spans(1...100)).samples == 100)
  }

  @Test func `before twenty are measured a minute is taken for it, and said to be`() {
    let few = LeadTime(of: Self.spans(501...519))
    #expect(few.p95 == .seconds(60))
    #expect(!few.isMeasured)
    #expect("\(few)" == "60 s (assumed; 19 of 20 measured)")
    #expect("\(LeadTime(of: Self.spans(501...520)))" == "519 s (p95 of the last 20)")
    #expect("\(LeadTime(p95: .milliseconds(61_001), samples: 20))" == "62 s (p95 of the last 20)")
  }

  // MARK: What is measured

  private static func credited(_ trigger: Trigger = .threshold) -> TopUp {
    var topUp = TopUp(
      id: TopUpID("tu_1"), account: .ddc(Sample.dragon), payer: Sample.payer, trigger: trigger,
      episode: 1, amount: Sample.amount, fee: 0, tax: 0, quote: nil, credits: nil,
      onSession: false, policyVersion: 1, slippageBasisPoints: 200, cards: [], description: "",
      created: Scene.start)
    topUp.state = .credited
    return topUp
  }

  private static func at(_ seconds: Int) -> UnixTime { Scene.start.advanced(by: .seconds(seconds)) }

  private static func path(_ states: [(TopUpState, Int)]) -> [StoredTransition] {
    states.enumerated().map { index, step in
      StoredTransition(
        version: Int64(index + 1), from: index == 0 ? nil : states[index - 1].0, to: step.0,
        cause: "", at: at(step.1))
    }
  }

  @Test func `from decision to credit, without the waits for a person and in a hold`() {
    let path = Self.path([
      (.reserved, 0), (.charging, 1), (.actionRequired, 3), (.charged, 1_003),
      (.depositHeld, 1_004), (.charged, 9_004), (.depositing, 9_005), (.needsReview, 9_010),
      (.depositing, 9_110),
    ])
    let sample = LeadTime.sample(of: Self.credited(), after: path, at: Self.at(9_140))
    #expect(sample == .seconds(9_140 - 1_000 - 8_000 - 100))
    let last = Self.path([(.reserved, 0), (.needsReview, 10)])
    #expect(LeadTime.sample(of: Self.credited(), after: last, at: Self.at(70)) == .seconds(10))
  }

  @Test func `what tells nothing of an automatic top-up's way is no sample`() {
    let path = Self.path([(.reserved, 0), (.depositing, 5)])
    let end = Self.at(30)
    #expect(LeadTime.sample(of: Self.credited(.user), after: path, at: end) == nil)
    var reopened = Self.credited()
    reopened.isReopened = true
    #expect(LeadTime.sample(of: reopened, after: path, at: end) == nil)
    var declined = Self.credited()
    declined.state = .declined
    #expect(LeadTime.sample(of: declined, after: path, at: end) == nil)
    #expect(LeadTime.sample(of: Self.credited(.schedule), after: path, at: end) == .seconds(30))
  }

  @Test func `a clock that was set back measures nothing (48)`() {
    let path = Self.path([(.reserved, 0), (.depositing, 5)])
    #expect(LeadTime.sample(of: Self.credited(), after: path, at: Self.at(-1)) == nil)
  }
}
