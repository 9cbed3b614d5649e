import Testing
import TopUpCore

/// A charge that is wanted back before anything was delivered for it (invariants 15, 32, 33).
@Suite struct RefundWishTests {
  private static func wish(_ amount: Money? = nil, actor: String = "console") -> TopUpEvent {
    .refundWished(RefundWish(amount: amount, actor: actor, reason: "not wanted"))
  }

  private func refusal(_ scene: Scene, _ amount: Money? = nil) -> RefundRefusal? {
    var scene = scene
    do {
      _ = try scene.on(Self.wish(amount))
      return nil
    } catch TransitionError.notRefunded(let refusal) {
      return refusal
    } catch { return nil }
  }

  @Test func `before an order is sent the card is refunded at once (33)`() throws {
    var scene = try Scene.charged()
    try scene.on(Self.wish())
    #expect(scene.state == .refunding && scene.call == "create_refund")
    #expect(scene.topUp.isRefundWished)
    // What was asked before comes late, and orders nothing.
    #expect(try scene.on(.quoted(Sample.quote("q9", created: scene.now))) == nil)
    #expect(try scene.on(.reread(Sample.succeeded())) == nil)
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded && scene.topUp.books.refunded == Sample.amount.minorUnits)
  }

  @Test(arguments: [false, true])
  func `an order is stopped first, also one whose sending is in doubt (33)`(isDoubtful: Bool) throws
  {
    var scene = try isDoubtful ? Scene.sending() : Scene.ordered()
    if isDoubtful { try scene.on(.inDoubt("timed out")) }
    try scene.on(Self.wish())
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    #expect(scene.topUp.refunds.isEmpty)
    try scene.on(.orderSeen(Sample.order(.cancelled, version: 5)))
    #expect(scene.state == .refunding && scene.call == "create_refund")
  }

  @Test func `an answer from before the cancel does not pass the wish over (33)`() throws {
    var scene = try Scene.sending()
    try scene.on(Self.wish())
    try scene.on(.orderSeen(Sample.order(.accepted)))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    // Too late for the ramp: then it is delivered, and not refunded.
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    #expect(scene.call == "ask_order")
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    #expect(scene.state == .depositing)
    try scene.deliver(Sample.order(.completed, version: 3))
    #expect(scene.state == .credited && scene.topUp.refunds.isEmpty)
  }

  @Test(arguments: [RampOrder.State.failed, .expired, .returned])
  func `what the cancel came too late for is not ordered again (32, 33)`(
    end: RampOrder.State
  ) throws {
    var scene = try Scene.sending()
    try scene.on(Self.wish())
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    #expect(scene.state == .depositing)
    try scene.on(.orderSeen(Sample.order(end, version: 3)))
    #expect(scene.state == .refunding && scene.call == "create_refund")
  }

  @Test func `what is delivered, or about to be, is not refunded beside it (32, 33)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.completed, version: 2)))
    #expect(scene.order == .finalizing)
    #expect(refusal(scene) == .delivered)
    try scene.on(.finalitySeen(Sample.finalized(1_000)))
    #expect(scene.state == .credited)
    #expect(refusal(scene) == .delivered)
  }

  @Test func `nothing is given back twice, nor more than is left (15)`() throws {
    var scene = try Scene.charged()
    let whole = Sample.amount
    let more = Money(minorUnits: whole.minorUnits + 1, whole.currency)
    let part = Money(minorUnits: whole.minorUnits - 1, whole.currency)
    #expect(refusal(scene, more) == .aboveLeft(whole))
    #expect(refusal(scene, Money(minorUnits: 1, .eur)) == .aboveLeft(whole))
    #expect(refusal(scene, part) == .spokenFor(whole))
    try scene.on(Self.wish(whole))
    #expect(refusal(scene) == .underWay(.refunding))
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(refusal(scene) == .underWay(.refunded))
    #expect(scene.topUp.refunds.map(\.amount) == [whole])
  }

  @Test func `nothing is given back that was not taken, nor without a name`() throws {
    #expect(refusal(Scene()) == .notCharged(.reserved))
    #expect(refusal(try Scene.confirming()) == .notCharged(.charging))
    var scene = try Scene.charged()
    #expect(throws: TransitionError.notRefunded(.unsigned)) {
      try scene.on(Self.wish(actor: ""))
    }
    try scene.on(
      .reversalsSeen([
        ReversalSnapshot(
          id: "du_1", kind: .dispute, taken: Sample.amount, rank: 1, isOpen: true)
      ]))
    #expect(scene.state == .reversed)
    #expect(refusal(scene) == .nothingLeft)
  }

  @Test func `what a person must decide is not decided by a call (52)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(.returned, version: 2, moved: .unknown)))
    #expect(scene.state == .needsReview)
    #expect(refusal(scene) == .inReview)
  }

  @Test func `what its tenant wanted back says nothing of the ramp (4)`() throws {
    var scene = try Scene.charged()
    let before = scene.topUp
    try scene.on(Self.wish())
    #expect(RampNews(before, scene.topUp) == nil)
    var other = try Scene.sending()
    try other.on(.refused(Sample.refusal(.invalid)))
    let cancelling = other.topUp
    try other.on(.orderSeen(Sample.order(.cancelled)))
    #expect(RampNews(cancelling, other.topUp) == .compensated(Scene.id))
  }
}
