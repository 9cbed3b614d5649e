import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What has an account looked at again without any event, and how often (invariant 51).
@Suite struct LookTests {
  @Test func `a look that fails is made again after its pause, not before (5, 51)`() throws {
    let harness = try EngineHarness { $0.evaluationRetry = .seconds(10) }
    try harness.start()
    harness.gate.refuse { commit in
      commit.changes.contains { if case .beginTopUp = $0 { true } else { false } } ? .full : nil
    }
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(59))
    let failures = harness.reports.count { if case .storeTrouble = $0 { true } else { false } }
    #expect(failures == 6)
    // An event for the account does not shorten it.
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.gate.refuse(nil)
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.topUps() == [])
    harness.loop.advance(by: .seconds(1))
    #expect(try harness.topUps().count == 1)
  }

  @Test func `a successful charge clears the card's breaker, before the deposit (18)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let card = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
    let fingerprint = card.card.fingerprint
    let topUp = try harness.create(card: card.card.id)
    // While it is under way another one's decline opens it.
    try harness.commit(.openBreaker(harness.key, fingerprint: fingerprint, reason: "declined"))
    #expect(try harness.look { try $0.openBreakers(harness.key) } == [fingerprint])
    harness.world.control("chain", #"{"stall_finality": true}"#)
    harness.onEngine { $0.poke(topUp.id) }
    #expect(try harness.topUps().first?.state == .depositing)
    #expect(try harness.look { try $0.openBreakers(harness.key) } == [])
  }
}
