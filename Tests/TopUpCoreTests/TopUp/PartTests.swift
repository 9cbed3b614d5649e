import Testing
import TopUpCore

/// A deposit that came in part or was given back by the ramp: what was delivered is credited, and the
/// rest is ordered again or given back, never both (invariants 4, 10, 24, 28, 30, 32, 36).
@Suite struct PartTests {
  /// Of 191,322,139,665,161 planck for 25.00 USD, 1.38 USD of it the fee.
  private let half = Planck(95_661_069_832_581)
  private let missing = Planck(95_661_069_832_580)
  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)

  /// The ramp has the order.
  private func ordered(_ rule: RemainderRule, tax: Int64 = 0) throws -> Scene {
    var scene = Scene(tax: tax, remainder: rule)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    try scene.quoteAndReread("q1")
    try scene.on(.orderSeen(Sample.order(.accepted)))
    return scene
  }

  private func delivered(
    _ rule: RemainderRule, _ credited: Planck? = nil, tax: Int64 = 0, skim: Bool = false
  ) throws -> Scene {
    var scene = try ordered(rule, tax: tax)
    try scene.deliver(
      Sample.order(.partial, version: 2, credited: credited ?? half, skim: skim))
    return scene
  }

  /// An order for the rest, at a price.
  private func reorder(
    _ scene: inout Scene, _ tokens: Planck, gross: Int64 = 1250, fee: Int64 = 19
  ) throws {
    let number = scene.topUp.orders.count + 1
    try scene.on(
      .quoted(
        Sample.quote(
          "q\(number)", tokens: tokens, gross: Sample.usd(gross), fee: fee, created: scene.now)))
    if scene.state == .charged { try scene.on(.reread(Sample.succeeded())) }
  }

  // MARK: Given back

  @Test func `what is wanted back is not ordered again after a part (32, 33)`() throws {
    var scene = try ordered(.reorder)
    try scene.on(.refundWished(RefundWish(amount: nil, actor: "console", reason: "not wanted")))
    // Too late to stop the order.
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    try scene.deliver(Sample.order(.partial, version: 3, credited: half))
    #expect(scene.state == .refunding && scene.call == "create_refund")
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(1250)])
  }

  @Test func `the delivered part is credited, and the rest given back, to the unit (24, 32)`()
    throws
  {
    var scene = try delivered(.refund)
    #expect(scene.topUp.deliveredTokens == half)
    #expect(scene.topUp.books.delivered == 1181 && scene.topUp.books.fee == 69)
    #expect(scene.ledger[.delivered(Sample.dragon)] == half.units)
    #expect(scene.ledger[.conversionTokens] == -half.units)
    #expect(scene.ledger[.conversionFiat(.usd)] == -1181 && scene.ledger[held] == -1250)
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(1250)])
    #expect(scene.call == "create_refund")
    let key = scene.topUp.refundKey(scene.topUp.refunds[0])
    try scene.on(.refundsSeen([Sample.refund(.succeeded, amount: Sample.usd(1250), key: key)]))
    #expect(scene.state == .refunded && scene.topUp.books.refunded == 1250)
    #expect(scene.ledger[held] == 0 && scene.ledger[.processor(.usd)] == 1250)
    #expect(scene.topUp.orders.count == 1)
  }

  @Test
  func `a refund of the rest that fails later is owed again, and given back by word (37, 52)`()
    throws
  {
    var scene = try delivered(.refund)
    let key = scene.topUp.refundKey(scene.topUp.refunds[0])
    for status in [RefundSnapshot.Status.succeeded, .failed] {
      try scene.on(.refundsSeen([Sample.refund(status, amount: Sample.usd(1250), key: key)]))
    }
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1250)
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "once more")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1250) && scene.call == "create_refund")
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `whatever comes of it, every unit is delivered, fee, tax or given back (24)`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<250 {
      let tax = Int64.random(in: 0...400, using: &generator)
      let credited = Planck(Int128.random(in: 1..<Sample.tokens.units, using: &generator))
      let scene = try delivered(.refund, credited, tax: tax)
      let books = scene.topUp.books
      let back = scene.topUp.refunds.last?.amount.minorUnits ?? 0
      #expect(books.delivered + books.fee + books.tax + back == 2500 && books.held == back)
      #expect([books.delivered, books.fee, books.tax].allSatisfy { $0 >= 0 })
      #expect(books.fee <= 138 && books.tax <= tax && books.delivered <= 2500 - 138 - tax)
      let lacking = Sample.tokens.units - credited.units
      #expect(Int128(back) * Sample.tokens.units >= 2500 * lacking)
    }
  }

  @Test func `the least that is missing gives back a unit, in the payer's favour (24)`() throws {
    let scene = try delivered(.refund, Planck(Sample.tokens.units - 1))
    #expect(scene.topUp.refunds.map(\.amount.minorUnits) == [1] && scene.topUp.books.held == 1)
  }

  @Test func `a delivery that is worth no unit is counted as tokens, and all is given back (24)`()
    throws
  {
    let scene = try delivered(.refund, Planck(1))
    #expect(scene.ledger[.delivered(Sample.dragon)] == 1 && scene.topUp.books.delivered == 0)
    #expect(scene.topUp.refunds.map(\.amount.minorUnits) == [2500])
  }

  // MARK: Ordered again

  @Test func `the rest is ordered by the next number, for what is left (28, 32)`() throws {
    var scene = try delivered(.reorder)
    #expect(scene.state == .charged && scene.topUp.pendingTokens == missing)
    #expect(scene.topUp.claimedTokens == missing)
    guard case .askQuote(let request) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(request.side == .fiat(Sample.usd(1250)))
    try reorder(&scene, missing)
    guard case .createOrder(let order) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(order.id == ClientOrderID("tu_1:2") && order.tokens == missing)
    try scene.deliver(
      Sample.order(.completed, number: 2, version: 2, ordered: missing, block: 1_010))
    #expect(scene.state == .credited && scene.topUp.deliveredTokens == Sample.tokens)
    #expect(scene.topUp.books.fee == 69 + 19 && scene.topUp.feeDue == 88)
    #expect(scene.topUp.books.delivered == 2500 - 88 && scene.topUp.refunds.isEmpty)
    #expect(scene.topUp.creditHeight == 1_010 && scene.ledger[held] == 0)
  }

  @Test func `a rest that would cost too much is given back instead, never both (32)`() throws {
    // 98 % of what is missing, rounded up.
    let least: Int128 = 93_747_848_435_929
    for (tokens, state) in [(least, TopUpState.depositing), (least - 1, .refunding)] {
      var scene = try delivered(.reorder)
      try reorder(&scene, Planck(tokens))
      #expect(scene.state == state)
      #expect(scene.topUp.refunds.count == (state == .refunding ? 1 : 0))
    }
  }

  @Test func `a ramp that delivers parts for ever is ordered from three times`() throws {
    var scene = try delivered(.reorder)
    var left: Int64 = 1250
    for number in 2...3 {
      let lacking = try #require(scene.topUp.missingTokens)
      try reorder(&scene, lacking, gross: left, fee: 0)
      try scene.deliver(
        Sample.order(
          .partial, number: number, version: 2, ordered: lacking,
          credited: Planck(lacking.units / 2), block: UInt64(1_000 + number)))
      left = scene.topUp.books.held
    }
    #expect(scene.state == .refunding && scene.topUp.orders.count == 3)
    #expect(scene.topUp.refunds.map(\.amount.minorUnits) == [left] && left == 313)
  }

  @Test func `an order for the rest that comes to nothing gives the rest back (28, 33)`() throws {
    var scene = try delivered(.reorder)
    try reorder(&scene, missing)
    try scene.on(.refused(Sample.refusal(.invalid)))
    #expect(scene.next == .cancelOrder(ClientOrderID("tu_1:2")))
    try scene.on(.orderSeen(Sample.order(.cancelled, number: 2, ordered: missing)))
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(1250)])
  }

  @Test func `taken back meanwhile: the rest is stopped, and what is left given back (32)`() throws
  {
    var scene = try delivered(.reorder)
    try reorder(&scene, missing)
    try scene.on(
      .reversalsSeen([
        ReversalSnapshot(id: "re_9", kind: .refund, taken: Sample.usd(1000), rank: 1, isOpen: false)
      ]))
    #expect(scene.state == .orderCancelling && scene.topUp.books.held == 250)
    try scene.on(.orderSeen(Sample.order(.cancelled, number: 2, ordered: missing)))
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(250)])
  }

  // MARK: When it counts

  @Test func `a part credits nothing, and orders nothing, before its block is final (30)`() throws {
    var scene = try ordered(.reorder)
    try scene.on(.orderSeen(Sample.order(.partial, version: 2, credited: half)))
    #expect(scene.call == "ask_finality" && scene.topUp.books.delivered == 0)
    scene.restart()
    try scene.on(.finalitySeen(Sample.finalized(1_000, hash: "0x99")))
    #expect(scene.state == .needsReview && scene.topUp.books.delivered == 0)
  }

  @Test func `a late word of a part that was settled changes nothing (37)`() throws {
    var scene = try delivered(.reorder)
    #expect(try scene.on(.orderSeen(Sample.order(.completed, version: 3))) == nil)
    try reorder(&scene, missing)
    #expect(try scene.on(.orderSeen(Sample.order(.completed, version: 3))) == nil)
    #expect(scene.topUp.deliveredTokens == half)
  }

  @Test func `what opened the owner's wallet was delivered too (30)`() throws {
    let credited = Planck(half.units - Planck.cere.units)
    let scene = try delivered(.refund, credited, skim: true)
    #expect(scene.topUp.deliveredTokens == credited)
    #expect(scene.topUp.order?.settledTokens == half && scene.topUp.missingTokens == missing)
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(1250)])
  }

  @Test func `a part whose evidence does not hold waits for a person (30)`() throws {
    for order in [
      Sample.order(.partial, version: 2, credited: half, evidence: false),
      Sample.order(.partial, version: 2, credited: half, moved: .unknown),
      Sample.order(.partial, version: 2, credited: .zero),
      Sample.order(.partial, version: 2, credited: Planck(Sample.tokens.units + 1)),
    ] {
      var scene = try ordered(.refund)
      try scene.on(.orderSeen(order))
      #expect(scene.state == .needsReview && scene.topUp.books.delivered == 0)
      #expect(scene.topUp.refunds.isEmpty)
    }
  }

  @Test func `a refunded rest leaves the height of what was delivered, and a back-off (4, 10)`()
    throws
  {
    var scene = try delivered(.refund)
    let key = scene.topUp.refundKey(scene.topUp.refunds[0])
    try scene.on(.refundsSeen([Sample.refund(.succeeded, amount: Sample.usd(1250), key: key)]))
    let after = Aftermath(
      of: scene.topUp, on: AccountState(lastCreditHeight: 7), cooldown: .seconds(3_600),
      lowCooldown: .seconds(300), at: scene.now)
    #expect(after.state.lastCreditHeight == 1_000)
    #expect(after.state.backOffUntil != nil && after.state.lastCredited == nil)
  }

  @Test func `a part tells the ramp's breaker nothing, its refund does (4)`() throws {
    let before = try ordered(.reorder).topUp
    #expect(RampNews(before, try delivered(.reorder).topUp) == nil)
    #expect(
      RampNews(try ordered(.refund).topUp, try delivered(.refund).topUp)
        == .compensated(Scene.id))
  }

  // MARK: Given back by the ramp

  @Test func `an order that the ramp returned is ordered once more, then refunded (28, 33)`() throws
  {
    var scene = try ordered(.reorder)
    try scene.on(.orderSeen(Sample.order(.returned, version: 2)))
    #expect(scene.state == .charged && scene.call == "ask_quote")
    try scene.quoteAndReread("q2")
    try scene.on(.orderSeen(Sample.order(.returned, number: 2, version: 2)))
    #expect(scene.call == "create_refund")
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.amount])
  }

  @Test func `a returned order is not followed while something may have moved (28)`() throws {
    for moved in [RampOrder.FundsMoved.yes, .unknown] {
      var scene = try ordered(.refund)
      try scene.on(.orderSeen(Sample.order(.returned, version: 2, moved: moved)))
      #expect(scene.state == .needsReview && scene.topUp.orders.count == 1)
      try scene.on(.orderSeen(Sample.order(.returned, version: 3)))
      #expect(scene.state == .charged)
    }
  }
}
