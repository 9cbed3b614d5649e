import Testing
import TopUpCore

/// A top-up that pays what its account owes beside what it buys (invariants 24, 27, 38, 47).
@Suite struct DebtRepaymentTests {
  private let debt = LedgerAccount.debt(.ddc(Sample.dragon), .usd)
  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)
  private let processor = LedgerAccount.processor(.usd)

  /// Charged 30.00 USD, of which 5.00 USD were to pay a debt, while so much was owed.
  private func charged(owed: Int64) throws -> Scene {
    var scene = Scene(debtPart: 500)
    scene.ledger[debt] = Int128(owed)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, amount: Sample.usd(3_000))))
    let seen = Sample.succeeded(amount: Sample.usd(3_000))
    let step = try #require(try scene.topUp.applying(.intentSeen(seen), at: scene.now))
    scene.keep(step.repayingDebt(owed, at: scene.now))
    return scene
  }

  @Test func `what is owed is paid with the charge, and the rest is ordered (24, 27)`() throws {
    var scene = try charged(owed: 500)
    #expect(scene.ledger[debt] == 0 && scene.ledger[held] == -2_500)
    #expect(scene.topUp.books.repaid == 500 && scene.topUp.toOrder == Sample.usd(2_500))
    try scene.quoteAndReread("q1", amount: Sample.usd(3_000))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .credited && scene.topUp.books.held == 0)
  }

  @Test func `what was not owed any more is held, and a person gives it back (27, 39, 47)`() throws
  {
    var scene = try charged(owed: 200)
    #expect(scene.ledger[debt] == 0 && scene.topUp.books.repaid == 200)
    try scene.quoteAndReread("q1", amount: Sample.usd(3_000))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 300)
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "not owed")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(300))
  }

  @Test
  func `given back before anything was bought, all of it is, and the debt is owed again (27)`()
    throws
  {
    var scene = try charged(owed: 500)
    try scene.on(
      .refundWished(RefundWish(amount: nil, actor: "console", reason: "not wanted")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(3_000))
    #expect(scene.ledger[debt] == 500 && scene.topUp.books.repaid == 0)
  }

  @Test func `a dispute that is won after another paid its debt makes none below zero (27, 38)`()
    throws
  {
    var scene = try Scene.ordered()
    try scene.deliver(Sample.order(.completed, version: 2))
    func took(_ cents: Int64, _ rank: Int64) -> TopUpEvent {
      .reversalsSeen([
        ReversalSnapshot(
          id: "du_1", kind: .dispute, taken: Sample.usd(cents), rank: rank, isOpen: false)
      ])
    }
    try scene.on(took(2_500, 1))
    // Another top-up paid 10.00 USD of it.
    scene.ledger[debt] = 1_500
    let step = try #require(try scene.topUp.applying(took(0, 2), at: scene.now))
    scene.keep(step.holdingExcess(1_000, since: scene.topUp, at: scene.now))
    #expect(scene.ledger[debt] == 0 && scene.topUp.books.held == 1_000)
    #expect(scene.state == .needsReview && scene.topUp.isReopened)
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "paid twice")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1_000))
  }

  private func took(_ id: String, _ cents: Int64, _ rank: Int64 = 1) -> TopUpEvent {
    .reversalsSeen([
      ReversalSnapshot(
        id: id, kind: .dispute, taken: Sample.usd(cents), rank: rank, isOpen: false)
    ])
  }

  /// Applies an event as an account does that owes so much, by a rule that forgives or one that does not.
  private func on(
    _ scene: inout Scene, _ event: TopUpEvent, owed: Int64, forgives: Bool = false
  ) throws {
    var step = try #require(try scene.topUp.applying(event, at: scene.now))
    if forgives { step = step.forgivingDebt(since: scene.topUp) }
    let after = Int128(owed) + step.debtMoved
    if after < 0 {
      step = step.holdingExcess(Int64(-after), since: scene.topUp, at: scene.now)
    }
    scene.keep(step)
  }

  @Test(arguments: [false, true])
  func `no more is given back than is left of the charge (15, 24, 27)`(forgives: Bool) throws {
    var scene = try charged(owed: 500)
    try scene.quoteAndReread("q1", amount: Sample.usd(3_000))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    // 25.00 USD from what is held, and 2.00 of what had paid the debt.
    try on(&scene, took("du_1", 2_700), owed: 0, forgives: forgives)
    #expect(scene.state == .orderCancelling)
    try on(&scene, .orderSeen(Sample.order(.cancelled, version: 2)), owed: forgives ? 0 : 200)
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(300))
    #expect(scene.ledger[debt] == (forgives ? 300 : 500))
  }

  @Test func `what came back after another had paid is given back once (15, 27, 38)`() throws {
    var scene = try charged(owed: 500)
    try on(&scene, took("du_1", 3_000), owed: 0)
    #expect(scene.topUp.owed == 500 && scene.state == .reversed)
    // Another top-up pays the 5.00 USD, and the dispute is won after all.
    scene.ledger[debt] = 0
    try on(&scene, took("du_1", 0, 2), owed: 0)
    #expect(scene.state == .needsReview && scene.topUp.books.held == 3_000)
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "it came back")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(3_000))
  }

  @Test func `what is held beside what was bought is not delivered by a word (22, 24, 39)`() throws
  {
    var scene = try charged(owed: 200)
    try scene.quoteAndReread("q1", amount: Sample.usd(3_000))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 300)
    let delivered = ReviewAction(
      .resolve(.delivered(evidence: "0xab")), actor: "ops:maria", reason: "seen")
    #expect(throws: TransitionError.refused(.deliveredWhole)) {
      try scene.on(.reviewed(delivered))
    }
    let resume = ReviewAction(.resume, actor: "ops:maria", reason: "again")
    #expect(throws: TransitionError.refused(.nothingToResume(.charged))) {
      try scene.on(.reviewed(resume))
    }
  }

  @Test func `a word that all was delivered leaves no debt's part held at the end (39, 52)`() throws
  {
    var scene = try charged(owed: 200)
    try scene.quoteAndReread("q1", amount: Sample.usd(3_000))
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.on(.orderSeen(Sample.order(.failed, version: 2, moved: .unknown)))
    #expect(scene.state == .needsReview)
    let delivered = ReviewAction(
      .resolve(.delivered(evidence: "0xab")), actor: "ops:maria", reason: "seen")
    try scene.on(.reviewed(delivered))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 300)
    #expect(scene.reason.contains("refund it"))
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "not owed")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(300))
  }
}
