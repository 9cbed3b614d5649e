import Testing
import TopUpCore

/// What the processor and the ramp say late, for a second time, or of what had ended already
/// (invariants 10, 30, 37, 39).
@Suite struct LateWordTests {
  private func act(_ verb: ReviewAction.Verb) -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: "ops:maria", reason: "seen by hand"))
  }

  private func took(_ cents: Int64, rank: Int64 = 1) -> TopUpEvent {
    .reversalsSeen([
      ReversalSnapshot(
        id: "du_1", kind: .dispute, taken: Sample.usd(cents), rank: rank, isOpen: false)
    ])
  }

  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)

  // MARK: A refund that is refused

  private func refused(_ kind: Refusal.Kind = .unexpectedState) throws -> Scene {
    var scene = try Scene.refunding()
    try scene.on(.refused(Sample.refusal(kind)))
    #expect(scene.state == .needsReview && scene.topUp.review?.resume == .refundFailed)
    #expect(scene.topUp.books.held == 2_500 && scene.next == nil)
    return scene
  }

  @Test(arguments: [Refusal.Kind.invalid, .unexpectedState])
  func `a refund that is refused for good is a person's, who may refund or resolve (39)`(
    kind: Refusal.Kind
  ) throws {
    let parked = try refused(kind)
    var scene = parked
    try scene.on(act(.refund))
    guard case .createRefund(let request) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(request.key == .refund(Scene.id, number: 2))
    try scene.on(.refundsSeen([Sample.refund(.succeeded, number: 2)]))
    #expect(scene.state == .refunded && scene.ledger[held] == 0)
    scene = parked
    try scene.on(act(.resolve(.lost)))
    #expect(scene.state == .reversed && scene.topUp.books.lost == 2_500)
  }

  @Test func `a refund that is refused for others had taken all of it ends the top-up (37, 39)`()
    throws
  {
    var scene = try Scene.refunding()
    try scene.on(took(2_500))
    #expect(scene.state == .refunding)
    try scene.on(.refused(Sample.refusal(.unexpectedState, code: "charge_already_refunded")))
    #expect(scene.state == .reversed && scene.topUp.books.disputed == 2_500)
  }

  @Test func `a refund that is refused for others had taken a part: the rest is given back (37)`()
    throws
  {
    var scene = try refused(.invalid)
    try scene.on(took(1_000))
    try scene.on(act(.refund))
    #expect(scene.call == "create_refund" && scene.topUp.refunds.last?.amount == Sample.usd(1_500))
  }

  @Test func `a refund that was refused and is there after all is taken as it is (15, 37)`() throws
  {
    let parked = try refused()
    #expect(try refused().topUp.applying(.refundsSeen([]), at: parked.now) == nil)
    var scene = parked
    #expect(try scene.on(.refundsSeen([Sample.refund(.failed)])) == nil)
    #expect(try scene.on(.refundsSeen([Sample.refund(.pending, amount: Sample.usd(1))])) == nil)
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded && scene.ledger[held] == 0)
    scene = parked
    try scene.on(.refundsSeen([Sample.refund(.pending)]))
    #expect(scene.state == .refunding && scene.call == "ask_refunds")
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded)
  }

  @Test func `a question about a refund that is refused ends none (15)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.pending)]))
    try scene.on(.refused(Sample.refusal(.invalid)))
    #expect(scene.topUp.refunds.last?.phase == .pending && scene.call == "ask_refunds")
  }

  // MARK: A refund that fails later

  /// The rest was refunded beside a dispute, which was won then.
  private func cameBack() throws -> Scene {
    var scene = try Scene.charged()
    try scene.on(took(1_000))
    try scene.on(.refundsSeen([Sample.refund(.succeeded, amount: Sample.usd(1_500))]))
    #expect(scene.state == .refunded)
    try scene.on(took(0, rank: 2))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1_000)
    return scene
  }

  private let failed = Sample.refund(.failed, amount: Sample.usd(1_500))

  @Test func `an earlier refund that fails after a later one is owed once more (37)`() throws {
    var scene = try cameBack()
    try scene.on(act(.refund))
    let second = Sample.refund(.succeeded, number: 2, amount: Sample.usd(1_000))
    try scene.on(.refundsSeen([second]))
    #expect(scene.state == .refunded && scene.topUp.books.refunded == 2_500)
    try scene.on(.refundsSeen([failed, second]))
    #expect(scene.state == .needsReview && scene.topUp.review?.resume == .refundFailed)
    #expect(scene.topUp.books.held == 1_500 && scene.topUp.books.refunded == 1_000)
    #expect(scene.ledger[held] == -1_500)
    #expect(try scene.on(.refundsSeen([failed, second])) == nil)
  }

  @Test func `a refund that fails while a person is waited for is not lost (37)`() throws {
    var scene = try cameBack()
    let reason = scene.reason
    try scene.on(.refundsSeen([failed]))
    #expect(scene.state == .needsReview && scene.reason == reason)
    #expect(scene.topUp.books.held == 2_500 && scene.ledger[held] == -2_500)
    try scene.on(act(.refund))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(2_500))
  }

  @Test func `a refund that fails while another is out leaves that as it is (37)`() throws {
    var scene = try cameBack()
    try scene.on(act(.refund))
    let before = scene.next
    try scene.on(.refundsSeen([failed]))
    #expect(scene.next == before && scene.topUp.books.held == 2_500)
    let second = Sample.refund(.succeeded, number: 2, amount: Sample.usd(1_000))
    try scene.on(.refundsSeen([failed, second]))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1_500)
  }

  @Test func `a refund that fails after the rest was written off is owed once more (37)`() throws {
    var scene = try cameBack()
    try scene.on(act(.resolve(.lost)))
    #expect(scene.state == .reversed && scene.topUp.books.lost == 1_000)
    try scene.on(.refundsSeen([failed]))
    #expect(scene.state == .needsReview && scene.topUp.books.held == 1_500)
    #expect(scene.topUp.isReopened)
  }

  // MARK: The ramp's word

  @Test func `resumed, a block that was not found is looked for again (30)`() throws {
    var scene = try Scene.ordered()
    let delivered = Sample.order(.completed, version: 2, block: 1_004)
    try scene.on(.orderSeen(delivered))
    try scene.on(.finalitySeen(Sample.finalized(1_004, hash: "0x99")))
    // The same word again settles nothing without a person's.
    let step = try #require(try scene.on(.orderSeen(delivered)))
    #expect(step.isWaiting && scene.state == .needsReview)
    try scene.on(act(.resume))
    #expect(scene.call == "ask_order")
    try scene.on(.orderSeen(delivered))
    #expect(scene.next == .askFinality(1_004))
    try scene.on(.finalitySeen(Sample.finalized(1_004)))
    #expect(scene.state == .credited && scene.topUp.creditHeight == 1_004)
  }

  @Test func `resumed, an order whose ramp is still not sure is a person's at once (39)`() throws {
    var scene = try Scene.ordered()
    let unsure = Sample.order(.failed, version: 2, moved: .unknown)
    try scene.on(.orderSeen(unsure))
    #expect(scene.state == .needsReview)
    let step = try #require(try scene.on(.orderSeen(unsure)))
    #expect(step.isWaiting && scene.state == .needsReview)
    try scene.on(act(.resume))
    #expect(scene.call == "ask_order")
    try scene.on(.orderSeen(unsure))
    #expect(scene.state == .needsReview)
    // Once it is sure, it goes its way.
    try scene.on(act(.resume))
    try scene.on(.orderSeen(Sample.order(.failed, version: 3, moved: .no)))
    #expect(scene.state == .charged && scene.order == .dead)
  }

  @Test func `a block that our node never had bars no reading, whoever says it delivered (10)`()
    throws
  {
    var scene = try Scene.ordered()
    let absurd: UInt64 = 1_795_000_000_000
    try scene.on(.orderSeen(Sample.order(.completed, version: 2, block: absurd)))
    try scene.on(.finalitySeen(Sample.finalized(absurd, hash: nil)))
    scene.wait(.seconds(86_400))
    try scene.on(.timePassed)
    try scene.on(act(.resolve(.delivered(evidence: "0xabc"))))
    #expect(scene.state == .credited && scene.order == .completed)
    #expect(scene.topUp.creditHeight == nil)
  }

  @Test(arguments: [RampOrder.State.completed, .partial])
  func `a sum that no chain can have is a person's (23, 30)`(state: RampOrder.State) throws {
    var scene = try Scene.ordered()
    let absurd = Planck(.max)
    try scene.on(.orderSeen(Sample.order(state, version: 2, credited: absurd, skim: true)))
    #expect(scene.state == .needsReview && scene.topUp.books.delivered == 0)
  }
}
