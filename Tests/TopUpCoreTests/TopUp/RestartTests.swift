import Testing
import TopUpCore

@Suite struct RestartTests {
  /// One scene for each state and phase in which a call is next, or none is.
  static func scenes() throws -> [(Scene, String?)] {
    var processing = try Scene.confirming()
    try processing.on(.intentSeen(Sample.intent(.processing)))
    var person = try Scene.confirming()
    try person.on(.intentSeen(Sample.intent(.requiresAction)))
    var cancelling = try Scene.confirming()
    try cancelling.on(.intentSeen(Sample.declined()))
    var abandoning = try Scene.confirming()
    try abandoning.on(.cancelRequested("user"))
    var unknown = try Scene.confirming()
    try unknown.on(.inDoubt("timed out"))
    var planned = try Scene.charged()
    try planned.on(.quoted(Sample.quote("q1")))
    var tombstone = try Scene.sending()
    try tombstone.on(.refused(Sample.refusal(.quoteNotUsable)))
    var depositUnknown = try Scene.sending()
    try depositUnknown.on(.inDoubt("timed out"))
    var pending = try Scene.refunding()
    try pending.on(.refundsSeen([Sample.refund(.pending)]))
    var refundUnknown = try Scene.refunding()
    try refundUnknown.on(.inDoubt("timed out"))
    var review = try Scene.refunding()
    try review.on(.refused(Sample.refusal(.idempotencyConflict)))
    return [
      (Scene(), nil),
      (try ChargeDoubtTests.creating(), "find_intent"),
      (try Scene.confirming(), "ask_intent"),
      (processing, "ask_intent"),
      (person, "ask_intent"),
      (cancelling, "ask_intent"),
      (abandoning, "ask_intent"),
      (unknown, "ask_intent"),
      (try Scene.charged(), "ask_quote"),
      (planned, "reread_before_order"),
      (try Scene.sending(), "ask_order"),
      (try Scene.ordered(), "ask_order"),
      (tombstone, "ask_order"),
      (depositUnknown, "ask_order"),
      (try CompensationTests.cancelling(), "cancel_order"),
      (try Scene.refunding(), "ask_refunds"),
      (pending, "ask_refunds"),
      (refundUnknown, "ask_refunds"),
      (review, "ask_refunds"),
    ]
  }

  @Test func `after a restart the next step is a question, in every state and phase (15)`() throws {
    for (begun, call) in try Self.scenes() {
      var scene = begun
      scene.restart()
      #expect(scene.call == call, "\(begun.state) \(begun.call ?? "none")")
    }
  }

  @Test func `a restart forgets nothing and repeats itself (15)`() throws {
    for (begun, _) in try Self.scenes() {
      let once = begun.topUp.afterRestart()
      #expect(once.afterRestart() == once)
      #expect(once.attempts == begun.topUp.attempts)
      #expect(once.orders == begun.topUp.orders)
      #expect(once.refunds == begun.topUp.refunds)
      #expect(once.books == begun.topUp.books)
      #expect(try #require(once.nextCheck) <= (begun.topUp.nextCheck ?? begun.now))
    }
  }

  @Test func `each state that has not ended has a next call or a next look (39)`() throws {
    for (scene, _) in try Self.scenes() {
      #expect(scene.topUp.nextCheck != nil)
      #expect(scene.next != nil || scene.state == .reserved || scene.state == .needsReview)
    }
  }

  @Test func `a wish to cancel outlives a restart (47)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.cancelRequested("user"))
    scene.restart()
    try scene.on(.intentSeen(Sample.declined()))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
  }
}
