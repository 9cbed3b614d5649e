import Testing
import TopUpCore

/// A balance that would be empty before a top-up has come.
@Suite struct ArrivalTests {
  private let cere = Planck.cere.units

  /// Above its threshold, with so many eras left, each of 480 s.
  private func input(eras: Int128, p95: Duration, margin: Duration?) -> DecisionInput {
    var input = Situation.input(active: 100 * cere)
    input.policy?.threshold = cere
    input.policy?.arriveBeforeEmpty = margin
    input.claim = Situation.claim(burn: 100 * cere / eras)
    input.leadTime = LeadTime(p95: p95, samples: 57)
    return input
  }

  @Test func `funded when the balance lasts no longer than a top-up takes and the margin`() {
    // 10 eras are 4,800 s.
    let just = input(eras: 10, p95: .seconds(1_200), margin: .seconds(3_600))
    #expect(decide(just).plan?.trigger == .runway)
    #expect(
      decide(just).plan?.grounds
        == .arrival(4_800, LeadTime(p95: .seconds(1_200), samples: 57), margin: .seconds(3_600)))
    let longer = input(eras: 10, p95: .seconds(1_200), margin: .seconds(3_599))
    #expect(decide(longer).skip?.reason == .notLow)
  }

  @Test func `what a top-up takes counts to the millisecond, and upwards`() {
    let short = input(eras: 10, p95: .milliseconds(4_799_001), margin: .zero)
    #expect(decide(short).plan?.trigger == .runway)
    let long = input(eras: 10, p95: .milliseconds(4_799_000), margin: .zero)
    #expect(decide(long).skip?.reason == .notLow)
  }

  @Test func `a rule that does not ask for it is not funded for it`() {
    #expect(decide(input(eras: 1, p95: .seconds(9_000), margin: nil)).skip?.reason == .notLow)
  }

  @Test func `a burn that nobody knows tells nothing`() {
    var input = input(eras: 1, p95: .seconds(9_000), margin: .seconds(9_000))
    input.claim = nil
    #expect(decide(input).skip?.reason == .notLow)
  }

  @Test func `the longer of both spans decides`() {
    var input = input(eras: 10, p95: .seconds(60), margin: .seconds(60))
    input.policy?.minRunway = .seconds(4_801)
    #expect(decide(input).plan?.grounds == .runway(4_800, least: 4_801))
    input.policy?.minRunway = .seconds(100)
    #expect(decide(input).skip?.reason == .notLow)
    input.policy?.arriveBeforeEmpty = .seconds(4_740)
    #expect(decide(input).plan?.trigger == .runway)
  }

  @Test func `the explanation has the runway, the lead time and how many it is taken from`() throws
  {
    let explanation = explain(input(eras: 10, p95: .seconds(100), margin: .seconds(60)))
    let finding = try #require(
      explanation.findings.first { $0.predicate == .runwayWithinLeadTime })
    #expect(finding.standing == .fails)
    #expect(
      "\(finding.left) \(finding.relation.rawValue) \(finding.right)"
        == "4800 s <= 160 s: a top-up takes 100 s (p95 of the last 57), and 60 s before empty")
  }

  @Test func `spans of any length are no trap`() {
    for span: Duration in [.seconds(Int64.max / 2), .seconds(-5), .nanoseconds(-1), .zero] {
      _ = decide(input(eras: 1, p95: span, margin: span))
    }
  }
}
