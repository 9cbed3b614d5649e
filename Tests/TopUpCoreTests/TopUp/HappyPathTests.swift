import Testing
import TopUpCore

@Suite struct HappyPathTests {
  @Test func `a reservation charges in two steps under keys that hold no time (12, 13, 14)`() throws
  {
    var scene = Scene()
    #expect(scene.state == .reserved)
    #expect(scene.next == nil)
    scene.wait(.seconds(30))
    try scene.on(.chargeStarted)
    #expect(
      scene.next
        == .createIntent(
          CreateIntent(
            topUp: Scene.id, attempt: 1, amount: Sample.amount, customer: CustomerID("cus_1"),
            paymentMethod: PaymentMethodID("pm_1"), description: "Top-up",
            key: IdempotencyKey("tu_1:1:create"))))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    #expect(scene.topUp.attempt?.intent == PaymentIntentID("pi_1"))
    #expect(
      scene.next
        == .confirmIntent(
          ConfirmIntent(
            intent: PaymentIntentID("pi_1"), paymentMethod: PaymentMethodID("pm_1"),
            amount: Sample.amount, offSession: true, key: IdempotencyKey("tu_1:1:confirm"))))
    #expect(scene.topUp.books == Books())
  }

  @Test func `a user who is present is charged on-session`() throws {
    var scene = Scene(trigger: .user, onSession: true)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    guard case .confirmIntent(let request) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(!request.offSession)
  }

  @Test func `a captured charge is held until tokens arrive (22, 24)`() throws {
    let scene = try Scene.charged()
    var books = Books()
    books.charged = 2500
    books.held = 2500
    #expect(scene.topUp.books == books)
    #expect(
      scene.ledger == [
        .processor(.usd): 2500, .held(.ddc(Sample.dragon), .usd): -2500,
      ])
    #expect(scene.chargedCards == ["fp_1"])
    #expect(scene.releases == 0)
    #expect(
      scene.next
        == .askQuote(QuoteRequest(side: .fiat(Sample.amount), cluster: Sample.dragon.cluster)))
  }

  @Test func `the price of the decision is ordered at while it stands, and asked for anew after`()
    throws
  {
    for (lifetime, isKept) in [(Duration.seconds(6), true), (.seconds(5), false)] {
      var scene = Scene(quote: Sample.quote("q0", lifetime: lifetime))
      try scene.on(.chargeStarted)
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
      try scene.on(.intentSeen(Sample.succeeded()))
      #expect(scene.topUp.order?.quote.id == (isKept ? QuoteID("q0") : nil))
      #expect(scene.call == (isKept ? "reread_before_order" : "ask_quote"))
    }
  }

  @Test func `a delivery posts to each account once (22)`() throws {
    var scene = try Scene.ordered()
    let step = try #require(try scene.deliver(Sample.order(.completed, version: 2)))
    let accounts = try #require(step.entries.first).postings.map(\.account)
    #expect(Set(accounts).count == accounts.count)
  }

  @Test func `a quote is pinned, the charge read again, and only then ordered (28, 32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    #expect(scene.next == .rereadBeforeOrder(PaymentIntentID("pi_1")))
    try scene.on(.reread(Sample.succeeded()))
    #expect(scene.state == .depositing)
    #expect(
      scene.next
        == .createOrder(
          CreateOrder(
            id: ClientOrderID("tu_1:1"), quote: QuoteID("q1"), destination: Sample.dragon,
            tokens: Sample.tokens, paymentReference: "ch_1")))
  }

  @Test func `in block is shown and not counted, completed credits (30)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    try scene.on(.orderSeen(Sample.order(.inBlock, version: 3)))
    #expect(scene.state == .depositing)
    #expect(scene.topUp.books.delivered == 0)
    #expect(scene.topUp.deliveredTokens == .zero)
    try scene.deliver(Sample.order(.completed, version: 4))
    #expect(scene.state == .credited)
    #expect(scene.topUp.deliveredTokens == Sample.tokens)
    var books = Books()
    books.charged = 2500
    books.delivered = 2362
    books.fee = 138
    #expect(scene.topUp.books == books)
    #expect(
      scene.ledger == [
        .processor(.usd): 2500, .held(.ddc(Sample.dragon), .usd): 0,
        .conversionFiat(.usd): -2362, .feeIncome(.usd): -138,
        .conversionTokens: -Sample.tokens.units, .delivered(Sample.dragon): Sample.tokens.units,
      ])
    #expect(scene.next == nil)
    #expect(scene.topUp.version == 11)
  }

  @Test func `the deposit's entry names the quote it converted at (22)`() throws {
    var scene = try Scene.ordered()
    let step = try #require(try scene.deliver(Sample.order(.completed, version: 2)))
    #expect(step.entries.map(\.description) == ["deposit finalized under quote q1"])
  }

  @Test func `tax, and the fee of the order's own quote, leave what is held (32)`() throws {
    var scene = Scene(fee: 100, tax: 400)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    try scene.quoteAndReread("q1")
    try scene.deliver(Sample.order(.completed))
    #expect(scene.ledger[.taxOwed(.usd)] == -400)
    #expect(scene.ledger[.feeIncome(.usd)] == -138)
    #expect(scene.ledger[.conversionFiat(.usd)] == -1962)
    #expect(scene.ledger[.held(.ddc(Sample.dragon), .usd)] == 0)
  }

  @Test func `credits are granted with the charge and need no deposit leg (22)`() throws {
    var scene = Scene(account: .credits(Sample.credits), quote: nil, credits: 50_000)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    let step = try #require(try scene.on(.intentSeen(Sample.succeeded())))
    #expect(scene.state == .credited)
    #expect(step.entries.count == 2)
    #expect(scene.ledger[.credits(Sample.credits)] == -50_000)
    #expect(scene.ledger[.conversionCredits(tenant: "acme")] == 50_000)
    #expect(scene.ledger[.held(.credits(Sample.credits), .usd)] == 0)
    #expect(scene.topUp.books.delivered == 2362)
    #expect(scene.next == nil)
  }

  @Test func `every terminal state takes no event any more (37)`() throws {
    for scene in try Self.ended() {
      for event in Self.events {
        var copy = scene
        let step = try copy.on(event)
        #expect(step == nil, "\(scene.state) took \(event)")
      }
      #expect(scene.next == nil)
      #expect(scene.topUp.afterRestart() == scene.topUp)
    }
  }

  /// One of each terminal state that the machine reaches by itself.
  static func ended() throws -> [Scene] {
    var credited = try Scene.ordered()
    try credited.deliver(Sample.order(.completed, version: 2))
    var declined = try Scene.confirming(cards: [Sample.card(1)])
    try declined.on(.intentSeen(Sample.declined()))
    try declined.on(.intentSeen(Sample.intent(.canceled)))
    var cancelled = Scene()
    try cancelled.on(.cancelRequested("by its user"))
    var expired = Scene()
    expired.wait(.seconds(600))
    try expired.on(.timePassed)
    var refunded = try Scene.refunding()
    try refunded.on(.refundsSeen([Sample.refund(.succeeded)]))
    let scenes = [credited, declined, cancelled, expired, refunded]
    #expect(scenes.map(\.state) == [.credited, .declined, .cancelled, .expired, .refunded])
    return scenes
  }

  static let events: [TopUpEvent] = [
    .chargeStarted, .chargeForbidden("off"), .intentSeen(Sample.succeeded()),
    .intentSeen(Sample.intent(.requiresConfirmation)), .intentSeen(Sample.declined()),
    .intentSeen(Sample.intent(.canceled)), .intentSeen(Sample.succeeded(attempt: 2)),
    .intentNotFound, .quoted(Sample.quote("q9")), .reread(Sample.succeeded()),
    .orderSeen(Sample.order(.completed, version: 9)), .orderSeen(Sample.order(.failed, version: 9)),
    .finalitySeen(Sample.finalized(1_000)), .orderNotFound, .refundsSeen([]),
    .refundsSeen([Sample.refund(.succeeded)]),
    .refundsSeen([Sample.refund(.pending)]), .refused(Sample.refusal(.invalid)), .inDoubt("lost"),
    .notSent("down"), .cancelRequested("late"), .timePassed,
  ]
}
