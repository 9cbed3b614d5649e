import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What has an account looked at again without any event, and how often (invariant 51).
@Suite struct LookTests {
  @Test func `accounts are funded after the kill switch is released (47, 51)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(600))
    #expect(try harness.topUps() == [])
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    harness.loop.advance(by: .seconds(61))
    #expect(try harness.topUps().count == 1)
  }

  @Test func `a card that was entered in the processor's form is used at once (51)`() throws {
    let harness = try EngineHarness()
    try harness.start(card: nil)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(10))
    #expect(try harness.topUps() == [])
    let setup = try harness.typeCard("4242424242424242")
    try harness.commit(
      .putSetup(StoredSetup(id: setup, payer: EngineHarness.payer, makeDefault: true)))
    harness.loop.advance(by: .seconds(1))
    #expect(try harness.deliverWebhooks() != [])
    #expect(try harness.topUps().count == 1)
  }

  @Test func `a user's top-up that waits for a person is no longer counted on (10, 51)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let card = try harness.addCard("4000002760003184")
    let wanted = try harness.create(card: card.id)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    #expect(try harness.topUps() == [wanted])
    harness.onEngine { $0.poke(wanted.id) }
    let topUps = try harness.topUps()
    #expect(topUps.first?.state == .actionRequired)
    #expect(topUps.map(\.trigger.isAutomatic) == [false, true])
  }

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
