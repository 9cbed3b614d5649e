import Testing
import TopUpCore

/// An operator's verbs on what waits for a person (invariants 24, 33, 52).
@Suite struct ReviewTests {
  private func act(_ verb: ReviewAction.Verb) -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: "ops:maria", reason: "seen by hand"))
  }

  private let delivered = ReviewAction.Verb.resolve(.delivered(evidence: "0xabc"))
  private let undelivered = ReviewAction.Verb.resolve(.undelivered(evidence: "ticket 7"))
  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)

  /// Why a verb is refused; nil when it is not.
  private func refusal(_ verb: ReviewAction.Verb, _ scene: Scene) throws -> ReviewRefusal? {
    var scene = scene
    let before = scene.topUp
    do {
      try scene.on(act(verb))
      return nil
    } catch TransitionError.refused(let refusal) {
      #expect(scene.topUp == before)
      return refusal
    }
  }

  // MARK: Parked in each leg

  private func priceMoved() throws -> Scene {
    var scene = try Scene.charged()
    let offer = Planck(Sample.tokens.units / 2)
    try scene.on(.quoted(Sample.quote("q1", tokens: offer, created: scene.now)))
    #expect(scene.state == .needsReview && scene.topUp.review?.offer == offer)
    return scene
  }

  private func orderInDoubt() throws -> Scene {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(scene.state == .needsReview)
    return scene
  }

  private func ended(
    _ state: RampOrder.State, credited: Planck? = nil, moved: RampOrder.FundsMoved? = nil
  ) throws -> Scene {
    var scene = try Scene.ordered()
    try scene.on(.orderSeen(Sample.order(state, version: 2, credited: credited, moved: moved)))
    #expect(scene.state == .needsReview)
    return scene
  }

  private func refundFailed() throws -> Scene {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.failed)]))
    #expect(scene.state == .needsReview)
    return scene
  }

  private func refundRefused() throws -> Scene {
    var scene = try Scene.refunding()
    try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(scene.state == .needsReview)
    return scene
  }

  private func chargeInDoubt() throws -> Scene {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(scene.state == .needsReview)
    return scene
  }

  // MARK: Resume

  @Test func `resumed, what may have been sent is asked about and not sent (15, 52)`() throws {
    var order = try orderInDoubt()
    let step = try #require(try order.on(act(.resume)))
    #expect(order.state == .depositUnknown && order.call == "ask_order")
    #expect(step.cause.hasPrefix("resume by ops:maria, seen by hand: "))
    var charge = try chargeInDoubt()
    try charge.on(act(.resume))
    #expect(charge.state == .chargeUnknown && charge.call == "find_intent")
    var refund = try refundRefused()
    try refund.on(act(.resume))
    #expect(refund.state == .refundUnknown && refund.call == "ask_refunds")
    #expect(refund.topUp.nextCheck == refund.now && refund.topUp.looks == 0)
  }

  @Test func `resumed after a day, a charge has its whole time to be delivered`() throws {
    var scene = try priceMoved()
    scene.wait(.seconds(86_400))
    try scene.on(act(.resume))
    #expect(scene.call == "ask_quote")
    #expect(try scene.on(.timePassed) == nil)
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    #expect(scene.state == .refunding)
  }

  @Test func `resumed after a day, that holds for a charge that had an order too`() throws {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.quoteNotUsable)))
    try scene.on(.orderSeen(Sample.order(.cancelled, ordered: .zero)))
    let offer = Planck(Sample.tokens.units / 2)
    try scene.on(.quoted(Sample.quote("q2", tokens: offer, created: scene.now)))
    #expect(scene.state == .needsReview && scene.topUp.orders.count == 1)
    scene.wait(.seconds(86_400))
    try scene.on(act(.resume))
    #expect(try scene.on(.timePassed) == nil)
    #expect(scene.state == .charged)
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    #expect(scene.state == .refunding)
  }

  @Test func `what goes on by nothing is not resumed, nor what was taken back in part (32, 39)`()
    throws
  {
    #expect(try refusal(.resume, refundFailed()) == .nothingToResume(.refundFailed))
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.reread(Sample.succeeded(isDisputed: true)))
    let taken = ReversalSnapshot(
      id: "re_1", kind: .refund, taken: Sample.usd(1_000), rank: 1, isOpen: false)
    try scene.on(.reversalsSeen([taken]))
    #expect(try refusal(.resume, scene) == .takenBack)
    #expect(try refusal(.refund, scene) == nil)
    // Of what waits for its price alone the rest is given back at once.
    var priced = try priceMoved()
    try priced.on(.reversalsSeen([taken]))
    #expect(priced.state == .refunding && priced.topUp.refunds.map(\.amount) == [Sample.usd(1_500)])
  }

  // MARK: Release

  @Test func `a released price is ordered at, and one that moves on is a person's again`() throws {
    var scene = try priceMoved()
    let offer = try #require(scene.topUp.review?.offer)
    scene.wait(.seconds(86_400))
    try scene.on(act(.release))
    #expect(scene.state == .charged && scene.topUp.acceptedTokens == offer)
    var worse = scene
    try worse.on(.quoted(Sample.quote("q2", tokens: Planck(offer.units / 2), created: scene.now)))
    #expect(worse.state == .needsReview)
    try scene.on(.quoted(Sample.quote("q2", tokens: offer, created: scene.now)))
    try scene.on(.reread(Sample.succeeded()))
    #expect(scene.call == "create_order")
  }

  @Test func `release is for a price that moved alone`() throws {
    #expect(try refusal(.release, orderInDoubt()) == .noPriceToAccept)
    #expect(try refusal(.release, refundFailed()) == .noPriceToAccept)
  }

  // MARK: Refund

  @Test func `a refund stops the order first (33)`() throws {
    var scene = try orderInDoubt()
    try scene.on(act(.refund))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    #expect(scene.topUp.refunds.isEmpty)
    try scene.on(.orderSeen(Sample.order(.cancelled)))
    #expect(scene.call == "create_refund")
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded && scene.ledger[held] == 0)
  }

  @Test func `an order that ended with the ramp unsure is tombstoned before any refund (33)`()
    throws
  {
    var scene = try ended(.failed, moved: .unknown)
    try scene.on(act(.refund))
    #expect(scene.call == "cancel_order" && scene.topUp.refunds.isEmpty)
  }

  @Test func `a failed refund is made again under a key of its own (15)`() throws {
    var scene = try refundFailed()
    try scene.on(act(.refund))
    #expect(scene.topUp.refunds.count == 2)
    guard case .createRefund(let request) = scene.next else {
      Issue.record("no refund is next")
      return
    }
    #expect(request.key == .refund(Scene.id, number: 2))
  }

  @Test func `no refund beside a delivery, another refund, or without money (15, 33)`() throws {
    let half = Planck(Sample.tokens.units / 2)
    #expect(try refusal(.refund, ended(.partial, credited: half, moved: .unknown)) == .delivered)
    #expect(try refusal(.refund, refundRefused()) == .refundMaySucceed)
    #expect(try refusal(.refund, chargeInDoubt()) == .chargeUndecided)
    var taken = try orderInDoubt()
    let all = ReversalSnapshot(
      id: "du_1", kind: .dispute, taken: Sample.amount, rank: 1, isOpen: false)
    // What nobody paid for any more is stopped, though a person was to look at it.
    try taken.on(.reversalsSeen([all]))
    #expect(taken.state == .orderCancelling && taken.call == "cancel_order")
    var gone = try refundFailed()
    try gone.on(.reversalsSeen([all]))
    #expect(gone.state == .reversed)
  }

  // MARK: Resolve

  @Test func `an order that nobody can stop is given back by the ramp's own word (33, 52)`() throws
  {
    var scene = try Scene.sending()
    try scene.on(.refused(Sample.refusal(.invalid)))
    try scene.on(.refused(Sample.refusal(.notFound)))
    #expect(scene.state == .needsReview && scene.order == .cancelling)
    #expect(
      try refusal(.resolve(.undelivered(evidence: "")), scene) == .unsigned)
    try scene.on(act(undelivered))
    #expect(scene.call == "create_refund" && scene.order == .dead)
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded)
  }

  @Test func `an order that a person ended was sent, whatever nobody saw of it (50, 52)`() throws {
    for verb in [undelivered, .resolve(.delivered(evidence: "the chain")), .resolve(.lost)] {
      var scene = try Scene.sending()
      try scene.on(.refused(Sample.refusal(.invalid)))
      try scene.on(.refused(Sample.refusal(.notFound)))
      #expect(scene.topUp.order?.seen == nil)
      try scene.on(act(verb))
      #expect(scene.order == .dead && scene.topUp.order?.isUnsent == false, "\(verb)")
    }
  }

  @Test func `no word undoes what was delivered, and none is needed without an order (33)`() throws
  {
    let half = Planck(Sample.tokens.units / 2)
    #expect(
      try refusal(undelivered, ended(.partial, credited: half, moved: .unknown)) == .delivered)
    #expect(try refusal(undelivered, priceMoved()) == .noOrderInDoubt)
    // Nobody told it to stop yet.
    #expect(
      try refusal(undelivered, orderInDoubt())
        == .orderMayDeliver(ClientOrderID(Scene.id, number: 1)))
  }

  @Test func `what is resumed after it was taken back is held anew by its rule`() throws {
    func refund(_ cents: Int64, rank: Int64) -> TopUpEvent {
      .reversalsSeen([
        ReversalSnapshot(
          id: "re_theirs", kind: .refund, taken: Sample.usd(cents), rank: rank, isOpen: false)
      ])
    }
    var scene = Scene(holdRule: HoldRule(newCard: .seconds(86_400), risk: nil))
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .depositHeld)
    try scene.on(refund(2_500, rank: 1))
    #expect(scene.state == .reversed && scene.topUp.hold?.phase == .refused)
    try scene.on(refund(0, rank: 2))
    try scene.on(act(.resume))
    try scene.quoteAndReread("q1")
    #expect(scene.state == .depositHeld && scene.topUp.hold?.phase == .waiting)
    scene.wait(.seconds(86_400))
    try scene.on(.timePassed)
    try scene.quoteAndReread("q2")
    #expect(scene.call == "create_order")
  }

  @Test func `delivered by a person's word it is credited, and its books balance (22, 24)`()
    throws
  {
    let half = Planck(Sample.tokens.units / 2)
    var scene = try ended(.partial, credited: half, moved: .unknown)
    try scene.on(act(delivered))
    #expect(scene.state == .credited && scene.order == .completed)
    #expect(scene.topUp.books.delivered == 2_362 && scene.topUp.books.fee == 138)
    #expect(scene.topUp.books.held == 0 && scene.ledger[held] == 0)
    #expect(scene.ledger[.conversionFiat(.usd)] == -2_362)
    #expect(scene.ledger[.delivered(Sample.dragon)] == Sample.tokens.units)
    #expect(scene.topUp.deliveredTokens == Sample.tokens)
    #expect(try scene.on(.orderSeen(Sample.order(.completed, version: 9))) == nil)
  }

  @Test func `written off it is our loss, and a later dispute is no debt of the account (24, 27)`()
    throws
  {
    var scene = try refundFailed()
    try scene.on(act(.resolve(.lost)))
    #expect(scene.state == .reversed && scene.topUp.books.lost == 2_500)
    #expect(scene.ledger[held] == 0 && scene.ledger[.losses(.usd)] == -2_500)
    #expect(scene.releases == 0)
    let taken = ReversalSnapshot(
      id: "du_1", kind: .dispute, taken: Sample.amount, rank: 1, isOpen: false)
    try scene.on(.reversalsSeen([taken]))
    #expect(scene.state == .reversed && scene.ledger[.absorbed(.usd)] == 2_500)
    #expect(scene.ledger[.debt(.ddc(Sample.dragon), .usd), default: 0] == 0)
    var back = taken
    (back.taken, back.rank) = (Sample.usd(0), 2)
    try scene.on(.reversalsSeen([back]))
    #expect(scene.state == .reversed && scene.ledger[.absorbed(.usd)] == 0)
  }

  @Test func `all taken back meanwhile, it ends with nothing to lose`() throws {
    var scene = try ended(.returned, moved: .unknown)
    let all = ReversalSnapshot(
      id: "du_1", kind: .dispute, taken: Sample.amount, rank: 1, isOpen: false)
    try scene.on(.reversalsSeen([all]))
    #expect(try refusal(delivered, scene) == nil)
    try scene.on(act(.resolve(.lost)))
    #expect(scene.state == .reversed && scene.topUp.books.lost == 0)
  }

  @Test func `nothing ends by a word while an answer may overtake it (13, 15, 33)`() throws {
    for verb in [delivered, .resolve(.lost)] {
      #expect(try refusal(verb, chargeInDoubt()) == .chargeUndecided)
      #expect(try refusal(verb, refundRefused()) == .refundMaySucceed)
      #expect(try refusal(verb, orderInDoubt()) == .orderMayDeliver(ClientOrderID("tu_1:1")))
    }
  }

  // MARK: Every verb

  @Test func `no verb without a name, a reason and evidence, or on what waits for nobody (52)`()
    throws
  {
    let verbs = [
      ReviewAction.Verb.resume, .release, .refund, delivered, undelivered, .resolve(.lost),
    ]
    for verb in verbs {
      for (actor, reason) in [("", "why"), ("ops:maria", "")] {
        var scene = try priceMoved()
        #expect(throws: TransitionError.refused(.unsigned)) {
          try scene.on(.reviewed(ReviewAction(verb, actor: actor, reason: reason)))
        }
      }
      #expect(try refusal(verb, Scene.charged()) == .notInReview(.charged))
    }
    #expect(try refusal(.resolve(.delivered(evidence: "")), priceMoved()) == .unsigned)
  }
}
