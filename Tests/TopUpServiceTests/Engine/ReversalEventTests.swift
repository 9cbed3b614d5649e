import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What banks take back and what is refunded at the dashboard, from its event to the books
/// (invariants 27, 36, 38).
@Suite struct ReversalEventTests {
  /// An account that was funded with 5.00 USD, all told.
  private func credited() throws -> (EngineHarness, TopUp, PaymentIntentID) {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    try harness.deliverWebhooks()
    let topUp = try #require(try harness.topUps().first)
    return (harness, topUp, try #require(topUp.succeededIntent))
  }

  private func tell(_ harness: EngineHarness) throws {
    harness.loop.advance(by: .seconds(10))
    #expect(try harness.deliverWebhooks() != [])
    #expect(try harness.look { try $0.inbox(stuckOnly: true, after: nil, limit: 10) } == [])
    #expect(try harness.store.verify() == [])
  }

  private func topUp(_ harness: EngineHarness) throws -> TopUp {
    try #require(try harness.topUps().first)
  }

  private func isBlocked(_ harness: EngineHarness) throws -> Bool {
    try harness.look { try $0.account(harness.key) }.state.isBlocked
  }

  @Test func `a refund at the dashboard after the delivery is a debt, by its id and once`() throws {
    let (harness, _, intent) = try credited()
    for sum in [100, 150] {
      harness.world.control("stripe/refund", #"{"intent": "\#(intent)", "amount": \#(sum)}"#)
      try tell(harness)
    }
    let reversed = try topUp(harness)
    #expect(reversed.state == .reversed)
    #expect(reversed.books.refunded == 250 && reversed.books.absorbed == 250)
    #expect(reversed.reversals.map(\.advanced).sorted() == [100, 150])
    #expect(try isBlocked(harness))
    let version = reversed.version
    // The same events once more change nothing.
    try harness.commit(
      .receiveInbox(
        InboxEvent(
          id: "evt_again", type: "charge.refunded", object: "ch_1", intent: intent, body: [],
          received: harness.clock.now)))
    harness.onEngine { $0.pokeInbox() }
    #expect(try topUp(harness).version == version)
  }

  @Test func `a dispute takes and, won, gives back exactly what it took`() throws {
    let (harness, before, intent) = try credited()
    let opened = harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    try tell(harness)
    let disputed = try topUp(harness)
    #expect(disputed.state == .reversed)
    #expect(disputed.books.disputed == 500 && disputed.books.absorbed == 500)
    #expect(try isBlocked(harness))
    let id = try #require(disputed.reversals.first?.id)
    #expect(opened.contains(id))
    harness.world.control("stripe/decide_dispute", #"{"dispute": "\#(id)", "won": true}"#)
    try tell(harness)
    let won = try topUp(harness)
    #expect(won.state == .credited && won.books == before.books)
    #expect(try !isBlocked(harness))
  }

  @Test func `a lost dispute stays taken, and the account is not charged again`() throws {
    let (harness, _, intent) = try credited()
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "product_not_received"}"#)
    try tell(harness)
    let id = try #require(try topUp(harness).reversals.first?.id)
    harness.world.control("stripe/decide_dispute", #"{"dispute": "\#(id)", "won": false}"#)
    try tell(harness)
    #expect(try topUp(harness).books.disputed == 500)
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(8_000))
    #expect(try harness.topUps().count == 1)
    #expect(try harness.decisions().first?.skip == .accountBlocked)
  }

  @Test func `an inquiry moves nothing`() throws {
    let (harness, before, intent) = try credited()
    harness.world.control("stripe/dispute", #"{"intent": "\#(intent)", "reason": "general"}"#)
    try tell(harness)
    #expect(try topUp(harness).books == before.books)
    #expect(try topUp(harness).state == .credited)
  }

  @Test func `a warning of fraud blocks the account till an operator has looked`() throws {
    let (harness, before, intent) = try credited()
    try harness.commit(
      .receiveInbox(
        InboxEvent(
          id: "evt_warning", type: "radar.early_fraud_warning.created", object: "issfr_1",
          intent: intent, body: [], received: harness.clock.now)))
    harness.onEngine { $0.pokeInbox() }
    #expect(try isBlocked(harness))
    #expect(try topUp(harness) == before)
  }
}
