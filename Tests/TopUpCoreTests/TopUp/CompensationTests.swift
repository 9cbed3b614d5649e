import Testing
import TopUpCore

@Suite struct CompensationTests {
  // MARK: The order first

  @Test func `a charge without an order past its deadline is refunded at once (33)`() throws {
    var scene = try Scene.charged()
    scene.wait(.seconds(1_799))
    #expect(try scene.on(.timePassed) == nil)
    scene.wait(.seconds(1))
    try scene.on(.timePassed)
    #expect(
      scene.next
        == .createRefund(
          CreateRefund(
            topUp: Scene.id, intent: PaymentIntentID("pi_1"), amount: Sample.amount,
            key: IdempotencyKey("refund:tu_1:1"))))
  }

  @Test func `a pinned quote that was never sent dies with the refund`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    #expect(scene.order == .dead)
    #expect(scene.call == "create_refund")
  }

  @Test func `quotes that keep expiring do not put the deadline off for ever (33)`() throws {
    var scene = try Scene.charged()
    var rounds = 0
    while scene.state == .charged, rounds < 100 {
      rounds += 1
      try scene.on(.quoted(Sample.quote("q\(rounds)", created: scene.now)))
      scene.wait(.seconds(60))
      try scene.on(.reread(Sample.succeeded()))
      try scene.on(.timePassed)
    }
    #expect(scene.state == .refunding)
    #expect(rounds == 30)
  }

  @Test func `orders that keep failing do not put the deadline off for ever (33)`() throws {
    var scene = try Scene.charged()
    var rounds = 0
    while scene.state == .charged, rounds < 100 {
      rounds += 1
      try scene.quoteAndReread("q\(rounds)")
      scene.wait(.seconds(300))
      try scene.on(.orderSeen(Sample.order(.failed, number: rounds)))
      try scene.on(.timePassed)
    }
    #expect(scene.state == .refunding)
    #expect(rounds == 6)
  }

  @Test func `an order the ramp never takes is tombstoned at the deadline (33)`() throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.insufficientLiquidity)))
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    #expect(scene.state == .orderCancelling)
    #expect(scene.call == "cancel_order")
    #expect(scene.topUp.refunds.isEmpty)
  }

  @Test func `an order the ramp has is not cancelled for being slow`() throws {
    var scene = try Scene.ordered()
    scene.wait(.seconds(7_200))
    #expect(try scene.on(.timePassed) == nil)
    #expect(scene.call == "ask_order")
  }

  @Test func `a refused price is given back`() throws {
    var scene = try Scene.charged()
    try scene.on(.refused(Sample.refusal(.invalid)))
    #expect(scene.call == "create_refund")
  }

  @Test(arguments: [RampOrder.State.cancelled, .failed, .expired])
  func `only a dead order with nothing moved lets the card be refunded (33)`(
    state: RampOrder.State
  ) throws {
    var scene = try Self.cancelling()
    try scene.on(.orderSeen(Sample.order(state)))
    #expect(scene.state == .refunding)
    #expect(scene.order == .dead)
  }

  @Test func `nothing else does: not found, doubt, refusals, time, moved funds (33)`() throws {
    let events: [TopUpEvent] = [
      .orderNotFound, .inDoubt("timed out"), .notSent("down"), .timePassed,
      .refused(Sample.refusal(.notAuthorised)), .refused(Sample.refusal(.rateLimited)),
      .refused(Sample.refusal(.unexpectedState)), .refused(Sample.refusal(.invalid)),
      .refused(Sample.refusal(.notFound)), .refused(Sample.refusal(.idempotencyConflict)),
      .orderSeen(Sample.order(.failed, moved: .unknown)),
      .orderSeen(Sample.order(.cancelled, moved: .yes)),
      .orderSeen(Sample.order(.returned, moved: .unknown)),
      .orderSeen(Sample.order(.onHold)), .orderSeen(Sample.order(.unrecognised("odd"))),
    ]
    for first in events {
      for second in events {
        var scene = try Self.cancelling()
        for event in [first, second] {
          scene.wait(.seconds(86_400))
          try scene.on(event)
        }
        #expect(scene.topUp.refunds.isEmpty, "\(first), \(second)")
        #expect(!scene.state.isTerminal)
      }
    }
  }

  @Test func `a cancel that comes too late is asked about until the order ends (33)`() throws {
    var scene = try Self.cancelling()
    try scene.on(.refused(Sample.refusal(.unexpectedState, code: "NOT_CANCELLABLE")))
    #expect(scene.state == .orderCancelling)
    #expect(scene.next == .askOrder(ClientOrderID("tu_1:1")))
    var credited = scene
    try credited.deliver(Sample.order(.completed, version: 2))
    #expect(credited.state == .credited)
    var failed = scene
    try failed.on(.orderSeen(Sample.order(.failed, version: 2)))
    #expect(failed.call == "create_refund")
    var gone = scene
    try gone.on(.orderNotFound)
    #expect(gone.call == "cancel_order")
  }

  @Test func `a ramp that leaves no tombstones waits for a person (33)`() throws {
    var scene = try Self.cancelling()
    try scene.on(.refused(Sample.refusal(.notFound)))
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.refunds.isEmpty)
  }

  @Test func `an order that overtakes its cancel goes its way, and is credited`() throws {
    var scene = try Self.cancelling()
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    #expect(scene.state == .depositing)
    try scene.deliver(Sample.order(.completed, version: 3))
    #expect(scene.state == .credited)
    #expect(scene.topUp.refunds.isEmpty)
  }

  @Test func `a cancel in doubt is made again, for a tombstone is left once (33)`() throws {
    var scene = try Self.cancelling()
    let step = try #require(try scene.on(.inDoubt("timed out")))
    #expect(step.isWaiting)
    #expect(scene.call == "cancel_order")
    scene.restart()
    #expect(scene.call == "cancel_order")
  }

  @Test func `a tombstone that a ramp may have left for what it forgot proves nothing (29, 33)`()
    throws
  {
    let half = Duration.seconds(45 * 86_400)
    func tombstone(after span: Duration, ordered: Planck = .zero) -> TopUpEvent {
      var order = Sample.order(.cancelled, ordered: ordered)
      order.updated = Scene.start.advanced(by: span)
      return .orderSeen(order)
    }
    var silent = try Self.cancelling()
    silent.wait(half + .seconds(3_600))
    // Left in time, its answer lost; or of an order that the ramp has.
    for word in [
      tombstone(after: half - .seconds(60)), tombstone(after: half, ordered: Sample.tokens),
    ] {
      var scene = silent
      try scene.on(word)
      #expect(scene.call == "create_refund")
    }
    try silent.on(tombstone(after: half))
    #expect(silent.state == .needsReview)
    #expect(silent.topUp.refunds.isEmpty)
    // Whoever asks the ramp's people knows more than it.
    let asked = ReviewAction(
      .resolve(.undelivered(evidence: "ticket 7")), actor: "ops:maria", reason: "asked")
    try silent.on(.reviewed(asked))
    #expect(silent.call == "create_refund")
  }

  // MARK: Then the refund

  @Test func `a refund that succeeds ends the top-up with everything given back (22, 24)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.pending)]))
    #expect(scene.call == "ask_refunds")
    #expect(scene.topUp.books.refunded == 0)
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded)
    var books = Books()
    books.charged = 2500
    books.refunded = 2500
    #expect(scene.topUp.books == books)
    #expect(scene.ledger.values.allSatisfy { $0 == 0 })
    #expect(scene.releases == 0, "refunds free nothing (invariant 7)")
  }

  @Test func `a look by a clock that was a day ahead puts the next off for nothing (48)`() throws {
    var refunding = try Scene.refunding()
    try refunding.on(.inDoubt("lost"))
    var ordering = try Scene.sending()
    try ordering.on(.inDoubt("lost"))
    for scene in [refunding, ordering] {
      var scene = scene
      let isRefund = scene.state == .refundUnknown
      let none: TopUpEvent = isRefund ? .refundsSeen([]) : .orderNotFound
      scene.wait(.seconds(86_400))
      #expect(try #require(try scene.on(none)).isWaiting)
      scene.wait(.seconds(-86_400))
      #expect(try #require(try scene.on(none)).isWaiting)
      scene.wait(.seconds(60))
      try scene.on(none)
      #expect(scene.state == (isRefund ? .refunding : .depositing))
    }
  }

  @Test func `a refund in doubt is asked about, and sent again only after two looks (15)`() throws {
    var scene = try Scene.refunding()
    let first = scene.next
    try scene.on(.inDoubt("timed out"))
    #expect(scene.next == .askRefunds(PaymentIntentID("pi_1")))
    scene.wait(.seconds(3_600))
    #expect(try #require(try scene.on(.refundsSeen([]))).isWaiting)
    scene.wait(.seconds(59))
    #expect(try #require(try scene.on(.refundsSeen([]))).isWaiting)
    scene.wait(.seconds(1))
    try scene.on(.refundsSeen([]))
    #expect(scene.next == first)
    #expect(scene.topUp.refunds.count == 1)
  }

  @Test func `a refund made in the dashboard is not taken for ours`() throws {
    var scene = try Scene.refunding()
    let other = Sample.refund(.succeeded, key: IdempotencyKey("elsewhere"), id: "re_9")
    #expect(try scene.on(.refundsSeen([other])) == nil)
    try scene.on(.inDoubt("timed out"))
    #expect(try #require(try scene.on(.refundsSeen([other]))).isWaiting)
    #expect(scene.topUp.books.refunded == 0)
  }

  @Test func `a refund of another sum waits for a person and books nothing`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.succeeded, amount: Sample.usd(1))]))
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.books.refunded == 0)
    // Its key is taken: the next has its own.
    #expect(scene.call == nil && scene.topUp.refunds.map(\.phase) == [.failed])
  }

  @Test(arguments: [RefundSnapshot.Status.failed, .canceled])
  func `a refund that fails keeps what is owed and waits for a person`(
    status: RefundSnapshot.Status
  ) throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.pending)]))
    try scene.on(.refundsSeen([Sample.refund(status)]))
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.review?.resume == .refundFailed)
    #expect(scene.topUp.books.held == 2500)
    #expect(scene.next == nil)
  }

  @Test func `a refund that fails later re-opens what is owed (37)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    try scene.on(.refundsSeen([Sample.refund(.failed)]))
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.books.held == 2500)
    #expect(scene.topUp.books.refunded == 0)
    #expect(scene.ledger[.held(.ddc(Sample.dragon), .usd)] == -2500)
    #expect(scene.ledger[.processor(.usd)] == 2500)
    #expect(try scene.on(.refundsSeen([Sample.refund(.failed)])) == nil)
    #expect(try scene.on(.refundsSeen([Sample.refund(.succeeded)])) == nil)
  }

  @Test func `a refund under a key that is another's waits for a person, and asking goes on (39)`()
    throws
  {
    var scene = try Scene.refunding()
    try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(scene.state == .needsReview)
    #expect(scene.call == "ask_refunds")
    #expect(try scene.on(.refundsSeen([])) == nil)
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded)
  }

  @Test(arguments: [Refusal.Kind.rateLimited, .notAuthorised, .notFound, .inProgress])
  func `an outage puts the refund off under the same key`(kind: Refusal.Kind) throws {
    var scene = try Scene.refunding()
    let before = scene.next
    #expect(try #require(try scene.on(.refused(Sample.refusal(kind)))).isWaiting)
    #expect(scene.next == before)
  }

  /// The tombstone is being left.
  static func cancelling() throws -> Scene {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.invalid)))
    #expect(scene.call == "cancel_order")
    return scene
  }
}
