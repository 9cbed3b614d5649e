import Testing
import TopUpCore

/// The last look before a refund is made (invariants 15, 24, 32, 50).
@Suite struct RefundLookTests {
  private let debt = LedgerAccount.debt(.ddc(Sample.dragon), .usd)

  private func act(_ verb: ReviewAction.Verb) -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: "ops:maria", reason: "looked"))
  }

  /// What stands against the refund that comes next, applied.
  private func look(_ scene: inout Scene, _ known: [RefundSnapshot]) throws -> TopUpEvent? {
    guard case .createRefund(let refund) = scene.next else {
      Issue.record("no refund comes next")
      return nil
    }
    guard let event = scene.topUp.whatStands(against: refund, known) else { return nil }
    try scene.on(event)
    return event
  }

  @Test func `nothing stands against the first one`() throws {
    var scene = try Scene.refunding()
    #expect(try look(&scene, []) == nil)
    // Another's that failed took nothing.
    #expect(
      try look(&scene, [Sample.refund(.failed, key: IdempotencyKey("other"), id: "re_9")]) == nil)
  }

  @Test func `one that is there already is taken for it (15)`() throws {
    var scene = try Scene.refunding()
    let there = Sample.refund(.succeeded)
    #expect(try look(&scene, [there]) == .refundsSeen([there]))
    #expect(scene.state == .refunded && scene.topUp.books.refunded == Sample.amount.minorUnits)
  }

  @Test func `one under its key of another sum is a person's, and the next has its own key (15)`()
    throws
  {
    var scene = try Scene.refunding()
    _ = try look(&scene, [Sample.refund(.succeeded, amount: Sample.usd(100))])
    // It is another's first, and then the key is taken.
    #expect(scene.topUp.books.refunded == 100 && scene.call == "create_refund")
    _ = try look(&scene, [Sample.refund(.succeeded, amount: Sample.usd(100))])
    #expect(scene.state == .needsReview && scene.topUp.refunds.map(\.phase) == [.failed])
    try scene.on(act(.refund))
    guard case .createRefund(let refund) = scene.next else {
      Issue.record("no refund comes next")
      return
    }
    #expect(refund.amount == Sample.usd(2_400) && scene.topUp.refunds.count == 2)
  }

  /// A store that is an older copy books a refund of its newer self as another's; the next of its own
  /// gets the same number.
  @Test(arguments: [1_000, 1_250] as [Int64])
  func `what is booked as another's never becomes its own (15, 24, 38)`(taken: Int64) throws {
    var scene = try Scene.charged()
    let lost = Sample.refund(.succeeded, amount: Sample.usd(taken))
    try scene.on(.reversalsSeen([ReversalSnapshot(lost)]))
    // Equal sums are no sign either: half of it was given back.
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(2_500 - taken)])
    #expect(!scene.topUp.isOwn(lost))
    // Told again, by a webhook, it gives up the refund whose key is taken, and counts nothing.
    try scene.on(.refundsSeen([lost]))
    #expect(scene.state == .needsReview && scene.topUp.books.refunded == taken)
    try scene.on(act(.refund))
    #expect(try look(&scene, [lost]) == nil)
    let rest = Sample.refund(.succeeded, number: 2, amount: Sample.usd(2_500 - taken))
    try scene.on(.refundsSeen([lost, rest]))
    #expect(scene.state == .refunded && scene.topUp.books.refunded == 2_500)
    // It failed after all: that is news of another's, and owed again.
    let failed = Sample.refund(.failed, amount: Sample.usd(taken))
    try scene.on(.reversalsSeen([ReversalSnapshot(failed)]))
    #expect(scene.topUp.books.held == taken)
  }

  @Test func `one whose whole charge others took is none, and ends the top-up (37, 39)`() throws {
    var scene = try Scene.refunding()
    let taken = Sample.refund(.succeeded, key: IdempotencyKey("other"), id: "re_9")
    #expect(try look(&scene, [taken]) == .reversalsSeen([ReversalSnapshot(taken)]))
    if case .createRefund = scene.next { _ = try look(&scene, [taken]) }
    #expect(scene.state == .reversed && scene.next == nil)
  }

  @Test func `one under its key that is booked as another's is not counted twice (22, 24)`() throws
  {
    var scene = try Scene.charged()
    let lost = Sample.refund(.succeeded, amount: Sample.usd(100))
    // The store is an older copy: it took its own for one made in the dashboard.
    try scene.on(.reversalsSeen([ReversalSnapshot(lost)]))
    #expect(scene.call == "create_refund")
    _ = try look(&scene, [lost])
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.books.refunded == 100)
    try scene.on(act(.refund))
    #expect(try look(&scene, [lost]) == nil)
    try scene.on(
      .refundsSeen([
        lost, Sample.refund(.succeeded, number: 2, amount: Sample.usd(2_400)),
      ]))
    #expect(scene.state == .refunded && scene.topUp.books.refunded == 2_500)
  }

  @Test func `what others took meanwhile is not given back once more (32)`() throws {
    var scene = try Scene.refunding()
    let taken = Sample.refund(
      .succeeded, amount: Sample.usd(500), key: IdempotencyKey("other"), id: "re_9")
    #expect(try look(&scene, [taken]) == .reversalsSeen([ReversalSnapshot(taken)]))
    #expect(scene.topUp.books.held == Sample.amount.minorUnits - 500)
    _ = try look(&scene, [taken])
    #expect(scene.state == .needsReview && scene.topUp.books.absorbed == 0)
    try scene.on(act(.refund))
    #expect(try look(&scene, [taken]) == nil)
    guard case .createRefund(let refund) = scene.next else {
      Issue.record("no refund comes next")
      return
    }
    #expect(refund.amount.minorUnits == Sample.amount.minorUnits - 500)
  }

  /// Of 25.00 half was delivered; the refund of the rest may be on its way, and others take more than
  /// is held meanwhile.
  private func givenUp(_ taken: Int64) throws -> (scene: Scene, known: [RefundSnapshot]) {
    var scene = Scene(remainder: .refund)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    try scene.quoteAndReread("q1")
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.deliver(
      Sample.order(.partial, version: 2, credited: Planck(95_661_069_832_581)))
    #expect(scene.topUp.refunds.map(\.amount) == [Sample.usd(1_250)])
    let others = Sample.refund(
      .succeeded, amount: Sample.usd(taken), key: IdempotencyKey("other"), id: "re_9")
    _ = try look(&scene, [others])
    _ = try look(&scene, [others])
    return (scene, [others, Sample.refund(.succeeded, amount: Sample.usd(1_250))])
  }

  @Test func `one that was given up and arrives after the end is booked (15, 24, 38)`() throws {
    var (scene, known) = try givenUp(1_250)
    #expect(scene.state == .reversed && scene.topUp.books.held == 0)
    try scene.on(.refundsSeen(known))
    #expect(scene.state == .reversed && scene.topUp.books.refunded == 2_500)
    #expect(scene.topUp.owed == 1_250 && scene.ledger[debt] == 1_250)
    // Once: told again it is another's, and known.
    #expect(try scene.on(.refundsSeen(known)) == nil)
    #expect(scene.topUp.refundsWithoutRow(known).isEmpty)
  }

  @Test func `one that was given up and arrives before the next stands against it (15, 24)`() throws
  {
    var (scene, known) = try givenUp(1_000)
    #expect(scene.state == .needsReview && scene.topUp.books.held == 250)
    try scene.on(act(.refund))
    #expect(try look(&scene, known) == .refundsSeen(known))
    #expect(scene.topUp.books.refunded == 2_250 && scene.topUp.books.held == 0)
    _ = try look(&scene, known)
    #expect(scene.state == .reversed && scene.next == nil)
  }

  @Test func `all that were given up and arrive are booked, by one look (36)`() throws {
    var (scene, known) = try givenUp(1_000)
    try scene.on(act(.refund))
    let more = Sample.refund(
      .succeeded, amount: Sample.usd(250), key: IdempotencyKey("other"), id: "re_8")
    _ = try look(&scene, [more])
    _ = try look(&scene, [more])
    #expect(scene.state == .reversed && scene.topUp.refunds.map(\.phase) == [.failed, .failed])
    let second = Sample.refund(.pending, number: 2, amount: Sample.usd(250))
    try scene.on(.refundsSeen([second] + known))
    #expect(scene.topUp.reversals.count == 4 && scene.topUp.books.refunded == 2_750)
    #expect(try scene.on(.refundsSeen([second] + known)) == nil)
  }

  @Test func `nothing is ordered where one that was given up may arrive (33)`() throws {
    var (scene, known) = try givenUp(1_250)
    let failed = Sample.refund(
      .failed, amount: Sample.usd(1_250), key: IdempotencyKey("other"), id: "re_9")
    try scene.on(.reversalsSeen([ReversalSnapshot(failed)]))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1_250)
    #expect(throws: TransitionError.refused(.refundGivenUp)) { try scene.on(act(.resume)) }
    // It arrives in a person's hands who has another matter there: the books alone change.
    known.removeFirst()
    try scene.on(.refundsSeen(known))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 0)
  }

  @Test func `one that may be on its way is in doubt, whatever else moved its top-up (15)`() throws
  {
    var scene = try Scene.refunding()
    let sent = try #require(scene.next)
    let taken = Sample.refund(
      .succeeded, amount: Sample.usd(100), key: IdempotencyKey("other"), id: "re_9")
    try scene.on(.reversalsSeen([ReversalSnapshot(taken)]))
    #expect(scene.topUp.heeds(.inDoubt("no answer"), of: sent))
    #expect(!scene.topUp.heeds(.refused(Sample.refusal(.invalid)), of: sent))
    #expect(!scene.topUp.heeds(.notSent("no connection"), of: sent))
    try scene.on(.inDoubt("no answer"))
    #expect(scene.state == .refundUnknown)
    // It is asked about already.
    #expect(!scene.topUp.heeds(.inDoubt("no answer"), of: sent))
    #expect(scene.topUp.heeds(.refundsSeen([]), of: sent))
  }

  @Test func `a second one of the same request is no sign of a copy (50)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    let again = Sample.refund(.succeeded, id: "re_again")
    #expect(scene.topUp.refundsWithoutRow([again]).isEmpty && !scene.topUp.isOwn(again))
  }

  @Test func `a refund under a key of ours without a row is none of this store's (12, 50)`() throws
  {
    let scene = try Scene.refunding()
    let known = [
      Sample.refund(.succeeded), Sample.refund(.succeeded, number: 2),
      Sample.refund(.succeeded, key: IdempotencyKey("other"), id: "re_9"),
    ]
    #expect(scene.topUp.refundsWithoutRow(known).map(\.id.rawValue) == ["re_2"])
  }
}
