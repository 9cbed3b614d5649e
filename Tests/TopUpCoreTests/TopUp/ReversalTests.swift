import Testing
import TopUpCore

/// Money that others take back at any time, and give back again (invariants 24, 27, 32, 36, 38).
@Suite struct ReversalTests {
  private func took(
    _ id: String, _ cents: Int64, rank: Int64 = 0, _ kind: Reversal.Kind = .dispute
  ) -> ReversalSnapshot {
    ReversalSnapshot(id: id, kind: kind, taken: Sample.usd(cents), rank: rank, isOpen: false)
  }

  private func credited() throws -> Scene {
    var scene = try Scene.ordered()
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .credited)
    return scene
  }

  private let debt = LedgerAccount.debt(.ddc(Sample.dragon), .usd)
  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)
  private let processor = LedgerAccount.processor(.usd)

  @Test func `what is taken after the delivery is a debt, and comes back as it went (27, 38)`()
    throws
  {
    var scene = try credited()
    let before = scene.topUp.books
    try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)]))
    #expect(scene.state == .reversed)
    #expect(scene.ledger[debt] == 2500 && scene.ledger[processor] == 0)
    #expect(try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)])) == nil)
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    #expect(scene.state == .credited && scene.topUp.books == before)
    #expect(scene.ledger[debt] == 0 && scene.ledger[processor] == 2500)
  }

  @Test func `an older look at a reversal changes nothing (37)`() throws {
    var scene = try credited()
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    let version = scene.topUp.version
    #expect(try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)])) == nil)
    #expect(scene.topUp.version == version && scene.state == .credited)
  }

  @Test func `all of a charge taken back before its order ends it, and nothing is ordered (32)`()
    throws
  {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.reversalsSeen([took("re_1", 2500, .refund)]))
    #expect(scene.state == .reversed && scene.order == .dead)
    #expect(scene.ledger[held] == 0 && scene.topUp.books.refunded == 2500)
    #expect(scene.next == nil)
  }

  @Test func `a part taken back before the order: the rest is refunded (32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.reversalsSeen([took("re_1", 1000, .refund)]))
    #expect(scene.state == .refunding && scene.topUp.books.held == 1500)
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1500))
  }

  @Test func `taken back while the order is out: it is stopped first (32, 33)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)]))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    try scene.on(.orderSeen(Sample.order(.cancelled, version: 2)))
    // Nothing is left to be given back.
    #expect(scene.state == .reversed && scene.topUp.refunds.isEmpty)
  }

  @Test func `an answer from before the cancel does not pass a reversal over (32)`() throws {
    var scene = try Scene.sending()
    try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)]))
    #expect(scene.call == "cancel_order")
    try scene.on(.orderSeen(Sample.order(.accepted)))
    #expect(scene.state == .orderCancelling && scene.call == "cancel_order")
    try scene.on(.orderSeen(Sample.order(.cancelled, version: 2)))
    #expect(scene.state == .reversed && scene.topUp.books.absorbed == 0)
  }

  @Test(arguments: [RampOrder.State.failed, .returned])
  func `what was taken back is not ordered again (32)`(end: RampOrder.State) throws {
    var scene = try Scene.ordered()
    try scene.on(.reversalsSeen([took("re_1", 1000, .refund)]))
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    try scene.on(.orderSeen(Sample.order(.submitted, version: 2)))
    #expect(scene.state == .depositing)
    try scene.on(.orderSeen(Sample.order(end, version: 3)))
    #expect(scene.state == .refunding)
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1500))
  }

  @Test func `a part taken back while the order is out: the rest is refunded`() throws {
    var scene = try Scene.ordered()
    try scene.on(.reversalsSeen([took("re_1", 1000, .refund)]))
    try scene.on(.orderSeen(Sample.order(.cancelled, version: 2)))
    #expect(scene.state == .refunding)
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1500))
  }

  @Test func `too late to be stopped: what was delivered is owed (27)`() throws {
    var scene = try Scene.ordered()
    try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)]))
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .reversed)
    #expect(scene.topUp.books.absorbed == 2500 && scene.topUp.books.held == 0)
    #expect(scene.ledger[debt] == 2500)
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    #expect(scene.state == .credited && scene.topUp.books.absorbed == 0)
    #expect(scene.ledger[debt] == 0 && scene.ledger[held] == 0)
  }

  @Test func `a charge that came back after it had ended undelivered is a person's (39)`() throws {
    var scene = try Scene.charged()
    try scene.on(.reversalsSeen([took("du_1", 2500, rank: 1)]))
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 2500)
  }

  @Test func `what is taken beyond the charge is our loss, and no debt (27, 38)`() throws {
    var scene = try credited()
    try scene.on(.reversalsSeen([took("re_1", 2000, .refund)]))
    try scene.on(.reversalsSeen([took("du_1", 1000, rank: 1)]))
    #expect(scene.ledger[debt] == 2500 && scene.ledger[.absorbed(.usd)] == 500)
    #expect(scene.topUp.books.absorbed == 3000)
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    #expect(scene.ledger[debt] == 2000 && scene.ledger[.absorbed(.usd)] == 0)
  }

  @Test func `another currency is a contradiction (38)`() throws {
    var scene = try credited()
    let euros = ReversalSnapshot(
      id: "re_2", kind: .refund, taken: Money(minorUnits: 1, .eur), rank: 0, isOpen: false)
    #expect(throws: TransitionError.self) { try scene.on(.reversalsSeen([euros])) }
  }

  /// Any order and any losses, then one look at how it stands (36).
  @Test(arguments: 0..<200)
  func `any order of looks ends the same`(_ seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let history = [
      took("du_1", 800, rank: 1), took("du_1", 0, rank: 2), took("du_1", 800, rank: 3),
      took("re_1", 600, rank: 0, .refund), took("re_1", 600, rank: 1, .refund),
      took("re_2", 700, rank: 0, .refund), took("re_2", 0, rank: 2, .refund),
    ]
    let final = [
      took("du_1", 800, rank: 3), took("re_1", 600, rank: 1, .refund),
      took("re_2", 0, rank: 2, .refund),
    ]
    var scene = try credited()
    for snapshot in history.shuffled(using: &generator) where Bool.random(using: &generator) {
      try scene.on(.reversalsSeen([snapshot]))
    }
    try scene.on(.reversalsSeen(final.shuffled(using: &generator)))
    #expect(scene.topUp.books.disputed == 800 && scene.topUp.books.refunded == 600)
    #expect(scene.topUp.books.absorbed == 1400 && scene.ledger[debt] == 1400)
    #expect(scene.ledger[processor] == 1100 && scene.state == .reversed)
  }

  // MARK: Beside a refund

  /// Our refund of what others had left of the charge.
  private func refunding(besides cents: Int64) throws -> Scene {
    var scene = try Scene.charged()
    try scene.on(.reversalsSeen([took("du_1", cents, rank: 1)]))
    #expect(scene.state == .refunding && scene.topUp.books.held == 2_500 - cents)
    return scene
  }

  private func refunded(_ scene: inout Scene) throws {
    let last = try #require(scene.topUp.refunds.last)
    let seen = Sample.refund(.succeeded, number: last.number, amount: last.amount)
    try scene.on(.refundsSeen([seen]))
  }

  @Test func `what comes back after the rest was refunded is a person's to give back (38, 39)`()
    throws
  {
    var scene = try refunding(besides: 1_000)
    try refunded(&scene)
    #expect(scene.state == .refunded)
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1_000)
    for verb in [ReviewAction.Verb.resume, .resolve(.delivered(evidence: "0xab"))] {
      #expect(throws: TransitionError.self) {
        try scene.on(.reviewed(ReviewAction(verb, actor: "ops:maria", reason: "seen")))
      }
    }
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "it came back")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1_000))
    try refunded(&scene)
    #expect(scene.state == .refunded && scene.topUp.books.refunded == 2_500)
  }

  @Test func `what comes back while the rest is refunded is a person's as well (38, 39)`() throws {
    var scene = try refunding(besides: 1_000)
    try scene.on(.reversalsSeen([took("du_1", 0, rank: 2)]))
    #expect(scene.state == .refunding)
    try refunded(&scene)
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1_000)
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "it came back")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(1_000))
  }

  @Test func `a refund that fails where others took the same leaves nothing owed (27, 37)`() throws
  {
    var scene = try Scene.refunding()
    try scene.on(.reversalsSeen([took("du_1", 2_500, rank: 1)]))
    try refunded(&scene)
    #expect(scene.topUp.owed == 2_500)
    try scene.on(.refundsSeen([Sample.refund(.failed)]))
    #expect(scene.topUp.owed == 0 && scene.topUp.books.held == 0)
    #expect(scene.state == .reversed)
    #expect(scene.ledger[.debt(.ddc(Sample.dragon), .usd)] == 0)
  }
}
