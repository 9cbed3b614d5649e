import Testing
import TopUpCore

/// Orders that the ramp has of a row that never sent them, for the row is of an older copy of the
/// store (invariants 28, 33, 50).
@Suite struct OvertakenTests {
  private let reason = "the ramp has order tu_1:1, completed, which this store has not sent"

  private func act(_ verb: ReviewAction.Verb) -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: "ops:maria", reason: "looked"))
  }

  @Test func `what was to be given back waits for a person, and is not given back (33)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    #expect(scene.call == "create_refund")
    try scene.on(.overtaken(reason))
    #expect(scene.state == .needsReview && scene.topUp.review?.reason == reason)
    #expect(scene.call == nil)
    try scene.on(act(.resolve(.delivered(evidence: "0x01"))))
    #expect(scene.state == .credited && scene.topUp.books.refunded == 0)
  }

  @Test func `once the order is dead a person has it given back, once (15)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.overtaken(reason))
    #expect(throws: TransitionError.refused(.nothingToResume(.refundFailed))) {
      try scene.on(act(.resume))
    }
    try scene.on(act(.refund))
    #expect(scene.call == "create_refund")
    #expect(scene.topUp.refunds.map(\.phase) == [.failed, .sending])
    try scene.on(.refundsSeen([Sample.refund(.succeeded, number: 2)]))
    #expect(scene.state == .refunded)
  }

  @Test func `what was to be ordered goes on where it was (28)`() throws {
    var scene = try Scene.sending()
    try scene.on(.overtaken(reason))
    #expect(scene.state == .needsReview && scene.topUp.review?.resume == .depositing)
    try scene.on(act(.resume))
    #expect(scene.call == "ask_order")
  }

  @Test func `nothing that has ended, or waits for a person, is touched`() throws {
    var scene = try Scene.ordered()
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(try scene.on(.overtaken(reason)) == nil)
    var parked = try Scene.sending()
    try parked.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(try parked.on(.overtaken(reason)) == nil)
  }

  @Test func `an older copy waits with what time alone would have it do (50)`() throws {
    #expect(Scene().state.isBeforeSending)
    #expect(try Scene.charged().state.isBeforeSending)
    #expect(try !Scene.sending().state.isBeforeSending)
    #expect(try !Scene.refunding().state.isBeforeSending)
  }
}
