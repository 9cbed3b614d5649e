import Testing
import TopUpCore

/// What is parked beside an order that goes on: it is stopped when what it was ordered for is taken or
/// wanted back, and no state of the ramp's leaves a person without a verb (invariants 32, 33, 39, 52).
@Suite struct ParkedOrderTests {
  private func act(_ verb: ReviewAction.Verb) -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: "ops:maria", reason: "seen by hand"))
  }

  private let undelivered = ReviewAction.Verb.resolve(.undelivered(evidence: "the ramp's own word"))

  private func took(_ cents: Int64, rank: Int64 = 1) -> TopUpEvent {
    .reversalsSeen([
      ReversalSnapshot(
        id: "du_1", kind: .dispute, taken: Sample.usd(cents), rank: rank, isOpen: false)
    ])
  }

  /// Parked, for nothing has changed for a day, with its order as the ramp shows it.
  private func parked(_ state: RampOrder.State) throws -> Scene {
    var scene = try Scene.ordered()
    for _ in 0..<2 { try scene.on(.orderSeen(Sample.order(state, version: 2))) }
    scene.wait(Timings.doubtMax + .seconds(60))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview && scene.topUp.review?.resume == .depositing)
    return scene
  }

  @Test(arguments: [1_000, 2_500] as [Int64])
  func `what is taken while a person is waited for stops the order (32)`(cents: Int64) throws {
    var scene = try parked(.onHold)
    try scene.on(took(cents))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    try scene.on(.orderSeen(Sample.order(.cancelled, version: 3)))
    #expect(scene.state == (cents == 2_500 ? .reversed : .refunding))
  }

  @Test func `a refund by word is not passed over by an older look, nor by the order's end (33)`()
    throws
  {
    var scene = try parked(.onHold)
    try scene.on(act(.refund))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    // As it was before the cancel.
    try scene.on(.orderSeen(Sample.order(.accepted, version: 3)))
    #expect(scene.call == "cancel_order")
    // Too late for that; and then it fails, with nothing moved.
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    try scene.on(.orderSeen(Sample.order(.submitted, version: 4)))
    try scene.on(.orderSeen(Sample.order(.failed, version: 5)))
    #expect(scene.state == .refunding && scene.call == "create_refund")
  }

  @Test func `one that the ramp had on its way and forgot ends by its own word (39)`() throws {
    var scene = try parked(.submitted)
    try scene.on(act(.refund))
    // Without a tombstone.
    try scene.on(.refused(Sample.refusal(.notFound)))
    #expect(scene.state == .needsReview && scene.order == .cancelling)
    try scene.on(act(undelivered))
    #expect(scene.state == .refunding && scene.call == "create_refund")
  }

  @Test func `one that stands still and is not stopped ends by the ramp's word (39)`() throws {
    var scene = try parked(.onHold)
    try scene.on(act(.refund))
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    #expect(scene.state == .orderCancelling && scene.order == .open)
    try scene.on(.orderSeen(Sample.order(.onHold, version: 2)))
    scene.wait(Timings.doubtMax + .seconds(60))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview)
    try scene.on(act(undelivered))
    #expect(scene.state == .refunding && scene.call == "create_refund")
  }

  @Test func `a look while a person is waited for does not forget the cancel (32)`() throws {
    var scene = try Scene.ordered()
    try scene.on(took(1_000))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    // No answer for a day.
    try scene.on(.inDoubt("no answer"))
    scene.wait(Timings.doubtMax + .seconds(60))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview && scene.call == "ask_order")
    try scene.on(.orderSeen(Sample.order(.onHold, version: 2)))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
  }

  @Test func `resumed without a tombstone, it is told to stop once more (32, 33)`() throws {
    var scene = try parked(.onHold)
    try scene.on(act(.refund))
    try scene.on(.refused(Sample.refusal(.notFound)))
    #expect(scene.state == .needsReview && scene.order == .cancelling)
    try scene.on(act(.resume))
    try scene.on(.orderSeen(Sample.order(.onHold, version: 2)))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
  }

  @Test func `one whose price was refused and that arrived all the same is stopped (28, 32)`()
    throws
  {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.quoteNotUsable)))
    #expect(scene.state == .depositing && scene.call == "cancel_order")
    try scene.on(took(1_000))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
  }

  @Test func `a ramp that says yes to a cancel and goes on is not asked without a pause`() throws {
    var scene = try Scene.ordered()
    try scene.on(took(1_000))
    try scene.on(.orderSeen(Sample.order(.accepted, version: 2)))
    #expect(scene.topUp.nextCheck == scene.now)
    for version in 3...6 as ClosedRange<Int64> {
      try scene.on(.orderSeen(Sample.order(.accepted, version: version)))
      let next = try #require(scene.topUp.nextCheck)
      #expect(next > scene.now)
      scene.now = next
    }
  }

  @Test(arguments: [RampOrder.State.submitted, .inBlock, .unrecognised("BASKING")])
  func `on its way for ever, it ends by the ramp's word and by no other (33, 39)`(
    state: RampOrder.State
  ) throws {
    var scene = try parked(state)
    try scene.on(act(.refund))
    #expect(throws: TransitionError.self) { try scene.on(act(undelivered)) }
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    try scene.on(.orderSeen(Sample.order(state, version: 2)))
    scene.wait(Timings.doubtMax + .seconds(60))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview)
    #expect(throws: TransitionError.refused(.orderMayDeliver(ClientOrderID("tu_1:1")))) {
      try scene.on(act(.resolve(.lost)))
    }
    try scene.on(act(undelivered))
    #expect(scene.state == .refunding && scene.call == "create_refund")
  }

  @Test func `one whose cancel nobody answers ends by evidence alone (33, 39)`() throws {
    var scene = try parked(.submitted)
    try scene.on(act(.refund))
    try scene.on(.inDoubt("no answer"))
    scene.wait(Timings.doubtMax + .seconds(60))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview && scene.order == .cancelling)
    #expect(throws: TransitionError.refused(.orderMayDeliver(ClientOrderID("tu_1:1")))) {
      try scene.on(act(.resolve(.lost)))
    }
    var delivered = scene
    try delivered.on(act(.resolve(.delivered(evidence: "the chain"))))
    #expect(delivered.state == .credited)
    try scene.on(act(undelivered))
    #expect(scene.state == .refunding)
  }

  // MARK: The order of events

  @Test(arguments: [true, false])
  func `one given up and a dispute leave the same debt in either order (27, 36)`(
    isDisputeFirst: Bool
  ) throws {
    var scene = try Scene.refunding()
    try scene.on(.refused(Sample.refusal(.invalid)))
    #expect(scene.state == .needsReview)
    let arrived = TopUpEvent.refundsSeen([Sample.refund(.succeeded)])
    for event in isDisputeFirst ? [took(2_500), arrived] : [arrived, took(2_500)] {
      try scene.on(event)
    }
    #expect(scene.topUp.owed == 2_500 && scene.topUp.books.held == 0)
    #expect(scene.ledger[.debt(.ddc(Sample.dragon), .usd)] == 2_500)
    #expect(scene.ledger[.absorbed(.usd), default: 0] == 0)
  }

  @Test func `what arrived and was taken back whole is owed, delivered by word (27, 36)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.failed, version: 2, moved: .unknown)))
    #expect(scene.state == .needsReview)
    try scene.on(took(2_500))
    try scene.on(act(.resolve(.delivered(evidence: "the chain"))))
    #expect(scene.state == .reversed && scene.topUp.owed == 2_500)
    #expect(scene.topUp.deliveredTokens == Sample.tokens)
    #expect(scene.ledger[.delivered(Sample.dragon)] == Sample.tokens.units)
  }

  @Test func `a warning stops an order that may still be stopped, and no other is sent`() throws {
    var open = try Scene.ordered()
    try open.on(.fraudWarned)
    #expect(open.state == .orderCancelling && open.call == "cancel_order")
    var late = try Scene.ordered()
    try late.on(.orderSeen(Sample.order(.failed, version: 2, moved: .unknown)))
    try late.on(.fraudWarned)
    #expect(late.state == .needsReview && late.topUp.hold?.cause == .fraudWarning)
    #expect(try late.on(.fraudWarned) == nil)
    try late.on(.orderSeen(Sample.order(.failed, version: 3)))
    #expect(late.state == .refunding)
  }

  @Test func `a refund that failed and a dispute of all end alike in either order (36)`() throws {
    var first = try Scene.refunding()
    try first.on(.refundsSeen([Sample.refund(.succeeded)]))
    var second = first
    let failed = TopUpEvent.refundsSeen([Sample.refund(.failed)])
    try first.on(took(2_500))
    try first.on(failed)
    try second.on(failed)
    #expect(second.state == .needsReview)
    try second.on(took(2_500))
    #expect(first.state == .reversed && second.state == .reversed)
    #expect(first.topUp.books == second.topUp.books)
  }

  @Test func `a pending refund that fails once others took all ends the top-up (36, 39)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.pending)]))
    try scene.on(took(2_500))
    try scene.on(.refundsSeen([Sample.refund(.failed)]))
    #expect(scene.state == .reversed && scene.next == nil)
  }

  @Test func `a fraud warning gives back what is parked before its order`() throws {
    var scene = try Scene.charged()
    let offer = Planck(Sample.tokens.units / 2)
    try scene.on(.quoted(Sample.quote("q1", tokens: offer, created: scene.now)))
    #expect(scene.state == .needsReview && scene.topUp.review?.resume == .charged)
    try scene.on(.fraudWarned)
    #expect(scene.state == .refunding && scene.topUp.hold?.cause == .fraudWarning)
  }

  @Test func `what its bank warned of is given back, and no person's word orders it (32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.reread(Sample.succeeded(isDisputed: true)))
    #expect(scene.state == .needsReview)
    try scene.on(.fraudWarned)
    #expect(scene.state == .needsReview && scene.topUp.hold?.cause == .fraudWarning)
    #expect(throws: TransitionError.refused(.wantedBack)) { try scene.on(act(.resume)) }
    try scene.on(act(.refund))
    #expect(scene.state == .refunding)
  }

  @Test func `what is left of a charge that paid a debt is all of it (24)`() throws {
    var scene = Scene(debtPart: 600)
    scene.ledger[.debt(.ddc(Sample.dragon), .usd)] = 600
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, amount: Sample.usd(3_100))))
    let seen = Sample.succeeded(amount: Sample.usd(3_100))
    let step = try #require(try scene.topUp.applying(.intentSeen(seen), at: scene.now))
    scene.keep(step.repayingDebt(600, at: scene.now))
    #expect(scene.topUp.books.repaid == 600 && scene.topUp.books.held == 2_500)
    func wish(_ cents: Int64) -> TopUpEvent {
      .refundWished(
        RefundWish(amount: Sample.usd(cents), actor: "console", reason: "not wanted"))
    }
    #expect(throws: TransitionError.notRefunded(.spokenFor(Sample.usd(3_100)))) {
      try scene.on(wish(2_500))
    }
    try scene.on(wish(3_100))
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(3_100)])
  }

  @Test func `what paid a debt is given back though others took the rest (24, 39)`() throws {
    var scene = Scene(debtPart: 600)
    scene.ledger[.debt(.ddc(Sample.dragon), .usd)] = 600
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, amount: Sample.usd(3_100))))
    let seen = Sample.succeeded(amount: Sample.usd(3_100))
    let step = try #require(try scene.topUp.applying(.intentSeen(seen), at: scene.now))
    scene.keep(step.repayingDebt(600, at: scene.now))
    let offer = Planck(Sample.tokens.units / 2)
    try scene.on(
      .quoted(
        Sample.quote("q1", tokens: offer, created: scene.now)))
    #expect(scene.state == .needsReview)
    try scene.on(took(2_500))
    #expect(scene.state == .refunding && scene.topUp.refunds.map(\.amount) == [Sample.usd(600)])
  }
}
