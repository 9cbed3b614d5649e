import Testing
import TopUpCore

/// What is older than the ramp keeps its orders, so that its word of one is none any more (invariants
/// 28, 29, 33, 50; docs/ramp-contract.md: 90 days).
@Suite struct ForgottenTests {
  private static let unseen = "older than the ramp keeps its orders"
  private let long = Timings.orderRetention

  private func act(_ verb: ReviewAction.Verb) -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: "ops:maria", reason: "looked"))
  }

  // MARK: Nothing was ordered yet, as far as this store knows

  @Test func `a charge of long ago is neither ordered for nor given back by itself (28, 33, 50)`()
    throws
  {
    var young = try Scene.charged()
    young.wait(Timings.orderForgotten - .seconds(60))
    try young.on(.timePassed)
    #expect(young.state == .refunding)
    var old = try Scene.charged()
    old.wait(Timings.orderForgotten)
    try old.on(.timePassed)
    #expect(old.state == .needsReview && old.reason.hasPrefix(Self.unseen))
    #expect(old.topUp.refunds.isEmpty && old.next == nil)
    var planned = try Scene.charged()
    planned.wait(Timings.orderForgotten)
    try planned.quoteAndReread("q1")
    #expect(planned.state == .needsReview && planned.reason.hasPrefix(Self.unseen))
    #expect(planned.order == .dead && planned.next == nil)
  }

  @Test func `what others took whole leaves nothing to order for, and ends (39)`() throws {
    var scene = try Scene.charged()
    scene.wait(long)
    try scene.on(
      .reversalsSeen([
        ReversalSnapshot(id: "du_1", kind: .dispute, taken: Sample.amount, rank: 1, isOpen: false)
      ]))
    #expect(scene.state == .reversed)
  }

  @Test func `a person who has looked it up says what becomes of it (52)`() throws {
    var parked = try Scene.charged()
    parked.wait(long)
    try parked.quoteAndReread("q1")
    var delivered = parked
    try delivered.on(act(.resolve(.delivered(evidence: "0x01"))))
    #expect(delivered.state == .credited && delivered.topUp.books.refunded == 0)
    var back = parked
    try back.on(act(.refund))
    #expect(back.call == "create_refund")
    var resumed = parked
    try resumed.on(act(.resume))
    try resumed.quoteAndReread("q2")
    #expect(resumed.call == "create_order" && resumed.topUp.order?.number == 2)
  }

  @Test func `nor does a hold let it go, by its time or by an operator (50)`() throws {
    func held() throws -> Scene {
      var scene = Scene(holdRule: HoldRule(newCard: .seconds(3_600), risk: nil))
      try scene.on(.chargeStarted)
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
      try scene.on(.intentSeen(Sample.succeeded()))
      #expect(scene.state == .depositHeld)
      scene.wait(long)
      return scene
    }
    for event in [TopUpEvent.timePassed, act(.release), act(.refund)] {
      var scene = try held()
      try scene.on(event)
      #expect(scene.state == .needsReview && scene.reason.hasPrefix(Self.unseen))
      #expect(scene.topUp.hold?.phase == .over && scene.topUp.refunds.isEmpty)
      try scene.on(act(.refund))
      #expect(scene.call == "create_refund")
    }
  }

  @Test func `credits are ours to deliver, however late`() throws {
    var scene = Scene(account: .credits(Sample.credits), quote: nil, credits: 300)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    scene.wait(long)
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .credited)
  }

  // MARK: The ramp had an order

  /// The ramp had it in a block, and does not know it any more.
  private func gone(_ state: RampOrder.State = .inBlock) throws -> Scene {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(state, version: 2, moved: .yes)))
    scene.wait(long)
    try scene.on(.orderNotFound)
    scene.wait(.seconds(60))
    try scene.on(.orderNotFound)
    #expect(scene.state == .needsReview)
    #expect(scene.reason == "the ramp no longer knows an order that it had")
    return scene
  }

  @Test func `every word of a person ends an order that the ramp has forgotten (39, 52)`() throws {
    for state in [RampOrder.State.accepted, .onHold, .submitted, .inBlock] {
      var delivered = try gone(state)
      try delivered.on(act(.resolve(.delivered(evidence: "0x01"))))
      #expect(delivered.state == .credited)
      var undelivered = try gone(state)
      try undelivered.on(act(.resolve(.undelivered(evidence: "no such event"))))
      #expect(undelivered.call == "create_refund")
      var lost = try gone(state)
      try lost.on(act(.resolve(.lost)))
      #expect(lost.state == .reversed && lost.topUp.books.lost == 2_500)
    }
  }

  @Test func `one that the ramp still has in a block is nobody's to end (33)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.inBlock, version: 2, moved: .yes)))
    for _ in 0..<3 {
      scene.wait(Timings.doubtMax)
      try scene.on(.orderSeen(Sample.order(.inBlock, version: 2, moved: .yes)))
    }
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview)
    for word in [
      ReviewAction.Outcome.delivered(evidence: "0x01"), .undelivered(evidence: "x"), .lost,
    ] {
      #expect(throws: TransitionError.refused(.orderMayDeliver(ClientOrderID(Scene.id, number: 1))))
      {
        try scene.on(act(.resolve(word)))
      }
    }
  }

  @Test func `one too old to be sent again ends by a person's word (29, 39)`() throws {
    var scene = try Scene.sending()
    try scene.on(.inDoubt("cut"))
    scene.wait(Timings.resendMax)
    try scene.on(.orderNotFound)
    scene.wait(.seconds(60))
    try scene.on(.orderNotFound)
    #expect(scene.reason == "too old to be sent again under the same id")
    var resumed = scene
    try resumed.on(act(.resume))
    #expect(resumed.call == "cancel_order")
    try scene.on(act(.resolve(.undelivered(evidence: "no such event"))))
    #expect(scene.call == "create_refund")
  }

  @Test func `a tombstone older than what was seen is of an order that was forgotten (29, 33)`()
    throws
  {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.onHold, version: 3)))
    scene.wait(long)
    var tombstone = Sample.order(.cancelled, version: 1, ordered: .zero)
    #expect(try scene.on(.orderSeen(tombstone)) == nil, "it is of before")
    tombstone.updated = scene.now
    try scene.on(.orderSeen(tombstone))
    #expect(scene.state == .needsReview && scene.topUp.refunds.isEmpty)
    #expect(scene.reason.contains("tombstone is too late"))
    #expect(try scene.on(.orderSeen(tombstone)) == nil, "once")
    // As old as what was seen: it counts anew.
    var same = try Scene.ordered()
    same.wait(long)
    tombstone.updated = same.now
    try same.on(.orderSeen(tombstone))
    #expect(same.state == .needsReview && same.reason.contains("tombstone is too late"))
  }
}
