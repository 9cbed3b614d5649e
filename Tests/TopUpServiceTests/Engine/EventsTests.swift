import Gateways
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

  @Test func `after more than 30 days a comparison finds what no event tells any more (36)`() throws
  {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    harness.loop.advance(by: .seconds(3_700))
    let intent = try #require(try harness.topUps().first?.succeededIntent)
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    harness.loop.advance(by: .seconds(31 * 86_400))
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(7_200))
    let forgotten = harness.reports.contains {
      if case .eventsForgotten = $0 { true } else { false }
    }
    #expect(forgotten)
    #expect(try harness.topUps().first?.state == .credited)
    let all = ReconciliationRequest(
      scope: .asked, since: nil, settledFor: .zero, repairer: "ops:maria")
    let repaired = harness.loop.start { _ = try await next.reconcile(all) { true } }
    for _ in 0..<100 where repaired.result == nil { harness.loop.advance(by: .seconds(1)) }
    try #require(repaired.result).get()
    #expect(try harness.topUps().first?.state == .reversed)
    withExtendedLifetime(next) {}
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

  @Test func `another product's payment in a currency of its own holds nothing up (50)`() throws {
    let harness = try EngineHarness()
    let stranger = try harness.strangersIntent()
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "GET", pathPrefix: "/v1/payment_intents/\(stranger)", .all,
        .answer(
          status: 200,
          body: #"{"id": "\#(stranger)", "object": "payment_intent", "livemode": false, "#
            + #""amount": 500, "amount_received": 0, "currency": "brl", "created": 1795221900, "#
            + #""status": "canceled", "metadata": {"order": "7"}}"#)))
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    // It was looked at, and is done with.
    #expect(harness.world.count("stripe GET /v1/payment_intents/\(stranger)") > 0)
    harness.loop.advance(by: .seconds(600))
    let all = try harness.look { try $0.inbox(stuckOnly: false, after: nil, limit: 1_000) }
    let theirs = all.filter { $0.event.intent?.rawValue == stranger }
    #expect(!theirs.isEmpty && theirs.allSatisfy { $0.applied != nil })
  }

  @Test func `why the list cannot be gone through is told once while the reason stays (50)`()
    throws
  {
    let harness = try EngineHarness()
    func fail(_ status: Int) {
      harness.world.setFaults(
        FaultRule(
          .stripe, method: "GET", pathPrefix: "/v1/events", .all,
          .answer(status: status, body: "{}")))
    }
    fail(500)
    try harness.start()
    harness.loop.advance(by: .seconds(900))
    #expect(harness.world.count("stripe GET /v1/events") > 1)
    #expect(harness.failedPasses == ["the events: HTTP 500"])
    fail(503)
    harness.loop.advance(by: .seconds(900))
    #expect(harness.failedPasses == ["the events: HTTP 500", "the events: HTTP 503"])
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

  /// An older copy of the store in its place, a month after its later life did something: no event
  /// tells of that any more.
  private func monthAfter(
    _ deed: (EngineHarness) throws -> Bool
  ) throws -> (harness: EngineHarness, next: Engine) {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    harness.loop.advance(by: .seconds(3_700))
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    #expect(try deed(harness))
    harness.loop.advance(by: .seconds(31 * 86_400))
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(120))
    return (harness, next)
  }

  @Test func `a payment that no event tells of any more stops a store that lacks it (50)`() throws {
    let (harness, next) = try monthAfter { harness in
      let payer = try harness.look { try $0.payer(EngineHarness.payer) }
      let (customer, card) = (try #require(payer.customer), try #require(payer.cards.first).card)
      let made = harness.answer { [outside = harness.outside] in
        await outside.processor.createIntent(
          CreateIntent(
            topUp: TopUpID("tu_lost"), attempt: 1, amount: Money(minorUnits: 500, .usd),
            customer: customer, paymentMethod: card.id, description: "lost",
            key: IdempotencyKey("lost")))
      }
      return made != nil
    }
    #expect(try harness.look { try $0.settings() }.behind?.contains("tu_lost") == true)
    withExtendedLifetime(next) {}
  }

  @Test func `a refund that no event tells of any more stops a store that lacks it (50)`() throws {
    let (harness, next) = try monthAfter { harness in
      let topUp = try #require(try harness.topUps().first)
      let refund = CreateRefund(
        topUp: topUp.id, intent: try #require(topUp.succeededIntent),
        amount: Money(minorUnits: 200, .usd), key: .refund(topUp.id, number: 1))
      return harness.answer { [outside = harness.outside] in
        await outside.processor.createRefund(refund)
      } != nil
    }
    #expect(try harness.look { try $0.settings() }.behind?.contains("has refund") == true)
    withExtendedLifetime(next) {}
  }

  @Test func `a stop of a month that lost nothing is gone on from, list by list (36, 50)`() throws {
    let (harness, next) = try monthAfter { harness in
      harness.world.setFaults(
        FaultRule(
          .stripe, method: "GET", pathPrefix: "/v1/refunds", .all, .answer(status: 500, body: "{}"))
      )
      return true
    }
    #expect(harness.failedPasses == ["the refunds: HTTP 500"])
    let lists = "stripe GET /v1/payment_intents"
    let listed = harness.world.count(lists)
    #expect(listed > 0)
    harness.world.setFaults()
    harness.loop.advance(by: .seconds(60))
    #expect(harness.onEngine { $0.isCaughtUp && $0.behind == nil })
    #expect(harness.world.count(lists) == listed, "where it broke off, and not from the beginning")
    withExtendedLifetime(next) {}
  }

  @Test func `an order that our row only plans stops all that is sent, and is followed (28, 50)`()
    throws
  {
    let harness = try planned()
    try harness.sendFirstOrder()
    harness.world.setFaults()
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(900))
    try harness.expectBehind("has not sent")
    #expect(try harness.topUps().map(\.state) == [.credited])
    #expect(try harness.store.verify() == [])
    withExtendedLifetime(next) {}
  }

  @Test func `nothing is ordered beside an order that a copy never sent, cleared or not (28, 50)`()
    throws
  {
    let harness = try planned()
    let topUp = try #require(try harness.topUps().first)
    try harness.send(topUp.id, number: 9, under: try #require(topUp.orders.first).quote)
    harness.world.setFaults()
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(900))
    try harness.expectBehind("does not have")
    func ask(_ work: @escaping @Sendable (Engine) async throws -> Void) throws {
      let done = harness.loop.start { try await work(next) }
      for _ in 0..<100 where done.result == nil { harness.loop.advance(by: .seconds(1)) }
      try #require(done.result).get()
    }
    let all = ReconciliationRequest(scope: .asked, since: nil, settledFor: .zero)
    try ask { _ = try await $0.reconcile(all) { true } }
    try ask { try await $0.settleByHand("\(topUp.id):9", by: "ops:maria, seen") }
    try ask { _ = try await $0.clearBehind(by: "ops:maria, seen") { true } }
    harness.loop.advance(by: .seconds(7_200))
    let after = try #require(try harness.topUps().first)
    #expect(after.state == .needsReview)
    #expect(after.review?.reason.contains(":9, completed, which this store has not sent") == true)
    #expect(harness.world.count("ramp POST /v1/orders") == 1)
    #expect(harness.world.count("stripe POST /v1/refunds") == 0)
    withExtendedLifetime(next) {}
  }

  @Test func `no plan is given up for its age while the ramp's orders cannot be read (33, 50)`()
    throws
  {
    let harness = try planned()
    try harness.sendFirstOrder()
    // What the ramp has cannot be read until the plan was given up for its age.
    harness.world.setFaults(
      FaultRule(
        .ramp, method: "GET", pathPrefix: "/v1/orders", .all, .answer(status: 500, body: "")))
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(86_400))
    #expect(try harness.topUps().first?.orders.first?.phase == .planned)
    harness.world.setFaults()
    harness.loop.advance(by: .seconds(900))
    try harness.expectBehind("has not sent")
    #expect(try harness.topUps().map(\.state) == [.credited])
    withExtendedLifetime(next) {}
  }

  @Test func `a first pass compares the top-ups that a store knows, and no others (50)`() throws {
    for isOurs in [true, false] {
      let harness = try EngineHarness()
      let list = FaultRule(
        .ramp, method: "GET", pathPrefix: "/v1/orders", .all, .answer(status: 500, body: ""))
      harness.world.setFaults(list)
      try harness.start()
      let topUp = try harness.create(card: nil)
      harness.onEngine { $0.poke(topUp.id) }
      let quote = harness.answer { [outside = harness.outside, account = harness.account] in
        await outside.ramp.quote(
          QuoteRequest(side: .fiat(Money(minorUnits: 500, .usd)), cluster: account.cluster))
      }
      try harness.send(
        isOurs ? topUp.id : TopUpID("tu_of_another_store"), under: try #require(quote))
      harness.world.setFaults()
      let isCredited = try harness.wait(atMost: .seconds(900)) {
        try harness.look { try $0.topUp(topUp.id) }?.state == .credited
      }
      #expect(isCredited == !isOurs)
      if isOurs { try harness.expectBehind("does not have") }
    }
  }

  @Test func `a list of orders too long for one pass is gone through by several (50)`() throws {
    let harness = try EngineHarness { $0.eventPagesMax = 1 }
    for number in 1...101 {
      let quote = harness.answer { [outside = harness.outside, account = harness.account] in
        await outside.ramp.quote(
          QuoteRequest(side: .fiat(Money(minorUnits: 500, .usd)), cluster: account.cluster))
      }
      try harness.send(TopUpID("tu_of_another_store\(number)"), under: try #require(quote))
    }
    try harness.start()
    let first = try harness.look { try $0.outsideMarks() }
    #expect(first.ordersCursor != nil && first.eventsThrough == nil)
    harness.loop.advance(by: .seconds(40))
    let second = try harness.look { try $0.outsideMarks() }
    #expect(second.ordersCursor != first.ordersCursor && second.eventsThrough != nil)
    // They are still what a new store need not have.
    #expect(try harness.look { try $0.settings() }.behind == nil)
  }

  @Test func `a list of events too long for one pass is gone through by several (36, 50)`() throws {
    let harness = try EngineHarness { $0.eventPagesMax = 1 }
    try harness.start()
    harness.loop.advance(by: .seconds(10))
    let before = try harness.look { try $0.outsideMarks() }.eventsThrough
    // The newest are listed first.
    for number in 1...110 { _ = try harness.strangersIntent("stranger\(number)") }
    harness.loop.advance(by: .seconds(3_600))
    #expect(harness.failedPasses == ["the events go on after 1 pages"])
    #expect(try harness.look { try $0.outsideMarks() }.eventsThrough == before)
    harness.loop.advance(by: .seconds(40))
    let after = try harness.look { try $0.outsideMarks() }.eventsThrough
    #expect(try #require(after) > #require(before))
    let all = try harness.look { try $0.inbox(stuckOnly: false, after: nil, limit: 1_000) }
    #expect(Set(all.compactMap(\.event.intent)).count == 110)
  }

  /// A top-up that was charged, whose order is planned and not sent, in a store that rests.
  private func planned() throws -> EngineHarness {
    let harness = try EngineHarness()
    try harness.start()
    harness.loop.advance(by: .seconds(10))
    // The charge cannot be read again, so that nothing is ordered.
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "GET", pathPrefix: "/v1/payment_intents/", .all,
        .answer(status: 500, body: "")))
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60)) {
        try harness.topUps().first?.orders.first?.phase == .planned
      })
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    return harness
  }
}

