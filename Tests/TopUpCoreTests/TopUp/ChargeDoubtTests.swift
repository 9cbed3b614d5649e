import Testing
import TopUpCore

@Suite struct ChargeDoubtTests {
  // MARK: A lost answer

  @Test func `a create in doubt is asked about, not sent again (15)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.on(.inDoubt("timed out"))
    #expect(scene.state == .chargeUnknown)
    #expect(
      scene.next
        == .findIntent(customer: CustomerID("cus_1"), since: Scene.start, attempt: 1))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    #expect(scene.call == "confirm_intent")
  }

  @Test func `no intent found is no negative: the same request is made again (13)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    let first = scene.next
    try scene.on(.inDoubt("timed out"))
    try scene.on(.intentNotFound)
    #expect(scene.next == first)
    #expect(scene.releases == 0)
    #expect(scene.topUp.attempts.count == 1)
  }

  @Test func `an empty list says nothing about an intent that is known (13)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.inDoubt("timed out"))
    #expect(try scene.on(.intentNotFound) == nil)
    #expect(scene.state == .chargeUnknown)
  }

  @Test func `each answer about a confirm in doubt leads on (13, 15)`() throws {
    let answers: [(IntentSnapshot, TopUpState, String?)] = [
      (Sample.succeeded(), .charged, "ask_quote"),
      (Sample.intent(.requiresConfirmation), .charging, "confirm_intent"),
      (Sample.intent(.requiresPaymentMethod), .charging, "confirm_intent"),
      (Sample.declined(), .charging, "cancel_intent"),
      (Sample.intent(.processing), .charging, "ask_intent"),
      (Sample.intent(.requiresAction), .actionRequired, "ask_intent"),
      (Sample.intent(.canceled), .cancelled, nil),
      (Sample.intent(.unrecognised("new")), .chargeUnknown, "ask_intent"),
    ]
    for (answer, state, call) in answers {
      var scene = try Scene.confirming()
      try scene.on(.inDoubt("timed out"))
      #expect(scene.next == .askIntent(PaymentIntentID("pi_1")))
      try scene.on(.intentSeen(answer))
      #expect(scene.state == state, "\(answer.status)")
      #expect(scene.call == call, "\(answer.status)")
    }
  }

  @Test func `each answer about a cancel in doubt leads on, and none revives the charge (13)`()
    throws
  {
    let answers: [(IntentSnapshot, TopUpState, String?)] = [
      (Sample.succeeded(), .charged, "ask_quote"),
      (Sample.intent(.requiresConfirmation), .charging, "cancel_intent"),
      (Sample.declined(), .charging, "cancel_intent"),
      (Sample.intent(.requiresAction), .charging, "cancel_intent"),
      (Sample.intent(.processing), .chargeUnknown, "ask_intent"),
      (Sample.intent(.canceled), .charging, "create_intent"),
    ]
    for (answer, state, call) in answers {
      var scene = try Scene.confirming()
      try scene.on(.intentSeen(Sample.declined()))
      try scene.on(.inDoubt("timed out"))
      #expect(scene.state == .chargeUnknown)
      try scene.on(.intentSeen(answer))
      #expect(scene.state == state, "\(answer.status)")
      #expect(scene.call == call, "\(answer.status)")
    }
  }

  @Test func `doubt over what moves nothing is only waited out`() throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.intent(.processing)))
    let step = try #require(try scene.on(.inDoubt("timed out")))
    #expect(step.isWaiting)
    #expect(scene.state == .charging)
  }

  @Test func `a call that never left is made again, later`() throws {
    var scene = try Scene.confirming()
    let before = scene.next
    let step = try #require(try scene.on(.notSent("no route")))
    #expect(step.isWaiting)
    #expect(scene.next == before)
    #expect(try #require(scene.topUp.nextCheck) > scene.now)
  }

  @Test func `confirms that are lost for ever are made at growing intervals`() throws {
    var scene = try Scene.confirming()
    var spans: [Duration] = []
    for _ in 0..<12 {
      try scene.on(.inDoubt("timed out"))
      spans.append(try #require(scene.topUp.nextCheck).since(scene.now))
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
      #expect(scene.call == "confirm_intent")
    }
    #expect(spans.first == .seconds(1))
    #expect(spans.last == .seconds(300))
  }

  @Test func `a day without a change waits for a person, and asking goes on (39)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.inDoubt("timed out"))
    scene.wait(.seconds(86_399))
    #expect(try scene.on(.timePassed) == nil)
    scene.wait(.seconds(1))
    try scene.on(.timePassed)
    #expect(scene.state == .needsReview)
    #expect(scene.topUp.review?.resume == .chargeUnknown)
    #expect(scene.next == .askIntent(PaymentIntentID("pi_1")))
    let step = try #require(try scene.on(.inDoubt("still down")))
    #expect(step.isWaiting)
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
    #expect(scene.topUp.review == nil)
  }

  /// Answers of a processor that keeps a 500 under a key and repeats it: the call bounces.
  private func bounces(_ scene: inout Scene, _ back: TopUpEvent, for span: Duration) throws -> Int {
    let end = scene.now.advanced(by: span)
    var calls = 0
    while scene.now < end, scene.state != .needsReview, !scene.state.isTerminal {
      scene.now = max(scene.now, scene.topUp.nextCheck ?? scene.now)
      try scene.on(.timePassed)
      guard scene.state != .needsReview else { break }
      if scene.next?.isPost == true {
        calls += 1
        // Each bounce is a commit, and a restart falls between two of them now and then.
        if calls.isMultiple(of: 7) { scene.restart() } else { try scene.on(.inDoubt("500")) }
      } else {
        try scene.on(back)
      }
    }
    return calls
  }

  @Test func `a confirm that bounces is given up, and its cancel waits for a person (39, 47)`()
    throws
  {
    var scene = try Scene.confirming()
    var confirms: Set<UnixTime> = []
    while scene.call != "cancel_intent" {
      try #require(scene.now < Scene.start.advanced(by: .seconds(3_700)))
      scene.now = max(scene.now, scene.topUp.nextCheck ?? scene.now)
      try scene.on(.timePassed)
      switch scene.call {
      case "confirm_intent":
        confirms.insert(scene.now)
        try scene.on(.inDoubt("500"))
      case "ask_intent": try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
      default: break
      }
    }
    #expect(confirms.max().map { $0 < Scene.start.advanced(by: .seconds(3_600)) } == true)
    #expect(scene.phase == .abandoning && scene.releases == 0)
    let begun = scene.now
    let back = TopUpEvent.intentSeen(Sample.intent(.requiresConfirmation))
    #expect(try bounces(&scene, back, for: .seconds(3 * 86_400)) > 20)
    #expect(scene.state == .needsReview, "\(scene.state)")
    #expect(scene.now <= begun.advanced(by: .seconds(86_400 + 600)))
    #expect(scene.releases == 0)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled && scene.releases == 1)
  }

  @Test func `a create that bounces is never charged, and waits for a person (39, 47)`() throws {
    var scene = try Self.creating()
    // Stripe gives a stored failure again for a day. The pauses grow until the next restart, which
    // comes after seven calls here: two minutes, or a day of a call a second.
    let calls = try bounces(&scene, .intentNotFound, for: .seconds(3 * 86_400))
    #expect((20..<20_000).contains(calls), "\(calls) calls")
    #expect(scene.state == .needsReview)
    #expect(scene.phase == .abandoning && scene.releases == 0)
    #expect(scene.now <= Scene.start.advanced(by: .seconds(86_400 + 3_600 + 600)))
  }

  @Test func `a refund that bounces waits for a person (39)`() throws {
    var scene = try Scene.refunding()
    let begun = scene.now
    #expect(try bounces(&scene, .refundsSeen([]), for: .seconds(3 * 86_400)) > 20)
    #expect(scene.state == .needsReview)
    #expect(scene.now <= begun.advanced(by: .seconds(86_400 + 600)))
    #expect(scene.topUp.refunds.count == 1)
  }

  @Test func `an attempt that nothing was sent for in an hour is given up (47)`() throws {
    for begun in [try Self.creating(), try Scene.confirming()] {
      var scene = begun
      for _ in 0..<12 { try scene.on(.refused(Sample.refusal(.notAuthorised))) }
      scene.wait(.seconds(3_599))
      #expect(try scene.on(.timePassed) == nil)
      scene.wait(.seconds(1))
      try scene.on(.timePassed)
      #expect(scene.phase == .abandoning && scene.releases == 0)
    }
  }

  @Test func `a confirm in doubt for an hour is cancelled when it is seen unconfirmed (13, 47)`()
    throws
  {
    var scene = try Scene.confirming()
    scene.restart()
    scene.wait(.seconds(3_600))
    #expect(try scene.on(.timePassed) == nil)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    #expect(scene.call == "cancel_intent" && scene.releases == 0)
    // It had succeeded on its way: the money is taken, and delivered.
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test func `after a long stop the first thing is a question, not a person (39)`() throws {
    var scene = try Scene.confirming()
    scene.wait(.seconds(10 * 86_400))
    scene.restart()
    #expect(try scene.on(.timePassed) == nil)
    #expect(scene.call == "ask_intent")
  }

  // MARK: Refusals

  @Test(arguments: [
    Refusal.Kind.rateLimited, .inProgress, .notAuthorised, .insufficientLiquidity,
  ])
  func `an outage puts the charge off and says nothing of the card (13, 17)`(
    kind: Refusal.Kind
  ) throws {
    for begun in [try Self.creating(), try Scene.confirming()] {
      var scene = begun
      let before = scene.next
      let step = try #require(
        try scene.on(.refused(Sample.refusal(kind, retryAfter: .seconds(7)))))
      #expect(step.isWaiting)
      #expect(scene.topUp.nextCheck == scene.now.advanced(by: .seconds(7)))
      #expect(scene.next == before)
      #expect(scene.releases == 0 && scene.topUp.attempts.allSatisfy { $0.decline == nil })
    }
  }

  @Test(arguments: [Refusal.Kind.notFound, .invalid])
  func `a create that is refused brings the next card, and is nobody's decline (17, 20)`(
    kind: Refusal.Kind
  ) throws {
    var scene = try Self.creating()
    try scene.on(.refused(Sample.refusal(kind)))
    #expect(scene.topUp.attempt?.card == Sample.card(2))
    try scene.on(.refused(Sample.refusal(kind)))
    #expect(scene.state == .declined)
    #expect(scene.releases == 1)
    #expect(scene.topUp.attempts.allSatisfy { $0.decline == nil })
  }

  @Test func `a key that came with another request is no negative: a person looks (13)`() throws {
    var scene = try Self.creating()
    try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
    #expect(scene.state == .needsReview)
    #expect(scene.releases == 0)
    #expect(scene.topUp.attempts.count == 1)
    #expect(scene.call == "find_intent")
  }

  @Test func `a confirm or cancel whose key came with another request waits for a person (39)`()
    throws
  {
    for isUnwanted in [false, true] {
      var scene = try Scene.confirming()
      if isUnwanted { try scene.on(.intentSeen(Sample.declined())) }
      try scene.on(.refused(Sample.refusal(.idempotencyConflict)))
      #expect(scene.state == .needsReview)
      #expect(scene.releases == 0 && scene.topUp.attempts.count == 1)
      #expect(scene.next == .askIntent(PaymentIntentID("pi_1")))
      // What the other request did settles it.
      try scene.on(.intentSeen(Sample.succeeded()))
      #expect(scene.state == .charged)
    }
  }

  @Test(arguments: [Refusal.Kind.invalid, .notFound])
  func `a confirm that can never be made cancels its intent before the next card (13)`(
    kind: Refusal.Kind
  ) throws {
    var scene = try Scene.confirming()
    try scene.on(.refused(Sample.refusal(kind)))
    #expect(scene.call == "cancel_intent")
    #expect(scene.releases == 0)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.topUp.attempt?.card == Sample.card(2))
    #expect(scene.topUp.attempts[0].decline == nil)
  }

  @Test func `a refused confirm that had succeeded after all is a success`() throws {
    var scene = try Scene.confirming()
    try scene.on(.refused(Sample.refusal(.invalid)))
    try scene.on(.refused(Sample.refusal(.unexpectedState)))
    #expect(scene.call == "ask_intent")
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test func `a refused confirm is asked about, and repeated at growing intervals (13)`() throws {
    var scene = try Scene.confirming()
    var spans: [Duration] = []
    for _ in 0..<12 {
      try scene.on(.refused(Sample.refusal(.unexpectedState)))
      #expect(scene.call == "ask_intent")
      spans.append(try #require(scene.topUp.nextCheck).since(scene.now))
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    }
    #expect(spans.last == .seconds(300))
    #expect(scene.releases == 0)
  }

  @Test(arguments: [
    Refusal.Kind.notFound, .invalid, .notAuthorised, .unexpectedState, .idempotencyConflict,
  ])
  func `no refusal of a cancel or of a question makes an attempt dead (13)`(
    kind: Refusal.Kind
  ) throws {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined()))
    for _ in 0..<5 {
      try scene.on(.refused(Sample.refusal(kind)))
      #expect(scene.releases == 0)
      #expect(scene.topUp.attempts.count == 1)
      #expect(scene.phase == .cancelling)
      #expect(!scene.state.isTerminal)
    }
  }

  @Test(arguments: [Refusal.Kind.notFound, .invalid])
  func `a refused search for an intent is no negative (13)`(kind: Refusal.Kind) throws {
    var scene = try Self.creating()
    try scene.on(.inDoubt("timed out"))
    let step = try #require(try scene.on(.refused(Sample.refusal(kind))))
    #expect(step.isWaiting)
    #expect(scene.state == .chargeUnknown)
  }

  static func creating() throws -> Scene {
    var scene = Scene()
    try scene.on(.chargeStarted)
    return scene
  }
}
