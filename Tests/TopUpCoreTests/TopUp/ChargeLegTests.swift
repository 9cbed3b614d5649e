import Testing
import TopUpCore

@Suite struct ChargeLegTests {
  // MARK: Declines

  @Test func `a decline cancels the intent, and only its cancel brings the next card (13, 20)`()
    throws
  {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined()))
    #expect(scene.topUp.attempts.count == 1)
    #expect(
      scene.next
        == .cancelIntent(
          PaymentIntentID("pi_1"),
          key: .chargeCancel(Scene.id, attempt: 1, version: scene.topUp.version)))
    #expect(scene.topUp.attempt?.decline == Sample.softDecline)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.topUp.attempts.map(\.phase) == [.dead, .creating])
    #expect(scene.topUp.attempt?.card == Sample.card(2))
    #expect(scene.releases == 0)
    guard case .createIntent(let request) = scene.next else {
      Issue.record("the next call is \(scene.call ?? "none")")
      return
    }
    #expect(request.key == IdempotencyKey("tu_1:2:create"))
  }

  @Test func `declined when no card is left, and only then is the reservation released (8, 20)`()
    throws
  {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined()))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, attempt: 2)))
    try scene.on(.intentSeen(Sample.declined(attempt: 2, Sample.hardDecline)))
    #expect(scene.releases == 0)
    try scene.on(.intentSeen(Sample.intent(.canceled, attempt: 2)))
    #expect(scene.state == .declined)
    #expect(scene.releases == 1)
    #expect(scene.topUp.books == Books())
    #expect(scene.topUp.attempts.map(\.decline) == [Sample.softDecline, Sample.hardDecline])
  }

  @Test func `the same card under two ids is tried once (20)`() throws {
    let twin = CardReference(
      id: PaymentMethodID("pm_9"), customer: CustomerID("cus_1"), fingerprint: "fp_1",
      brand: "visa", last4: "4241")
    var scene = try Scene.confirming(cards: [Sample.card(1), twin])
    try scene.on(.intentSeen(Sample.declined()))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .declined)
  }

  @Test func `a success that overtakes the cancel is taken, the decline notwithstanding (37)`()
    throws
  {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined()))
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
    #expect(scene.topUp.attempts.count == 1)
  }

  @Test func `a late decline never overwrites a success (37)`() throws {
    var scene = try Scene.charged()
    #expect(try scene.on(.intentSeen(Sample.declined())) == nil)
    #expect(try scene.on(.intentSeen(Sample.intent(.processing))) == nil)
    #expect(try scene.on(.intentSeen(Sample.succeeded())) == nil)
    #expect(scene.topUp.books.charged == 2500)
  }

  @Test func `an intent cancelled from outside ends the charge and tries no other card (20)`()
    throws
  {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
    #expect(scene.releases == 1)
    #expect(scene.topUp.attempts.count == 1)
  }

  // MARK: Waiting

  @Test func `processing is waited out at growing intervals`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.intent(.processing)))
    #expect(scene.next == .askIntent(PaymentIntentID("pi_1")))
    var spans: [Duration] = []
    for _ in 0..<12 {
      let step = try #require(try scene.on(.intentSeen(Sample.intent(.processing))))
      #expect(step.isWaiting)
      spans.append(try #require(scene.topUp.nextCheck).since(scene.now))
    }
    #expect(spans.first == .seconds(1))
    #expect(spans.last == .seconds(300))
    #expect(zip(spans, spans.dropFirst()).allSatisfy { $0 <= $1 })
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test func `a status that nobody knows yet is waited out, never guessed at`() throws {
    var scene = try Scene.confirming()
    let step = try #require(try scene.on(.intentSeen(Sample.intent(.unrecognised("new")))))
    #expect(step.isWaiting)
    #expect(scene.state == .charging)
    #expect(scene.releases == 0)
  }

  @Test func `a webhook about the intent while its confirm is under way changes nothing`() throws {
    var scene = try Scene.confirming()
    #expect(try scene.on(.intentSeen(Sample.intent(.requiresConfirmation))) == nil)
    #expect(try scene.on(.intentSeen(Sample.intent(.requiresPaymentMethod))) == nil)
  }

  // MARK: Authentication

  @Test(arguments: [
    Sample.intent(.requiresAction),
    Sample.declined(Sample.authenticationDemand),
    Sample.declined(Sample.decline(nil, code: "payment_intent_authentication_failure")),
  ])
  func `a demand to authenticate waits for the person, and is no decline (21)`(
    demand: IntentSnapshot
  ) throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(demand))
    #expect(scene.state == .actionRequired)
    #expect(scene.topUp.attempt?.decline == nil)
    #expect(scene.next == .askIntent(PaymentIntentID("pi_1")))
    #expect(scene.topUp.pendingTokens == .zero)
    let step = try #require(try scene.on(.intentSeen(demand)))
    #expect(step.isWaiting)
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test(arguments: [Sample.intent(.requiresAction), Sample.declined(Sample.authenticationDemand)])
  func `nobody authenticates for 24 h: the intent is cancelled and no other card tried (21)`(
    demand: IntentSnapshot
  ) throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(demand))
    scene.wait(.seconds(86_399))
    #expect(try scene.on(.timePassed) == nil)
    scene.wait(.seconds(1))
    try scene.on(.timePassed)
    #expect(scene.call == "cancel_intent")
    #expect(scene.releases == 0)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
    #expect(scene.topUp.attempts.count == 1)
    #expect(scene.releases == 1)
  }

  @Test func `a person who authenticates just after the time-out is charged, not refused`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.intent(.requiresAction)))
    scene.wait(.seconds(86_400))
    try scene.on(.timePassed)
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test func `a card that is declined after authentication makes way for the next (20)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined(Sample.authenticationDemand)))
    try scene.on(.intentSeen(Sample.declined()))
    #expect(scene.topUp.attempt?.decline == Sample.softDecline)
    #expect(scene.call == "cancel_intent")
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.topUp.attempt?.card == Sample.card(2))
  }

  @Test func `nothing is confirmed over the head of a person who is authenticating (21)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.intent(.requiresAction)))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    #expect(scene.state == .actionRequired)
    #expect(scene.call == "ask_intent")
  }

  // MARK: Whose intent it is

  @Test func `an intent that is none of ours is never adopted (16)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    #expect(try scene.on(.intentSeen(Sample.intent(.succeeded, topUp: nil))) == nil)
    #expect(
      try scene.on(.intentSeen(Sample.intent(.succeeded, topUp: TopUpID("tu_2")))) == nil)
    #expect(try scene.on(.intentSeen(Sample.succeeded(attempt: 2))) == nil)
    #expect(scene.topUp.attempt?.intent == nil)
  }

  @Test func `a second intent of the attempt is not confirmed, nor taken for it (16)`() throws {
    var scene = try Scene.confirming()
    #expect(
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, id: "pi_other"))) == nil)
    #expect(
      try scene.on(
        .intentSeen(Sample.intent(.succeeded, id: "pi_other", received: Sample.amount))) == nil)
    #expect(scene.topUp.attempt?.intent == PaymentIntentID("pi_1"))
    #expect(scene.topUp.books == Books())
  }

  @Test func `a success of a dead attempt does not charge the top-up twice (16)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined()))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, attempt: 2)))
    #expect(try scene.on(.intentSeen(Sample.succeeded(attempt: 1))) == nil)
    try scene.on(.intentSeen(Sample.succeeded(attempt: 2)))
    #expect(try scene.on(.intentSeen(Sample.succeeded(attempt: 1))) == nil)
    #expect(scene.topUp.books.charged == 2500)
  }

  @Test(arguments: [
    Sample.intent(.requiresConfirmation, amount: Sample.usd(2501)),
    Sample.intent(.requiresConfirmation, amount: Money(minorUnits: 2500, .eur)),
    Sample.intent(.requiresConfirmation, customer: "cus_2"),
  ])
  func `an intent that names us with another amount or customer is parked (16)`(
    intent: IntentSnapshot
  ) throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.park(.intentSeen(intent))
    #expect(scene.topUp.attempt?.intent == nil)
    #expect(scene.call == "find_intent")
  }

  @Test func `a success over another sum is parked and books nothing`() throws {
    var scene = try Scene.confirming()
    let short = Sample.intent(.succeeded, received: Sample.usd(2400))
    try scene.park(.intentSeen(short))
    #expect(scene.topUp.books == Books())
    #expect(scene.releases == 0)
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test func `what is parked is parked once, and what has ended is not parked`() throws {
    var scene = try Scene.confirming()
    try scene.park(.intentSeen(Sample.intent(.succeeded, received: Sample.usd(1))))
    #expect(scene.topUp.contradicted(.contradicts("again"), at: scene.now) == nil)
    for ended in try HappyPathTests.ended() {
      #expect(ended.topUp.contradicted(.contradicts("late"), at: ended.now) == nil)
    }
  }

  @Test func `while a person is waited for only an end moves the charge (13)`() throws {
    var scene = try Scene.confirming()
    try scene.park(.intentSeen(Sample.intent(.succeeded, received: Sample.usd(1))))
    for status in [
      IntentSnapshot.Status.requiresConfirmation, .requiresAction, .processing,
      .requiresPaymentMethod,
    ] {
      let step = try #require(try scene.on(.intentSeen(Sample.intent(status))))
      #expect(step.isWaiting)
      #expect(scene.next?.isPost == false)
    }
    try scene.on(.intentSeen(Sample.declined()))
    #expect(scene.state == .needsReview)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
    #expect(scene.releases == 1)
  }
}

