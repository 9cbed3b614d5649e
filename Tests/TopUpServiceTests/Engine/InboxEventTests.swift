import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What each kind of webhook event comes to beside charges and refunds (invariant 35).
@Suite struct InboxEventTests {
  /// Takes an event in as the webhook listener does, and lets the engine apply it.
  private func take(
    _ type: String, about object: String, intent: PaymentIntentID? = nil,
    into harness: EngineHarness
  ) throws -> StoredInboxEvent {
    let id = "evt_\(type)"
    try harness.commit(
      .receiveInbox(
        InboxEvent(
          id: id, type: type, object: object, intent: intent, body: [],
          received: harness.clock.now)))
    harness.onEngine { $0.pokeInbox() }
    let stored = try harness.look { try $0.inboxEvent(id) }
    return try #require(stored)
  }

  @Test(arguments: ["payment_method.updated", "payment_method.automatically_updated"])
  func `a card that the bank renewed is read again, and its accounts are looked at (35, 51)`(
    type: String
  ) throws {
    let harness = try EngineHarness()
    try harness.start(balance: 1_000)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    var stored = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
    let current = stored.card
    stored.card.expiryYear -= 5
    try harness.commit(.putCard(stored))
    let looks = decisions(harness)
    #expect(try take(type, about: current.id.rawValue, into: harness).applied != nil)
    let cards = try harness.look { try $0.payer(EngineHarness.payer) }.cards.map(\.card)
    #expect(cards == [current])
    #expect(decisions(harness) == looks + 1)
  }

  private func decisions(_ harness: EngineHarness) -> Int {
    harness.reports.count { if case .decided = $0 { true } else { false } }
  }

  @Test func `one about another's payment, and a set-up that failed, are done with at once`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start()
    let warning = try take(
      "radar.early_fraud_warning.created", about: "issfr_1", intent: PaymentIntentID("pi_other"),
      into: harness)
    #expect(warning.applied != nil)
    let setup = try take("setup_intent.setup_failed", about: "seti_1", into: harness)
    #expect(setup.applied != nil)
  }

  @Test func `a type that is taken and not understood is kept and tells so`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let event = try take("charge.dispute.of_tomorrow", about: "du_1", into: harness)
    #expect(event.applied == nil)
    #expect(event.lastError?.contains("not understood") == true)
  }
}
