import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// The three books over a whole world outside: each kind of difference is seen, what is safe is
/// mended by the top-up's own door, and nothing else is written (invariants 36, 38, 40).
@Suite struct ReconcileTests {
  /// A top-up that was charged and credited.
  private func credited() throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    harness.setBalance(500)
    harness.loop.advance(by: .seconds(180))
    return (harness, try #require(try harness.topUps().first))
  }

  /// A payment that names a top-up, made behind the engine's back.
  private func pay(
    _ harness: EngineHarness, for topUp: TopUpID, attempt: Int
  ) throws -> IntentSnapshot {
    let payer = try harness.look { try $0.payer(EngineHarness.payer) }
    let (customer, card) = (try #require(payer.customer), try #require(payer.cards.first).card)
    let (amount, key) = (Money(minorUnits: 500, .usd), "aside.\(topUp)")
    let made = harness.answer { [outside = harness.outside] in
      await outside.processor.createIntent(
        CreateIntent(
          topUp: topUp, attempt: attempt, amount: amount, customer: customer,
          paymentMethod: card.id, description: "aside", key: IdempotencyKey(key)))
    }
    let intent = try #require(made)
    let paid = harness.answer { [outside = harness.outside] in
      await outside.processor.confirmIntent(
        ConfirmIntent(
          intent: intent.id, paymentMethod: card.id, amount: amount, offSession: true,
          key: IdempotencyKey(key + ".confirm")))
    }
    return try #require(paid)
  }

  /// An order under an id of ours, made behind the engine's back.
  private func order(_ harness: EngineHarness, _ id: String) throws -> RampOrder {
    let account = harness.account
    let offered = harness.answer { [outside = harness.outside] in
      await outside.ramp.quote(
        QuoteRequest(side: .fiat(Money(minorUnits: 500, .usd)), cluster: account.cluster))
    }
    let quote = try #require(offered)
    let made = harness.answer { [outside = harness.outside] in
      await outside.ramp.createOrder(
        CreateOrder(
          id: ClientOrderID(id), quote: quote.id, destination: account, tokens: quote.tokens,
          paymentReference: "aside"))
    }
    return try #require(made)
  }

  private func kinds(_ result: Reconciliation) -> [Difference.Kind] {
    result.findings.map(\.difference.kind)
  }

  @Test func `a healthy system shows nothing, and looking writes nothing (40)`() throws {
    let (harness, topUp) = try credited()
    let head = try harness.look { try $0.head() }
    let commits = harness.gate.commits
    let result = try harness.reconcile()
    #expect(result.findings == [] && result.compared == 1)
    #expect(try harness.reconcile(since: harness.clock.now).findings == [])
    // Looking at a difference writes nothing either.
    let intent = try #require(topUp.succeededIntent)
    harness.world.control("stripe/refund", #"{"intent": "\#(intent)", "amount": 200}"#)
    #expect(kinds(try harness.reconcile()) == [.refundSum])
    #expect(try harness.look { try $0.head() } == head)
    #expect(harness.gate.commits == commits)
  }

  @Test func `a refund in the dashboard that nobody told of is seen, mended, and gone (36, 38)`()
    throws
  {
    let (harness, topUp) = try credited()
    let intent = try #require(topUp.succeededIntent)
    harness.world.control("stripe/refund", #"{"intent": "\#(intent)", "amount": 200}"#)
    let seen = try #require(try harness.reconcile().findings.first)
    #expect(seen.difference.ours == "0.00 USD refunded" && !seen.isRepaired)
    #expect(seen.difference.theirs == "2.00 USD refunded" && !seen.difference.repair.isEmpty)
    let repaired = try harness.reconcile(repairer: "ops:maria, webhooks were off")
    #expect(repaired.findings.map(\.isRepaired) == [true])
    let after = try #require(try harness.topUps().first)
    #expect(after.books.refunded == 200 && after.state == .reversed)
    let cause = try harness.look { try $0.transitions(of: topUp.id) }.last?.cause ?? ""
    #expect(cause.hasPrefix("reconciled by ops:maria, webhooks were off: "))
    // A second time there is nothing to mend.
    let head = try harness.look { try $0.head() }
    #expect(try harness.reconcile(repairer: "ops:maria, again").findings == [])
    #expect(try harness.look { try $0.head() } == head)
    #expect(try harness.store.verify() == [])
  }

  @Test func `a dispute is seen and mended, also of a payment from before the window (38)`() throws
  {
    let (harness, topUp) = try credited()
    let intent = try #require(topUp.succeededIntent)
    harness.loop.advance(by: .seconds(1_200))
    let since = harness.clock.now
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    #expect(kinds(try harness.reconcile(since: since)) == [.disputeSum])
    _ = try harness.reconcile(since: since, repairer: "ops")
    #expect(try harness.topUps().first?.books.disputed == 500)
    #expect(try harness.reconcile().findings == [])
  }

  @Test func `what is younger than the span is under way, and not different yet`() throws {
    let (harness, topUp) = try credited()
    let intent = try #require(topUp.succeededIntent)
    harness.world.control("stripe/refund", #"{"intent": "\#(intent)"}"#)
    #expect(try harness.reconcile(settledFor: .seconds(120)).findings == [])
    harness.loop.advance(by: .seconds(130))
    #expect(kinds(try harness.reconcile(settledFor: .seconds(120))) == [.refundSum])
  }

  @Test func `a charge that a person finished and nobody counted is counted by repair`() throws {
    let harness = try EngineHarness()
    try harness.start(card: nil)
    let card = try harness.addCard("4000002760003184")
    let topUp = try harness.create(card: card.id)
    harness.onEngine { $0.poke(topUp.id) }
    harness.loop.advance(by: .seconds(1))
    let waiting = try #require(try harness.topUps().first)
    #expect(waiting.state == .actionRequired)
    let intent = try #require(waiting.attempt?.intent)
    harness.world.control("stripe/authenticate", #"{"intent": "\#(intent)"}"#)
    let found = try harness.reconcile()
    #expect(kinds(found) == [.chargeNotCounted])
    #expect(found.findings.first?.difference.repair.isEmpty == false)
    #expect(try harness.reconcile(repairer: "ops").open == [])
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    #expect(try harness.reconcile().findings == [])
  }

  @Test func `a second success in a top-up is an alarm until it is refunded (16)`() throws {
    let (harness, topUp) = try credited()
    let second = try pay(harness, for: topUp.id, attempt: 2)
    let found = try harness.reconcile(repairer: "ops")
    #expect(kinds(found) == [.secondCharge] && found.open.count == 1)
    #expect(found.findings.first?.difference.object == second.id.rawValue)
    #expect(found.findings.first?.difference.kind.isAlarm == true)
    harness.world.control("stripe/refund", #"{"intent": "\#(second.id)"}"#)
    #expect(try harness.reconcile().findings == [])
    #expect(try harness.topUps().first?.books.charged == 500)
  }

  @Test func `a payment and an order that no top-up has are alarms (28, 50)`() throws {
    let (harness, topUp) = try credited()
    let paid = try pay(harness, for: TopUpID("tu_lost"), attempt: 1)
    let lost = try order(harness, "tu_lost:1")
    let extra = try order(harness, "\(topUp.id):2")
    let found = try harness.reconcile(repairer: "ops").open.map(\.difference)
    #expect(
      Set(found.map(\.object)).isSuperset(of: [
        paid.id.rawValue, lost.id.rawValue, extra.id.rawValue,
      ]))
    #expect(
      found.map(\.kind).filter { $0 == .chargeWithoutTopUp }.count == 1)
    #expect(found.filter { $0.kind == .orderWithoutTopUp }.count == 2)
  }

  @Test func `a store that is behind sends again once each lost thing was settled (50, 52)`() throws
  {
    let (harness, topUp) = try credited()
    let paid = try pay(harness, for: TopUpID("tu_lost"), attempt: 1)
    let lost = try order(harness, "tu_lost:1")
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind } != nil)
    #expect(try harness.clearBehind() == .notSettled)
    #expect(try harness.settle("pi_never") == .nothingToSettle)
    #expect(try harness.settle(paid.id.rawValue) == nil)
    #expect(try harness.clearBehind() == .notSettled)
    #expect(try harness.settle(lost.id.rawValue) == nil)
    let episode = try harness.look { try $0.account(harness.key) }.state.episode.ordinal
    #expect(try harness.clearBehind() == nil)
    #expect(try harness.clearBehind() == .nothingToSettle)
    #expect(try harness.reconcile().findings == [])
    let state = try harness.look { try $0.account(harness.key) }.state
    #expect(state.episode.ordinal == episode + 1_000_000)
    // It charges again, under ids of its own; what is told of the lost ones stops nothing any more.
    harness.world.control("stripe/refund", #"{"intent": "\#(paid.id)"}"#)
    harness.setBalance(20)
    harness.loop.advance(by: .seconds(180))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(3 * 3_600))
    #expect(harness.onEngine { $0.behind } == nil)
    let all = try harness.topUps()
    #expect(all.count > 1 && all.allSatisfy { $0.state == .credited })
    #expect(Set(all.map(\.id)).count == all.count && all.first?.id == topUp.id)
    let settings = try harness.look { try $0.settings() }
    #expect(settings.behind == nil && settings.settledThrough != nil)
    #expect(try harness.store.verify() == [])
  }

  @Test func `a top-up that was charged since the copy stops it, and is not charged again (50)`()
    throws
  {
    // Nothing can be begun at the processor: it stays reserved as the copy has it.
    let harness = try EngineHarness()
    try harness.start()
    let topUp = try harness.create(card: nil)
    let paid = try pay(harness, for: topUp.id, attempt: 1)
    let sent = harness.world.count("stripe POST /v1/payment_intents")
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind }?.contains("attempt 1") == true)
    harness.onEngine { $0.poke(topUp.id) }
    harness.loop.advance(by: .seconds(60))
    #expect(harness.world.count("stripe POST /v1/payment_intents") == sent)
    #expect(try harness.clearBehind() == .notSettled)
    harness.world.control("stripe/refund", #"{"intent": "\#(paid.id)"}"#)
    #expect(try harness.clearBehind() == nil)
  }

  @Test func `a refund of ours that no row has shows that the store is a copy (12, 50)`() throws {
    let (harness, topUp) = try credited()
    let refund = CreateRefund(
      topUp: topUp.id, intent: try #require(topUp.succeededIntent),
      amount: Money(minorUnits: 200, .usd), key: .refund(topUp.id, number: 1))
    let made = harness.answer { [outside = harness.outside] in
      await outside.processor.createRefund(refund)
    }
    _ = try #require(made)
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind }?.contains("which this store has not made") == true)
    // Taken into the books, it stops nothing any more, whatever is told of it later.
    _ = try harness.reconcile(repairer: "ops")
    #expect(try harness.clearBehind() == nil)
    try harness.deliverWebhooks()
    harness.loop.advance(by: .seconds(2 * 3_600))
    #expect(harness.onEngine { $0.behind } == nil)
    #expect(try harness.reconcile().findings == [])
    #expect(try harness.topUps().first?.books.refunded == 200)
  }

  @Test func `a refund of ours that no row has stops the store by its webhook, too (50)`() throws {
    let (harness, topUp) = try credited()
    let refund = CreateRefund(
      topUp: topUp.id, intent: try #require(topUp.succeededIntent),
      amount: Money(minorUnits: 200, .usd), key: .refund(topUp.id, number: 1))
    let made = harness.answer { [outside = harness.outside] in
      await outside.processor.createRefund(refund)
    }
    _ = try #require(made)
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
    #expect(harness.onEngine { $0.behind }?.contains("which this store has not made") == true)
    #expect(try harness.topUps().first?.books.refunded == 0)
  }

  @Test func `what was lost and given back is not begun again under its id (43, 50)`() throws {
    let (harness, _) = try credited()
    let key = "lost"
    let id = TopUpID.requested(caller: "local", account: harness.key, key: key)
    let paid = try pay(harness, for: id, attempt: 1)
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind } != nil)
    // Given back at the dashboard, nothing of it differs any more.
    harness.world.control("stripe/refund", #"{"intent": "\#(paid.id)"}"#)
    #expect(try harness.clearBehind() == nil)
    #expect(try harness.look { try $0.isSettledByHand(id.rawValue) })
    #expect(throws: ServiceError.keyReused(key: key)) {
      _ = try harness.create(card: nil, key: key)
    }
    #expect(try harness.topUps().contains { $0.id == id } == false)
  }

  @Test func `that a store is behind is kept though its first commit is refused (50)`() throws {
    let (harness, _) = try credited()
    let before = try harness.look { try $0.outsideMarks() }.ordersCursor
    _ = try order(harness, "tu_lost:1")
    harness.gate.refuse { commit in
      commit.changes.contains { if case .markBehind = $0 { true } else { false } } ? .full : nil
    }
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind } != nil)
    #expect(try harness.look { try $0.settings() }.behind == nil)
    // Nothing else would show it once the mark were past the order.
    #expect(before != nil)
    #expect(try harness.look { try $0.outsideMarks() }.ordersCursor == before)
    harness.gate.refuse(nil)
    harness.loop.advance(by: .seconds(40))
    #expect(try harness.look { try $0.settings() }.behind?.contains("tu_lost:1") == true)
    #expect(try harness.look { try $0.outsideMarks() }.ordersCursor != before)
    #expect(try harness.clearBehind() == .notSettled)
  }

  @Test func `what a pass finds while a store is compared keeps it behind (50, 52)`() throws {
    let (harness, _) = try credited()
    let reason = "an older copy was put in place"
    try harness.commit(.markBehind(reason))
    harness.onEngine { $0.behind = reason }
    let lost = try order(harness, "tu_lost:1")
    // The comparison goes through the ramp's list before that order is in it, the pass after.
    harness.world.setFaults(
      FaultRule(
        .ramp, method: "GET", pathPrefix: "/v1/orders", .first(1),
        .answer(status: 200, body: #"{"orders": []}"#)))
    #expect(try harness.clearBehindBesideAPass() == .notSettled)
    #expect(harness.onEngine { $0.behind } == reason)
    #expect(try harness.look { try $0.settings() }.behind == reason)
    #expect(try harness.clearBehind() == .notSettled)
    #expect(try harness.settle(lost.id.rawValue) == nil)
    #expect(try harness.clearBehind() == nil)
    #expect(harness.onEngine { $0.behind } == nil)
  }

  @Test func `what all was found to show is settled after an hour, too (50, 52)`() throws {
    let (harness, _) = try credited()
    harness.loop.advance(by: .seconds(1_000))
    let paid = try pay(harness, for: TopUpID("tu_lost"), attempt: 1)
    #expect(kinds(try harness.reconcile()).contains(.chargeWithoutTopUp))
    // The schedule's own leaves out what is as young.
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.lastReconciliation }?.scope == .recent)
    #expect(harness.onEngine { $0.lastReconciliation }?.findings == [])
    #expect(try harness.settle(paid.id.rawValue) == nil)
    #expect(try harness.settle("pi_never") == .nothingToSettle)
  }

  @Test func `a delivery that the ramp tells otherwise is seen (30, 32)`() throws {
    let (harness, topUp) = try credited()
    let ordered = try #require(topUp.order?.quote.tokens)
    func rewrite(_ units: Int128) {
      harness.world.control(
        "ramp", #"{"rewrite": "\#(topUp.id):1", "credited_planck": "\#(units)"}"#)
    }
    rewrite(ordered.units + 1)
    #expect(kinds(try harness.reconcile()) == [.deliveredTooMuch])
    rewrite(ordered.units - 1)
    #expect(kinds(try harness.reconcile()) == [.deliveredAmount])
    harness.world.control("ramp", #"{"forget": "\#(topUp.id):1"}"#)
    let found = try harness.reconcile(repairer: "ops")
    #expect(kinds(found) == [.creditWithoutEvidence] && found.open.count == 1)
  }

  @Test func `an order that the ramp has ended and nobody heard of is taken in by repair`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60), step: .milliseconds(200)) {
        try harness.topUps().first?.state == .depositing
      })
    // The ramp delivers while it answers no look at the order.
    harness.world.setFaults(
      FaultRule(
        .ramp, method: "GET", pathPrefix: "/v1/orders/", .all, .answer(status: 503, body: "")))
    harness.loop.advance(by: .seconds(120))
    #expect(try harness.topUps().first?.state == .depositing)
    harness.world.setFaults()
    #expect(kinds(try harness.reconcile()) == [.orderState])
    #expect(try harness.reconcile(repairer: "ops").open == [])
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
  }

  @Test func `a processor that does not answer ends the comparison, and nothing is said`() throws {
    let (harness, _) = try credited()
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "GET", pathPrefix: "/v1/refunds", .all, .answer(status: 500, body: "")))
    #expect(throws: ReconciliationError.self) { _ = try harness.reconcile() }
  }
}

