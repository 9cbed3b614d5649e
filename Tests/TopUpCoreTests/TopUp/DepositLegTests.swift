import Testing
import TopUpCore

@Suite struct DepositLegTests {
  // MARK: Quotes

  @Test func `an expired quote is replaced, and its number never sent (28)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    scene.wait(.seconds(60))
    try scene.on(.reread(Sample.succeeded()))
    #expect(scene.call == "ask_quote")
    try scene.quoteAndReread("q2")
    guard case .createOrder(let request) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(request.id == ClientOrderID("tu_1:2"))
    #expect(request.quote == QuoteID("q2"))
  }

  @Test func `a price within the slippage passes, one planck below is held`() throws {
    // 98 % of 191,322,139,665,161 planck, rounded up.
    let least: Int128 = 187_495_696_871_858
    for (tokens, state) in [(least, TopUpState.charged), (least - 1, .needsReview)] {
      var scene = try Scene.charged()
      try scene.on(.quoted(Sample.quote("q1", tokens: Planck(tokens))))
      #expect(scene.state == state)
    }
  }

  @Test func `slippage is measured from the price decided at, not from the last quote`() throws {
    var scene = try Scene.charged()
    for id in ["q1", "q2", "q3"] where scene.state == .charged {
      let tokens = Planck(Sample.tokens.units * (id == "q1" ? 99 : 97) / 100)
      try scene.on(.quoted(Sample.quote(id, tokens: tokens, created: scene.now)))
      scene.wait(.seconds(60))
      if scene.state == .charged { try scene.on(.reread(Sample.succeeded())) }
    }
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.orders.count == 1)
  }

  @Test func `a slippage that cannot be accepts no worse price`() throws {
    var topUp = try Scene.charged().topUp
    topUp = TopUp(
      id: topUp.id, account: topUp.account, payer: topUp.payer, trigger: topUp.trigger,
      episode: 1, amount: topUp.amount, fee: 138, tax: 0, quote: topUp.quote, credits: nil,
      onSession: false, policyVersion: 1, slippageBasisPoints: 20_000, cards: topUp.cards,
      description: "", created: Scene.start)
    topUp.state = .charged
    topUp.books.charged = 2500
    topUp.books.held = 2500
    let worse = Sample.quote("q1", tokens: Planck(Sample.tokens.units - 1))
    #expect(try topUp.applying(.quoted(worse), at: Scene.start)?.topUp.state == .needsReview)
  }

  @Test func `a quote for another amount, or of nothing, is not pinned`() throws {
    for quote in [
      Sample.quote("q1", gross: Sample.usd(2600)), Sample.quote("q1", tokens: .zero),
      Sample.quote("q1", gross: Money(minorUnits: 2500, .eur)),
    ] {
      var scene = try Scene.charged()
      let step = try #require(try scene.on(.quoted(quote)))
      #expect(step.isWaiting)
      #expect(scene.topUp.orders.isEmpty)
    }
  }

  @Test func `a second quote does not replace a pinned one`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    #expect(try scene.on(.quoted(Sample.quote("q2"))) == nil)
    #expect(scene.topUp.order?.quote.id == QuoteID("q1"))
  }

  // MARK: The last look at the charge

  @Test func `a charge that was refunded meanwhile is not delivered (32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.reread(Sample.succeeded(refunded: Sample.usd(1))))
    #expect(scene.state == .needsReview)
    #expect(scene.next == nil)
  }

  @Test func `a charge that is disputed is not delivered (32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.reread(Sample.succeeded(isDisputed: true)))
    #expect(scene.state == .needsReview)
    #expect(scene.reason.contains("disputed"))
    #expect(scene.next == nil)
  }

  @Test func `a charge whose refunds are not shown puts the order off (32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    let step = try #require(try scene.on(.reread(Sample.succeeded(refunded: nil))))
    #expect(step.isWaiting)
    #expect(scene.call == "reread_before_order")
  }

  @Test func `a charge that reads otherwise than it was recorded is not delivered (32)`() throws {
    for intent in [
      Sample.intent(.canceled), Sample.intent(.processing),
      Sample.intent(.succeeded, received: Sample.usd(2499)),
      Sample.intent(.succeeded, id: "pi_other", received: Sample.amount),
    ] {
      var scene = try Scene.charged()
      try scene.on(.quoted(Sample.quote("q1")))
      try scene.park(.reread(intent))
    }
  }

  @Test func `a charge that cannot be read puts the order off (32)`() throws {
    for kind in [
      Refusal.Kind.notFound, .notAuthorised, .invalid, .unexpectedState, .rateLimited,
    ] {
      var scene = try Scene.charged()
      try scene.on(.quoted(Sample.quote("q1")))
      let step = try #require(try scene.on(.refused(Sample.refusal(kind))))
      #expect(step.isWaiting)
      #expect(scene.call == "reread_before_order")
    }
  }

  // MARK: Refused orders

  @Test(arguments: [
    Refusal.Kind.rateLimited, .inProgress, .notAuthorised, .insufficientLiquidity, .notFound,
  ])
  func `a ramp that cannot take it now is asked the same again (28, 29)`(
    kind: Refusal.Kind
  ) throws {
    var scene = try Scene.sending()
    let before = scene.next
    let step = try #require(
      try scene.on(.refused(Sample.refusal(kind, retryAfter: .seconds(30)))))
    #expect(step.isWaiting)
    #expect(scene.topUp.nextCheck == scene.now.advanced(by: .seconds(30)))
    #expect(scene.call == "reread_before_order")
    try scene.on(.reread(Sample.succeeded()))
    #expect(scene.topUp.nextCheck == scene.now)
    #expect(scene.next == before)
  }

  @Test func `an order is never sent twice upon one look at its charge (32)`() throws {
    for event in [
      TopUpEvent.notSent("no connection"), .refused(Sample.refusal(.insufficientLiquidity)),
    ] {
      var scene = try Scene.sending()
      for _ in 0..<3 {
        try scene.on(event)
        #expect(scene.call == "reread_before_order")
        try scene.on(.reread(Sample.succeeded()))
        #expect(scene.call == "create_order")
      }
    }
  }

  @Test(arguments: [
    Sample.succeeded(refunded: Sample.usd(1)), Sample.succeeded(isDisputed: true),
  ])
  func `a charge that is taken back while its order waits is not delivered (32)`(
    reading: IntentSnapshot
  ) throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.insufficientLiquidity)))
    try scene.on(.reread(reading))
    #expect(scene.state == .needsReview)
    // The order may have been sent before: its fate is asked for, and nothing is given back.
    #expect(scene.call == "ask_order")
    #expect(scene.topUp.refunds.isEmpty)
  }

  @Test func `a stop before an order is sent again makes it one in doubt (15)`() throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.insufficientLiquidity)))
    #expect(scene.call == "reread_before_order")
    scene.restart()
    #expect(scene.state == .depositUnknown)
    #expect(scene.call == "ask_order")
  }

  @Test func `an order that has to wait has its charge read again (32)`() throws {
    let scene = try Scene.sending()
    #expect(scene.topUp.readingAgain().next()?.name == "reread_before_order")
    let ordered = try Scene.ordered()
    #expect(ordered.topUp.readingAgain() == ordered.topUp)
  }

  @Test func `a look at the charge that is lost is made again`() throws {
    var scene = try Scene.sending()
    try scene.on(.notSent("no connection"))
    let step = try #require(try scene.on(.inDoubt("timed out")))
    #expect(step.isWaiting)
    #expect(scene.call == "reread_before_order")
  }

  @Test func `a refused quote gets its order a tombstone before the next number (28)`() throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.quoteNotUsable)))
    #expect(scene.next == .cancelOrder(ClientOrderID("tu_1:1")))
    #expect(scene.topUp.orders.count == 1)
    try scene.on(.orderSeen(Sample.order(.cancelled, ordered: .zero)))
    #expect(scene.state == .charged)
    try scene.quoteAndReread("q2")
    guard case .createOrder(let request) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(request.id == ClientOrderID("tu_1:2"))
  }

  @Test func `an order whose quote was refused had been taken after all: it is followed (28)`()
    throws
  {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.quoteNotUsable)))
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    #expect(scene.call == "ask_order")
    try scene.deliver(Sample.order(.completed, version: 3))
    #expect(scene.state == .credited)
    #expect(scene.topUp.orders.count == 1)
  }

  @Test(arguments: [Refusal.Kind.invalid, .unexpectedState])
  func `an order refused for good is tombstoned before anything is given back (33)`(
    kind: Refusal.Kind
  ) throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(kind)))
    #expect(scene.state == .orderCancelling)
    #expect(scene.next == .cancelOrder(ClientOrderID("tu_1:1")))
    #expect(scene.topUp.refunds.isEmpty)
  }

  @Test func `an id that the ramp has with another body waits for a person (28)`() throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.refunds.isEmpty)
    #expect(scene.call == "ask_order")
  }

  @Test(arguments: [
    Refusal.Kind.invalid, .unexpectedState, .quoteNotUsable, .idempotencyConflict, .notAuthorised,
  ])
  func `a question that is refused cancels nothing`(kind: Refusal.Kind) throws {
    var scene = try Scene.ordered()
    let step = try #require(try scene.on(.refused(Sample.refusal(kind))))
    #expect(step.isWaiting)
    #expect(scene.call == "ask_order")
  }

  // MARK: Doubt

  @Test func `a lost order is looked up, and known again, is followed (29)`() throws {
    var scene = try Scene.sending()
    try scene.on(.inDoubt("timed out"))
    #expect(scene.state == .depositUnknown)
    #expect(scene.next == .askOrder(ClientOrderID("tu_1:1")))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    #expect(scene.state == .depositing)
  }

  @Test func `not found twice a minute apart sends the same order again, quote included (28, 29)`()
    throws
  {
    var scene = try Scene.sending()
    let first = scene.next
    try scene.on(.inDoubt("timed out"))
    scene.wait(.seconds(1))
    #expect(try #require(try scene.on(.orderNotFound)).isWaiting)
    scene.wait(.seconds(59))
    #expect(try #require(try scene.on(.orderNotFound)).isWaiting)
    scene.wait(.seconds(1))
    try scene.on(.orderNotFound)
    #expect(scene.call == "reread_before_order")
    try scene.on(.reread(Sample.succeeded()))
    #expect(scene.next == first)
    #expect(scene.topUp.orders.count == 1)
  }

  @Test func `one look after a long stop does not count for two (29)`() throws {
    var scene = try Scene.sending()
    scene.wait(.seconds(3_600))
    scene.restart()
    let step = try #require(try scene.on(.orderNotFound))
    #expect(step.isWaiting)
    #expect(scene.call == "ask_order")
  }

  @Test func `an order seen between two looks begins the count anew (29)`() throws {
    var scene = try Scene.sending()
    try scene.on(.inDoubt("timed out"))
    try scene.on(.orderNotFound)
    scene.wait(.seconds(61))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.on(.orderNotFound)
    #expect(scene.call == "ask_order")
  }

  @Test func `an order that the ramp had and forgot is never sent again (28, 33)`() throws {
    var scene = try Scene.ordered()
    for _ in 0..<2 {
      scene.wait(.seconds(3_600))
      try scene.on(.orderNotFound)
      #expect(scene.next?.isPost == false)
    }
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.refunds.isEmpty)
  }

  @Test func `nothing is sent again after half of the ramp's retention (29)`() throws {
    var scene = try Scene.sending()
    try scene.on(.inDoubt("timed out"))
    scene.wait(.seconds(45 * 86_400 - 60))
    try scene.on(.orderNotFound)
    scene.wait(.seconds(60))
    try scene.on(.orderNotFound)
    #expect(scene.state == .needsReview)
    #expect(scene.next?.isPost == false)
  }

  // MARK: How an order goes

  @Test func `versions out of order change nothing (37)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.inBlock, version: 5)))
    for old in [
      Sample.order(.submitted, version: 4), Sample.order(.failed, version: 4),
      Sample.order(.completed, version: 4),
    ] {
      #expect(try scene.on(.orderSeen(old)) == nil)
    }
    #expect(scene.topUp.order?.seen?.version == 5)
    #expect(try #require(try scene.on(.orderSeen(Sample.order(.inBlock, version: 5)))).isWaiting)
  }

  @Test func `an older version is no answer to a doubt either (37)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.submitted, version: 5)))
    var topUp = scene.topUp
    topUp.state = .depositUnknown
    let old = TopUpEvent.orderSeen(Sample.order(.failed, version: 4))
    #expect(try topUp.applying(old, at: scene.now) == nil)
    let same = TopUpEvent.orderSeen(Sample.order(.submitted, version: 5))
    #expect(try topUp.applying(same, at: scene.now)?.topUp.state == .depositing)
  }

  @Test func `a fork takes an order back from its block`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.inBlock, version: 2)))
    try scene.on(.orderSeen(Sample.order(.submitted, version: 3)))
    #expect(scene.state == .depositing)
    #expect(scene.topUp.books.delivered == 0)
  }

  @Test func `a state that nobody knows yet is waited out`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.unrecognised("polishing"), version: 2)))
    #expect(scene.state == .depositing)
    #expect(scene.call == "ask_order")
  }

  @Test func `looks at an open order come at growing intervals up to a minute`() throws {
    var scene = try Scene.ordered()
    var spans: [Duration] = [try #require(scene.topUp.nextCheck).since(scene.now)]
    for _ in 0..<12 {
      try scene.on(.orderSeen(Sample.order(.accepted)))
      spans.append(try #require(scene.topUp.nextCheck).since(scene.now))
    }
    #expect(spans.first == .seconds(2))
    #expect(spans.last == .seconds(60))
  }

  @Test func `an order for another amount contradicts, another order's is ignored`() throws {
    var scene = try Scene.sending()
    #expect(try scene.on(.orderSeen(Sample.order(.completed, number: 2))) == nil)
    try scene.park(.orderSeen(Sample.order(.accepted, ordered: Planck.cere)))
  }

  @Test func `an order that failed with nothing moved is followed by the next number (28)`() throws
  {
    for state in [RampOrder.State.failed, .expired, .cancelled] {
      var scene = try Scene.ordered()
      try scene.on(.orderSeen(Sample.order(state, version: 2)))
      #expect(scene.state == .charged)
      #expect(scene.call == "ask_quote")
      #expect(try scene.on(.orderSeen(Sample.order(.completed, version: 3))) == nil)
    }
  }

  @Test(arguments: [RampOrder.FundsMoved.yes, .unknown])
  func `an order that ended with funds moved is neither repeated nor refunded (28, 33)`(
    moved: RampOrder.FundsMoved
  ) throws {
    for state in [RampOrder.State.failed, .expired, .cancelled] {
      var scene = try Scene.ordered()
      try scene.on(.orderSeen(Sample.order(state, version: 2, moved: moved)))
      #expect(scene.state == .needsReview)
      #expect(scene.topUp.refunds.isEmpty && scene.topUp.orders.count == 1)
      #expect(scene.next == .askOrder(ClientOrderID("tu_1:1")))
    }
  }

  @Test func `a failure whose doubt the ramp clears up goes on (28)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.failed, version: 2, moved: .unknown)))
    try scene.on(.orderSeen(Sample.order(.failed, version: 3, moved: .no)))
    #expect(scene.state == .charged)
  }

  @Test(arguments: [RampOrder.State.completed, .partial])
  func `the existential skim of one token counts as delivered (30)`(
    state: RampOrder.State
  ) throws {
    var scene = try Scene.ordered()
    let credited = Planck(Sample.tokens.units - Planck.cere.units)
    try scene.deliver(Sample.order(state, version: 2, credited: credited, skim: true))
    #expect(scene.state == .credited)
    #expect(scene.topUp.deliveredTokens == credited)
    #expect(scene.ledger[.delivered(Sample.dragon)] == credited.units)
  }

  // MARK: Finality

  @Test func `the ramp's word credits nothing before its block is final (30)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.completed, version: 2, block: 1_004)))
    #expect(scene.state == .depositing)
    #expect(scene.next == .askFinality(1_004))
    #expect(scene.topUp.deliveredTokens == .zero)
    scene.restart()
    #expect(scene.next == .askFinality(1_004))
    let step = try #require(try scene.on(.finalitySeen(Sample.finalized(1_004, hash: nil))))
    #expect(step.isWaiting)
    #expect(scene.topUp.books.delivered == 0)
    #expect(scene.topUp.nextCheck == scene.now.advanced(by: Timings.orderPoll(0)))
    try scene.on(.finalitySeen(Sample.finalized(1_004)))
    #expect(scene.state == .credited)
    #expect(scene.topUp.deliveredTokens == Sample.tokens)
  }

  @Test func `a block that a fork took away credits nothing, and the ramp is asked again (30)`()
    throws
  {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.completed, version: 2, block: 1_004)))
    try scene.on(.finalitySeen(Sample.finalized(1_004, hash: "0x99")))
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.books.delivered == 0)
    #expect(scene.topUp.refunds.isEmpty)
    #expect(scene.next == .askOrder(ClientOrderID("tu_1:1")))
    try scene.deliver(Sample.order(.completed, version: 3, block: 1_009))
    #expect(scene.state == .credited)
  }

  @Test func `a block that never becomes final is parked after a day, and still asked about (39)`()
    throws
  {
    var scene = try Scene.ordered()
    let absurd: UInt64 = 1_795_000_000_000
    try scene.on(.orderSeen(Sample.order(.completed, version: 2, block: absurd)))
    try scene.on(.finalitySeen(Sample.finalized(absurd, hash: nil)))
    scene.wait(.seconds(86_400))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview)
    #expect(scene.next == .askFinality(absurd))
    try scene.on(.finalitySeen(Sample.finalized(absurd)))
    #expect(scene.state == .credited)
  }

  @Test
  func `what is final of another block, and a node that does not answer, settle nothing (30)`()
    throws
  {
    var scene = try Scene.ordered()
    #expect(try scene.on(.finalitySeen(Sample.finalized(1_000))) == nil)
    try scene.on(.orderSeen(Sample.order(.completed, version: 2, block: 1_004)))
    #expect(try scene.on(.finalitySeen(Sample.finalized(1_003))) == nil)
    for event in [
      TopUpEvent.refused(Sample.refusal(.invalid)), .inDoubt("no answer"), .notSent("down"),
    ] {
      #expect(try #require(try scene.on(event)).isWaiting)
      #expect(scene.next == .askFinality(1_004))
    }
  }

  @Test func `completed without matching evidence is not credited (30)`() throws {
    for order in [
      Sample.order(.completed, version: 2, evidence: false),
      Sample.order(.completed, version: 2, moved: .unknown),
      Sample.order(.completed, version: 2, moved: .no),
      Sample.order(.completed, version: 2, credited: Planck(Sample.tokens.units - 1)),
      Sample.order(
        .completed, version: 2, credited: Planck(Sample.tokens.units - Planck.cere.units)),
      Sample.order(.completed, version: 2, credited: .zero),
    ] {
      var scene = try Scene.ordered()
      try scene.on(.orderSeen(order))
      #expect(scene.state == .needsReview)
      #expect(scene.topUp.books.delivered == 0)
    }
  }

  @Test func `a skim that leaves nothing is not credited`() throws {
    var scene = try Scene.charged()
    // Decided at no price, so that one token is not held against it.
    scene = Scene(quote: nil)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    try scene.on(.quoted(Sample.quote("q1", tokens: .cere)))
    try scene.on(.reread(Sample.succeeded()))
    try scene.on(
      .orderSeen(Sample.order(.completed, ordered: .cere, credited: .zero, skim: true)))
    #expect(scene.state == .needsReview)
  }
}
