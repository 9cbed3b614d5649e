import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What would be decided now, without deciding it.
@Suite struct ExplainLookTests {
  private func explanation(_ harness: EngineHarness) throws -> Explanation {
    let asked = harness.loop.start { [engine = harness.engine, key = harness.key] in
      try await engine.explanation(of: key).0
    }
    return try #require(asked.result).get()
  }

  @Test func `what is explained is what is decided, and explaining changes nothing (1)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    let stopped = try explanation(harness)
    #expect(stopped.decision.skip?.reason == .killSwitch)
    #expect(try harness.decisions().map(\.explanation) == ["an operator stopped charging"])

    try harness.commit(.setKillSwitch(false, actor: "ops"))
    let before = try harness.look { try $0.account(harness.key) }
    let would = try #require(try explanation(harness).decision.plan)
    #expect(try harness.look { try $0.account(harness.key) } == before)
    #expect(try harness.topUps() == [] && harness.decisions().count == 1)

    harness.loop.advance(by: .seconds(61))
    let begun = try #require(try harness.topUps().first)
    #expect(begun.amount == would.amount && begun.policyVersion == would.policyVersion)
    #expect(try harness.decisions().first?.explanation == would.explanation)
  }

  @Test func `each decision is kept with what it looked at, and is decided again the same (1)`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    harness.loop.advance(by: .seconds(61))
    let log = try harness.look { try $0.decisionLog(of: nil, after: 0, limit: 100) }
    #expect(log.map { $0.topUp != nil } == [false, true])
    for decision in log {
      let record = try #require(decision.record)
      #expect(decision.difference() == nil)
      let input = try DecisionCodec.decode(record.input)
      #expect(input.now == decision.at && input.account == decision.account)
    }
  }

  @Test func `a claim that no look has answered counts also where no look is due (1)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    // A look at an account whose rule is off leaves the claim, and none follows by itself.
    try harness.setPolicy { $0.isEnabled = false }
    let claim = LowBalanceClaim(
      severity: .low, unbilled: 15 * Planck.cere.units, burnPerEra: 0, events: 1,
      severitySeen: harness.clock.now)
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: claim))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(1))
    let stored = try harness.look { try $0.account(harness.key) }
    #expect(stored.evaluation == nil && stored.claim?.unbilled == claim.unbilled)
    let low = try explanation(harness).findings.first { $0.predicate == .balanceLow }
    #expect(low.map { "\($0.left)" } == "5 CERE")
  }

  @Test func `an account that nobody has heard of is explained too`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let explanation = try explanation(harness)
    #expect(explanation.decision.skip?.reason == .noPolicy)
    let enabled = explanation.findings.first { $0.predicate == .policyEnabled }
    #expect(enabled?.standing == .notReached)
    #expect(try harness.decisions() == [])
  }
}

extension Decision {
  fileprivate var skip: Skip? { if case .skip(let skip) = self { skip } else { nil } }
  fileprivate var plan: TopUpPlan? { if case .topUp(let plan) = self { plan } else { nil } }
}
