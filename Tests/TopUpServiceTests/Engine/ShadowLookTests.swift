import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// A rule on trial beside the one that acts.
@Suite struct ShadowLookTests {
  private func setTrial(
    _ harness: EngineHarness, _ version: Int64 = 1, _ adjust: (inout Policy) -> Void
  ) throws {
    var rule = try #require(try harness.look { try $0.account(harness.key) }.policy)
    adjust(&rule)
    try harness.commit(
      .putShadow(
        ShadowPolicy(
          account: harness.key, policy: rule, version: version, set: harness.clock.now,
          actor: "ops", reason: "r")))
  }

  private func ask(_ harness: EngineHarness) throws {
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(1))
  }

  @Test func `a look that charges nothing notes what the other rule would have charged`() throws {
    let harness = try EngineHarness()
    try harness.start(balance: 200)
    // What the ramp was never asked for is priced by the price accepted last.
    try harness.commit(
      .putPrice(
        AcceptedPrice(
          currency: .usd, rateNano: 1_250_000, accepted: harness.clock.now, actor: "ops",
          reason: "r", version: 1)))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    try setTrial(harness) { $0.threshold = 300 * Planck.cere.units }
    try ask(harness)
    try ask(harness)
    let stored = try #require(try harness.look { try $0.shadow(of: harness.key) })
    #expect(stored.looks == 2 && stored.differences == [.wouldCharge: 2])
    let kept = try harness.look {
      try $0.shadowDifferences(of: harness.key, before: nil, limit: 9)
    }
    #expect(kept.map(\.difference.live.word) == ["notLow"])
    #expect(kept.map(\.difference.shadow.word) == ["5.00 USD"])
    // Nothing else happened by it.
    #expect(try harness.topUps() == [])
    #expect(try harness.decisions().count == 1)
  }

  @Test func `a look that begins a top-up notes what the other rule would not have (47)`() throws {
    let harness = try EngineHarness()
    try harness.start(balance: 20)
    try harness.setPolicy { $0.isEnabled = false }
    harness.loop.advance(by: .seconds(1))
    try setTrial(harness) {
      $0.isEnabled = true
      $0.threshold = 10 * Planck.cere.units
    }
    try harness.setPolicy()
    #expect(try harness.wait(atMost: .seconds(60)) { try harness.topUps().count == 1 })
    let begun = try #require(try harness.topUps().first)
    #expect(begun.policyVersion == 2 && begun.amount == Money(minorUnits: 500, .usd))
    let stored = try #require(try harness.look { try $0.shadow(of: harness.key) })
    #expect(stored.differences[.wouldSkip] == 1)
  }
}
