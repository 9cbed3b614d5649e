import SimulatedWorld
import TestSupport
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Every refusal is explained, also where no card was declined and no event asked (invariant 5).
@Suite struct ExplanationTests {
  @Test func `a top-up that ends without a decline says why in its record`() throws {
    let harness = try EngineHarness()
    let invalid = #"{"error":{"type":"invalid_request_error","code":"parameter_invalid"}}"#
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "POST", pathPrefix: "/v1/payment_intents", .all,
        .answer(status: 400, body: invalid)))
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60)) { try harness.topUps().first?.state == .declined })
    let topUp = try #require(try harness.topUps().first)
    let record = try harness.look { try $0.record(of: topUp) }
    #expect(record.decline == nil)
    #expect(record.reason == "no card is left: parameter_invalid")
  }

  @Test func `a top-up that was credited, or goes on, gives no reason`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let card = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
    let begun = try harness.create(card: card.card.id)
    #expect(try harness.look { try $0.record(of: begun) }.reason == "")
    harness.onEngine { $0.poke(begun.id) }
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    let credited = try #require(try harness.topUps().first)
    #expect(try harness.look { try $0.record(of: credited) }.reason == "")
  }

  @Test func `a rule that cannot act says so once, without any event`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(.withdrawConsent(EngineHarness.payer, actor: "user"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(600))
    #expect(try harness.decisions().map(\.skip) == [.noConsent])
    #expect(try harness.decisions().map(\.events) == [0])
    // More looks with the same outcome are no news, another version of the rule is.
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.decisions().count == 1)
    try harness.setPolicy()
    #expect(try harness.decisions().map(\.policyVersion) == [2, 1])
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.decisions().first?.skip == .killSwitch)
  }

  @Test func `a step after a restart is told from where the row was (15)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let card = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
    let begun = try harness.create(card: card.card.id)
    // The process stops with the charge's first call under way.
    let started = try #require(try begun.applying(.chargeStarted, at: harness.clock.now))
    try harness.commit(.moveTopUp(started.topUp, cause: started.cause))
    harness.onEngine { $0.poke(begun.id) }
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    let steps = try harness.look { try $0.transitions(of: begun.id) }
    #expect(steps.count > 3)
    #expect(steps.dropFirst().map(\.from) == steps.dropLast().map(\.to))
  }
}
