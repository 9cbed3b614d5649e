import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// The processor's own list of events, for what webhooks did not bring (invariants 36, 39, 50).
@Suite struct EventsTests {
  @Test func `with webhooks off a dispute is in the books within the hour (38, 39)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    let intent = try #require(try harness.topUps().first?.succeededIntent)
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.topUps().first?.state == .credited)
    harness.loop.advance(by: .seconds(3_700))
    #expect(try harness.topUps().first?.state == .reversed)
    #expect(try harness.topUps().first?.books.disputed == 500)
    let through = try harness.look { try $0.outsideMarks() }.eventsThrough
    #expect(through.map { $0 > LoopClock.start } == true)
    #expect(try harness.store.verify() == [])
  }

  @Test func `an event that a webhook brought is not taken in again (35)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(120))
    let brought = try harness.deliverWebhooks().count
    #expect(brought > 0)
    harness.loop.advance(by: .seconds(3_700))
    let all = try harness.look { try $0.inbox(stuckOnly: false, after: nil, limit: 1_000) }
    #expect(Set(all.map(\.event.id)).count == all.count)
    #expect(all.allSatisfy { $0.applied != nil })
  }

  @Test func `nothing is sent before the list was gone through once (50)`() throws {
    let harness = try EngineHarness()
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "GET", pathPrefix: "/v1/events", .all, .answer(status: 500, body: "")))
    try harness.start()
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(300))
    #expect(harness.world.count("stripe POST /v1/payment_intents") == 0)
    harness.world.setFaults()
    #expect(
      try harness.wait(atMost: .seconds(900)) { try harness.topUps().first?.state == .credited })
  }

  @Test func `a store that the processor knows more of than itself sends nothing (50)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    harness.loop.advance(by: .seconds(10))
    // What a later life of this store did, before an older copy of it was put in its place.
    let payer = try harness.look { try $0.payer(EngineHarness.payer) }
    let (customer, card) = (try #require(payer.customer), try #require(payer.cards.first).card)
    let made = harness.answer { [outside = harness.outside] in
      await outside.processor.createIntent(
        CreateIntent(
          topUp: TopUpID("tu_lost"), attempt: 1, amount: Money(minorUnits: 500, .usd),
          customer: customer, paymentMethod: card.id, description: "lost",
          key: IdempotencyKey("lost")))
    }
    let lost = try #require(made)
    _ = harness.answer { [outside = harness.outside] in
      await outside.processor.confirmIntent(
        ConfirmIntent(
          intent: lost.id, paymentMethod: card.id, amount: Money(minorUnits: 500, .usd),
          offSession: true, key: IdempotencyKey("lost2")))
    }
    harness.loop.advance(by: .seconds(3_700))
    let sent = harness.world.count("stripe POST /v1/payment_intents")
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(600))
    #expect(harness.world.count("stripe POST /v1/payment_intents") == sent)
    #expect(try harness.decisions().first?.skip == .storeBehind)
    #expect(try harness.topUps() == [])
  }
}
