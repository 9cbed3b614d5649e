import Testing
import TopUpCore

/// What the three books say of one top-up, compared: pure, in both directions (invariants 16, 30,
/// 32, 33, 38, 40).
@Suite struct ThreeBooksTests {
  private func books(
    _ scene: Scene?, intents: [IntentSnapshot] = [], refunds: [RefundSnapshot]? = nil,
    disputes: [DisputeSnapshot]? = nil, orders: [RampOrder] = []
  ) -> ThreeBooks {
    var books = ThreeBooks(Scene.id, topUp: scene?.topUp)
    books.intents = intents
    books.refunds = refunds
    books.disputes = disputes
    books.orders = orders
    return books
  }

  private func kinds(_ books: ThreeBooks, _ scene: Scene? = nil) -> [Difference.Kind] {
    books.differences(at: scene?.now ?? Scene.start).map(\.kind)
  }

  private func credited() throws -> Scene {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.completed, version: 2)))
    try scene.on(.finalitySeen(Sample.finalized(1_000)))
    #expect(scene.state == .credited)
    return scene
  }

  private func dispute(_ withdrawn: Int64, moves: Int = 1) -> DisputeSnapshot {
    DisputeSnapshot(
      id: "du_1", intent: PaymentIntentID("pi_1"), withdrawn: Sample.usd(withdrawn), moves: moves,
      isOpen: true, isInquiry: false)
  }

  @Test func `a top-up that went well has no differences`() throws {
    let scene = try credited()
    let healthy = books(
      scene, intents: [Sample.succeeded()], refunds: [], disputes: [],
      orders: [Sample.order(.completed, version: 2)])
    #expect(kinds(healthy) == [])
    // Nor where only lists were looked at.
    #expect(kinds(books(scene, intents: [Sample.succeeded()])) == [])
    #expect(kinds(books(scene, orders: [Sample.order(.completed, version: 2)])) == [])
  }

  // MARK: Processor

  @Test func `money taken and not counted is mended by telling the top-up`() throws {
    let scene = try Scene.confirming()
    let found = books(scene, intents: [Sample.succeeded()]).differences(at: scene.now)
    #expect(found.map(\.kind) == [.chargeNotCounted])
    #expect(found.first?.repair == [.intentSeen(Sample.succeeded())])
    #expect(found.first?.ours == "charging, 0.00 USD charged")
    #expect(found.first?.theirs == "25.00 USD taken")
  }

  @Test func `money taken for a top-up that has ended is a person's to give back`() throws {
    var scene = try Scene.confirming(cards: [Sample.card(1)])
    try scene.on(.intentSeen(Sample.declined()))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .declined)
    let found = books(scene, intents: [Sample.succeeded()]).differences(at: scene.now)
    #expect(found.map(\.kind) == [.chargeNotCounted] && found.first?.repair == [])
    // Given back in whole, nothing is left to be counted.
    #expect(kinds(books(scene, intents: [Sample.succeeded(refunded: Sample.amount)])) == [])
  }

  @Test func `a second success is told as one, until it is given back (16)`() throws {
    let scene = try credited()
    var second = Sample.intent(.succeeded, id: "pi_9", received: Sample.amount)
    let found = books(scene, intents: [second]).differences(at: scene.now)
    #expect(found.map(\.kind) == [.secondCharge] && found.first?.object == "pi_9")
    #expect(found.first?.kind.isAlarm == true && found.first?.repair == [])
    second.refunded = Sample.amount
    #expect(kinds(books(scene, intents: [second])) == [])
  }

  @Test func `an attempt that an older copy does not have is an alarm until it is over (12, 50)`()
    throws
  {
    let scene = try Scene.confirming()
    var lost = Sample.succeeded(attempt: 2)
    #expect(kinds(books(scene, intents: [lost])) == [.chargeWithoutTopUp])
    #expect(
      kinds(books(scene, intents: [Sample.intent(.processing, attempt: 2)]))
        == [.chargeWithoutTopUp])
    #expect(kinds(books(scene, intents: [Sample.intent(.canceled, attempt: 2)])) == [])
    lost.refunded = Sample.amount
    #expect(kinds(books(scene, intents: [lost])) == [])
    // Reserved by now, and charged by what came after the copy.
    #expect(kinds(books(Scene(), intents: [Sample.succeeded()])) == [.chargeWithoutTopUp])
  }

  @Test func `a charge that the processor has not taken is an alarm`() throws {
    let scene = try credited()
    #expect(kinds(books(scene, intents: [Sample.intent(.canceled)])) == [.chargeNotTaken])
    var absent = books(scene)
    absent.absentIntents = [PaymentIntentID("pi_1")]
    #expect(kinds(absent) == [.chargeNotTaken])
    let less = Sample.intent(.succeeded, received: Sample.usd(2400), refunded: Sample.usd(0))
    #expect(kinds(books(scene, intents: [less])) == [.chargeAmount])
    // One that this top-up does not count may stand however it stands.
    #expect(kinds(books(scene, intents: [Sample.intent(.canceled, id: "pi_9")])) == [])
  }

  @Test(arguments: [
    (IntentSnapshot.Status.succeeded, true), (.processing, true), (.requiresAction, true),
    (.requiresConfirmation, true), (.canceled, false),
  ])
  func `a payment of a top-up that is not here is told unless it is dead (50)`(
    status: IntentSnapshot.Status, isTold: Bool
  ) {
    let lost = Sample.intent(status, received: Sample.amount)
    #expect(kinds(books(nil, intents: [lost])) == (isTold ? [.chargeWithoutTopUp] : []))
  }

  // MARK: What was taken back

  @Test func `refunds and disputes are compared one by one, and in sum (38)`() throws {
    let scene = try credited()
    let charge = Sample.succeeded(refunded: Sample.usd(700), isDisputed: true)
    // The cumulative figure only checks.
    #expect(kinds(books(scene, intents: [charge])) == [.refundSum, .disputeSum])
    let refund = Sample.refund(
      .succeeded, amount: Sample.usd(700), key: IdempotencyKey("other"), id: "re_x")
    let found = books(scene, intents: [charge], refunds: [refund], disputes: [dispute(1_800)])
      .differences(at: scene.now)
    #expect(found.map(\.kind) == [.refundSum, .disputeSum])
    #expect(found.map(\.ours) == ["0.00 USD refunded", "0.00 USD disputed"])
    #expect(found.map(\.theirs) == ["7.00 USD refunded", "18.00 USD disputed"])
    var mended = scene
    for event in found.flatMap(\.repair) { try mended.on(event) }
    #expect(mended.state == .reversed)
    let after = books(mended, intents: [charge], refunds: [refund], disputes: [dispute(1_800)])
    #expect(kinds(after) == [])
    // Given back, and our books have not heard.
    let won = books(
      mended, intents: [charge], refunds: [refund], disputes: [dispute(0, moves: 2)])
    #expect(kinds(won) == [.disputeSum])
    // Sums that agree, of refunds that are others.
    let other = Sample.refund(
      .succeeded, amount: Sample.usd(700), key: IdempotencyKey("other"), id: "re_y")
    let swapped = books(mended, intents: [charge], refunds: [other], disputes: [dispute(1_800)])
    #expect(kinds(swapped) == [.refundSum])
  }

  @Test func `a refund that the books have and the processor has not is told (38)`() throws {
    var scene = try credited()
    try scene.on(
      .reversalsSeen([
        ReversalSnapshot(
          id: "re_x", kind: .refund, taken: Sample.usd(700), rank: 1, isOpen: false)
      ]))
    let found = books(scene, intents: [Sample.succeeded()], refunds: [], disputes: [])
    #expect(kinds(found) == [.refundSum])
  }

  // MARK: Ramp

  @Test func `an order that no top-up has is told unless it came to nothing (28, 50)`() throws {
    #expect(kinds(books(nil, orders: [Sample.order(.accepted)])) == [.orderWithoutTopUp])
    #expect(kinds(books(nil, orders: [Sample.order(.cancelled, ordered: .zero)])) == [])
    let scene = try credited()
    let second = Sample.order(.submitted, number: 2, moved: .unknown)
    #expect(kinds(books(scene, orders: [second])) == [.orderWithoutTopUp])
  }

  @Test func `the ramp's last word is taken in by repair`() throws {
    let scene = try Scene.ordered()
    let seen = Sample.order(.completed, version: 7)
    let found = books(scene, orders: [seen]).differences(at: scene.now)
    #expect(found.map(\.kind) == [.orderState] && found.first?.repair == [.orderSeen(seen)])
    // What is under way is no difference.
    #expect(kinds(books(scene, orders: [Sample.order(.inBlock, version: 7)])) == [])
  }

  @Test func `more than was ordered, or another amount, is told (32)`() throws {
    let scene = try credited()
    func delivered(_ units: Int128) -> RampOrder {
      Sample.order(.completed, version: 3, credited: Planck(units))
    }
    let units = Sample.tokens.units
    #expect(kinds(books(scene, orders: [delivered(units + 1)])) == [.deliveredTooMuch])
    #expect(kinds(books(scene, orders: [delivered(units - 1)])) == [.deliveredAmount])
    let sending = try Scene.sending()
    #expect(
      kinds(books(sending, orders: [Sample.order(.completed, credited: Planck(units + 1))]))
        == [.deliveredTooMuch])
  }

  @Test
  func `parts that together are worth what was charged agree, a whole beside a part does not (32)`()
    throws
  {
    var scene = Scene(remainder: .reorder)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    try scene.quoteAndReread("q1")
    let half = Planck((Sample.tokens.units + 1) / 2)
    let part = Sample.order(.partial, version: 2, credited: half)
    try scene.deliver(part)
    let missing = try #require(scene.topUp.missingTokens)
    try scene.on(
      .quoted(Sample.quote("q2", tokens: missing, gross: Sample.usd(1250), fee: 0)))
    try scene.on(.reread(Sample.succeeded()))
    let rest = Sample.order(.completed, number: 2, version: 2, ordered: missing, block: 1_010)
    try scene.deliver(rest)
    #expect(scene.state == .credited)
    #expect(kinds(books(scene, orders: [part, rest])) == [])
    let whole = Sample.order(.completed, version: 3)
    #expect(
      kinds(books(scene, orders: [whole, rest])) == [.deliveredAmount, .deliveredTooMuch])
  }

  @Test func `a credit needs an order with the same evidence, or a person's word (30)`() throws {
    let scene = try credited()
    var moved = Sample.order(.completed, version: 3)
    moved.evidence?.eventIndex = 9
    #expect(kinds(books(scene, orders: [moved])) == [.creditWithoutEvidence])
    var gone = books(scene)
    gone.absentOrders = [ClientOrderID(Scene.id, number: 1)]
    #expect(kinds(gone) == [.creditWithoutEvidence])
    gone.isEndedByWord = true
    #expect(kinds(gone) == [])
    var open = books(try Scene.ordered())
    open.absentOrders = [ClientOrderID(Scene.id, number: 1)]
    #expect(kinds(open) == [.orderMissing])
  }

  @Test func `what the ramp may have forgotten since is no difference (30)`() throws {
    let scene = try credited()
    var gone = books(scene)
    gone.absentOrders = [ClientOrderID(Scene.id, number: 1)]
    let created = try #require(scene.topUp.orders.first?.created)
    func kinds(daysLater days: Int) -> [Difference.Kind] {
      gone.differences(at: created.advanced(by: .seconds(days * 86_400))).map(\.kind)
    }
    #expect(kinds(daysLater: 88) == [.creditWithoutEvidence])
    #expect(kinds(daysLater: 90) == [])
    // Awaited still, it is a person's.
    gone = books(try Scene.ordered())
    gone.absentOrders = [ClientOrderID(Scene.id, number: 1)]
    #expect(kinds(daysLater: 88) == [.orderMissing])
    #expect(kinds(daysLater: 90) == [])
  }

  @Test func `a dead order that moved funds is an alarm (33)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.failed, version: 2)))
    #expect(scene.order == .dead)
    #expect(kinds(books(scene, orders: [Sample.order(.failed, version: 2)])) == [])
    let late = Sample.order(.completed, version: 3)
    #expect(kinds(books(scene, orders: [late])) == [.deliveredAfterEnd])
  }

  // MARK: Age

  @Test func `what is younger than the span is not compared yet`() throws {
    let scene = try Scene.confirming()
    var intent = Sample.succeeded()
    intent.charged = scene.now.advanced(by: .seconds(50))
    let young = books(scene, intents: [intent])
    let now = scene.now.advanced(by: .seconds(60))
    #expect(young.differences(at: now, settledFor: .seconds(20)) == [])
    #expect(young.differences(at: now, settledFor: .seconds(10)).count == 1)
  }

  @Test func `an event waits an hour before it is told (35)`() {
    let event = InboxEvent(
      id: "evt_1", type: "refund.updated", object: "re_1", intent: nil, body: [],
      received: Scene.start)
    func told(after span: Duration, applied: UnixTime? = nil) -> Difference? {
      Difference(
        waiting: StoredInboxEvent(event: event, applied: applied, tries: 3, lastError: "no"),
        at: Scene.start.advanced(by: span))
    }
    #expect(told(after: .seconds(3_599)) == nil)
    #expect(told(after: .seconds(3_600))?.object == "evt_1")
    #expect(told(after: .seconds(3_600), applied: Scene.start) == nil)
  }

  @Test func `every kind says what it is and what helps, under a name of its own`() {
    let kinds = Difference.Kind.allCases
    #expect(Set(kinds.map(\.meaning)).count == kinds.count)
    #expect(kinds.allSatisfy { !$0.remedy.isEmpty })
  }
}
