import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Charges that wait before their deposit, from the processor's word to the order, the refund or the
/// operator (facts/stripe §7; invariants 32, 36, 43, 47, 52).
@Suite struct HoldEngineTests {
  /// An account whose automatic top-up is held.
  private func held(
    _ hold: HoldRule, card: String = "4242424242424242", _ faults: FaultRule...
  ) throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start(card: card)
    if let fault = faults.first { harness.world.setFaults(fault) }
    try harness.setPolicy { $0.hold = hold }
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.topUps().first?.state == .depositHeld
      })
    return (harness, try #require(try harness.topUps().first))
  }

  private func orders(_ harness: EngineHarness) -> Int {
    harness.world.count("ramp POST /v1/orders")
  }

  private func ends(_ harness: EngineHarness, _ state: TopUpState) throws -> TopUp {
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == state })
    #expect(try harness.store.verify() == [])
    return try #require(try harness.topUps().first)
  }

  private func act(
    _ harness: EngineHarness, _ topUp: TopUp, _ verb: ReviewAction.Verb, key: String = "k"
  ) throws -> TopUp {
    let desk = ReviewDesk(
      store: harness.gate, engine: harness.engine, clock: harness.clock,
      fence: harness.store.fence, needsSecondPerson: false)
    let request = ReviewRequest(
      caller: "local", provenCaller: nil, key: key, id: topUp.id, expected: topUp.version,
      action: ReviewAction(verb, actor: "ops:maria", reason: "knows the person"))
    let done = harness.loop.start { try await desk.act(request).topUp }
    return try #require(done.result).get()
  }

  @Test func `a new card's charge is ordered a day later, and the next one at once (32)`() throws {
    let (harness, topUp) = try held(HoldRule(newCard: .seconds(86_400)))
    #expect(topUp.hold?.cause == .newCard && orders(harness) == 0)
    let until = try #require(topUp.hold?.until)
    harness.loop.advance(by: until.since(harness.clock.now) - .seconds(5))
    #expect(try harness.topUps().first?.state == .depositHeld && orders(harness) == 0)
    _ = try ends(harness, .credited)
    let second = try harness.create(card: nil)
    #expect(second.cards.first?.provenSince == topUp.attempt?.paid)
    harness.onEngine { $0.poke(second.id) }
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.look { try $0.topUp(second.id) }?.state == .credited
      })
  }

  @Test func `the service's own span holds where no rule says (32)`() throws {
    let harness = try EngineHarness { $0.newCardHold = .seconds(3_600) }
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.topUps().first?.state == .depositHeld
      })
  }

  @Test func `a charge that the processor rates as risky waits for an operator, once (43, 52)`()
    throws
  {
    let (harness, topUp) = try held(HoldRule(), card: "4000000000009235")
    #expect(topUp.hold?.risk == .elevated && topUp.hold?.until == nil)
    harness.loop.advance(by: .seconds(7 * 86_400))
    #expect(orders(harness) == 0)
    for _ in 0..<2 {
      let after = try act(harness, topUp, .release)
      #expect(after.hold?.phase == .waived)
    }
    _ = try ends(harness, .credited)
    #expect(orders(harness) == 1)
  }

  @Test func `a risk that only the charge itself shows is held as well`() throws {
    let (harness, topUp) = try held(
      HoldRule(),
      FaultRule(.stripe, method: "POST", pathSuffix: "/confirm", .all, .risk("highest")))
    #expect(topUp.hold?.risk == .highest)
    let after = try act(harness, topUp, .refund)
    #expect(after.state == .refunding)
    _ = try ends(harness, .refunded)
    #expect(orders(harness) == 0)
    // What was given back as doubtful proves nothing of its card.
    let first = try harness.look {
      try $0.provenSince(
        fingerprint: topUp.cards[0].fingerprint, of: EngineHarness.payer)
    }
    #expect(first == nil)
  }

  @Test
  func `a warning of fraud during the hold gives the charge back and blocks the account (32)`()
    throws
  {
    let (harness, topUp) = try held(HoldRule(newCard: .seconds(3_600)))
    let intent = try #require(topUp.succeededIntent)
    harness.world.control("stripe/fraud_warning", #"{"intent": "\#(intent)"}"#)
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
    let refunded = try ends(harness, .refunded)
    #expect(refunded.books.refunded == 500 && orders(harness) == 0)
    #expect(try harness.look { try $0.account(harness.key) }.state.isBlocked)
    #expect(try harness.look { try $0.rampStanding() }.compensations == 0)
  }

  @Test func `a warning that comes before its charge is known is kept till it is (36)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    // The confirm is lost on its way back, and the next looks find nothing.
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", pathSuffix: "/confirm", .all, .dropAfter),
      FaultRule(.stripe, method: "GET", pathPrefix: "/v1/payment_intents/", .first(2), .hang))
    try harness.setPolicy { $0.hold = HoldRule(newCard: .seconds(3_600)) }
    #expect(
      try harness.wait(atMost: .seconds(60)) {
        try harness.topUps().first?.state == .chargeUnknown
      })
    let intent = try #require(try harness.topUps().first?.attempt?.intent)
    let event = InboxEvent(
      id: "evt_warning", type: "radar.early_fraud_warning.created", object: "issfr_1",
      intent: intent, body: [], received: harness.clock.now)
    try harness.commit(.receiveInbox(event))
    harness.onEngine { $0.pokeInbox() }
    #expect(try harness.look { try $0.inboxEvent(event.id) }?.applied == nil)
    _ = try ends(harness, .refunded)
    #expect(orders(harness) == 0)
    #expect(try harness.look { try $0.inboxEvent(event.id) }?.applied != nil)
  }

  @Test func `a dispute that nobody told of is found by the last look before the order (32)`()
    throws
  {
    let (harness, topUp) = try held(HoldRule(newCard: .seconds(900)))
    let intent = try #require(topUp.succeededIntent)
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    _ = harness.world.takeWebhooks()
    harness.loop.advance(by: .seconds(900))
    let reversed = try ends(harness, .reversed)
    #expect(reversed.books.disputed == 500 && orders(harness) == 0)
  }

  @Test func `a part refunded unseen: the last look gives back the rest (32)`() throws {
    let (harness, topUp) = try held(HoldRule(newCard: .seconds(900)))
    let intent = try #require(topUp.succeededIntent)
    harness.world.control("stripe/refund", #"{"intent": "\#(intent)", "amount": 200}"#)
    _ = harness.world.takeWebhooks()
    harness.loop.advance(by: .seconds(900))
    let refunded = try ends(harness, .refunded)
    #expect(refunded.books.refunded == 500 && orders(harness) == 0)
    #expect(refunded.refunds.map(\.amount.minorUnits) == [300])
  }
}