extension EngineHarness {
  /// The reasons that were told for passes that failed.
  fileprivate var failedPasses: [String] {
    reports.compactMap { if case .catchUpFailed(let reason) = $0 { reason } else { nil } }
  }

  /// Another product on the same account made an intent and cancelled it.
  ///
  /// - Returns: its id.
  fileprivate func strangersIntent(_ key: String = "stranger") throws -> String {
    let request = HTTPRequest(
      .post, EngineWorld.stripeURL + "/v1/payment_intents",
      headers: [
        HTTPField("Authorization", "Bearer sk_test_sandbox"),
        HTTPField("Stripe-Version", StripeConfiguration.apiVersion),
        HTTPField("Content-Type", "application/x-www-form-urlencoded"),
        HTTPField("Idempotency-Key", key),
      ], body: Array("amount=500&currency=usd".utf8), timeout: .seconds(1))
    _ = loop.start { [world] in await world.send(request) }
    let page = answer { [outside] in
      await outside.processor.intents(since: UnixTime(seconds: 0), after: nil)
    }
    let made = try #require(page?.elements.first)
    let cancelled = answer { [outside] in
      await outside.processor.cancelIntent(made.id, key: IdempotencyKey("\(key).cancel"))
    }
    #expect(cancelled?.status == .canceled && cancelled?.topUp == nil)
    return made.id.rawValue
  }

  /// What a later life of this store did: the first order, as it is planned.
  fileprivate func sendFirstOrder() throws {
    let topUp = try #require(try topUps().first)
    try send(topUp.id, under: try #require(topUp.orders.first).quote)
  }

  fileprivate func send(_ topUp: TopUpID, number: Int = 1, under quote: Quote) throws {
    let taken = answer { [outside, account] in
      await outside.ramp.createOrder(
        CreateOrder(
          id: ClientOrderID(topUp, number: number), quote: quote.id, destination: account,
          tokens: quote.tokens, paymentReference: "pi_of_a_later_life"))
    }
    _ = try #require(taken)
  }

  /// That nothing was ordered or given back beside what a later life did.
  fileprivate func expectBehind(_ words: String) throws {
    #expect(try look { try $0.settings() }.behind?.contains(words) == true)
    #expect(world.count("ramp POST /v1/orders") == 1)
    #expect(world.count("stripe POST /v1/refunds") == 0)
  }
}