extension Scene {
  /// Applies an event that contradicts the record, as the engine does.
  mutating func park(
    _ event: TopUpEvent, at location: SourceLocation = #_sourceLocation
  ) throws {
    let before = state
    do throws(TransitionError) {
      let step = try topUp.applying(event, at: now)
      Issue.record("taken: \(step?.cause ?? "nothing")", sourceLocation: location)
    } catch {
      let step = try #require(topUp.contradicted(error, at: now), sourceLocation: location)
      keep(step, location)
    }
    #expect(state == .needsReview, sourceLocation: location)
    #expect(topUp.review?.resume == before, sourceLocation: location)
    #expect(!reason.isEmpty && topUp.nextCheck != nil, "invariant 39", sourceLocation: location)
  }

  @Test func `a cancel that follows a look is another request (13)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined()))
    var keys: [IdempotencyKey] = []
    for _ in 0..<3 {
      guard case .cancelIntent(_, let key) = scene.next else {
        Issue.record("the next call is \(scene.call ?? "none")")
        return
      }
      keys.append(key)
      // Not sent, or put off: the same request.
      try scene.on(.notSent("no route"))
      #expect(scene.next == .cancelIntent(PaymentIntentID("pi_1"), key: key))
      try scene.on(.inDoubt("timed out"))
      try scene.on(.intentSeen(Sample.declined()))
    }
    #expect(Set(keys).count == 3)
  }

  @Test func `another card's decline is none of the recorded one's (18, 21)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    var stranger = Sample.declined(Sample.hardDecline)
    stranger.failedMethod = PaymentMethodID("pm_other")
    // Our own confirm is under way.
    #expect(try scene.on(.intentSeen(stranger)) == nil)
    try scene.on(.intentSeen(Sample.intent(.requiresAction)))
    #expect(scene.state == .actionRequired)
    try scene.on(.intentSeen(stranger))
    #expect(scene.state == .actionRequired && scene.topUp.attempt?.decline == nil)
    try scene.on(.intentSeen(Sample.intent(.processing)))
    try scene.on(.intentSeen(stranger))
    #expect(scene.state == .actionRequired && scene.topUp.attempt?.decline == nil)
    var own = Sample.declined(Sample.hardDecline)
    own.failedMethod = PaymentMethodID("pm_1")
    try scene.on(.intentSeen(own))
    #expect(scene.topUp.attempt?.decline == Sample.hardDecline)
    #expect(scene.topUp.attempt?.phase == .cancelling)
  }
}