/// What an operator's verb was refused for.
enum Refused: Equatable {
  case nothingToSettle
  case notSettled
  case otherwise

  init(_ error: any Error) {
    switch error as? ServiceError {
    case .nothingToSettle?: self = .nothingToSettle
    case .notSettled?: self = .notSettled
    default: self = .otherwise
    }
  }
}

extension EngineHarness {
  /// - Returns: why it was refused; nil when it was done.
  fileprivate func settle(_ object: String) throws -> Refused? {
    try refusal { engine in try await engine.settleByHand(object, by: "ops:maria, seen") }
  }

  func clearBehind() throws -> Refused? {
    try refusal { engine in _ = try await engine.clearBehind(by: "ops:maria, seen") { true } }
  }

  /// Clears it while a pass through the lists begins, as soon as the comparison is past the ramp's.
  fileprivate func clearBehindBesideAPass() throws -> Refused? {
    let listed = world.count("ramp GET /v1/orders")
    return try refusal { [world, clock] engine in
      _ = try await engine.clearBehind(by: "ops:maria, seen") {
        guard world.count("ramp GET /v1/orders") > listed else { return true }
        engine.assumeIsolated { engine in
          guard !engine.isSweepingEvents, engine.lossesMeanwhile?.found.isEmpty == true else {
            return
          }
          engine.schedule.set(.events, at: clock.now)
          engine.pokeInbox()
        }
        return true
      }
    }
  }

  private func refusal(
    _ body: @escaping @Sendable (Engine) async throws -> Void
  ) throws -> Refused? {
    let done = loop.start { [engine] in try await body(engine) }
    let result = try #require(done.result)
    if case .failure(let error) = result { return Refused(error) }
    return nil
  }

  /// Compares the three books now.
  func reconcile(
    since: UnixTime? = nil, settledFor span: Duration = .zero, repairer: String? = nil
  ) throws -> Reconciliation {
    let request = ReconciliationRequest(
      scope: .asked, since: since, settledFor: span, repairer: repairer)
    let done = loop.start { [engine] in
      try await engine.reconcile(request) { true }
    }
    let result = try #require(done.result)
    return try result.get()
  }
}
