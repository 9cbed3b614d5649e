import Testing
import TopUpCore

/// A charge that waits before the deposit that nothing can undo, and what may come of it
/// (facts/stripe §7; invariants 10, 32, 33, 36, 39, 47, 52).
@Suite struct HoldTests {
  private static let day = Duration.seconds(86_400)

  private static func card(provenSince: UnixTime? = nil) -> CardReference {
    CardReference(
      id: PaymentMethodID("pm_1"), customer: CustomerID("cus_1"), fingerprint: "fp_1",
      brand: "visa", last4: "4241", provenSince: provenSince)
  }

  /// Charged under a rule.
  private func charged(
    _ rule: HoldRule, risk: RiskLevel? = .normal, provenSince: UnixTime? = nil
  ) throws -> Scene {
    var scene = Scene(cards: [Self.card(provenSince: provenSince)], holdRule: rule)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(rated(risk)))
    return scene
  }

  private func rated(_ risk: RiskLevel?) -> IntentSnapshot {
    var intent = Sample.succeeded()
    intent.risk = risk
    return intent
  }

  private func act(_ verb: ReviewAction.Verb, actor: String = "ops:maria") -> TopUpEvent {
    .reviewed(ReviewAction(verb, actor: actor, reason: "looked at it"))
  }

  private let newCard = HoldRule(newCard: day, risk: nil)
  private let risky = HoldRule(newCard: .zero, risk: .elevated)

  // MARK: By time

  @Test func `a charge on a new card waits, and is ordered when its time is over (32, 47)`() throws
  {
    var scene = try charged(newCard)
    #expect(scene.state == .depositHeld && scene.topUp.hold?.cause == .newCard)
    #expect(scene.topUp.nextCheck == Scene.start.advanced(by: Self.day))
    #expect(scene.topUp.orders.isEmpty && scene.next == nil)
    scene.wait(Self.day - .seconds(1))
    #expect(try scene.on(.timePassed) == nil)
    scene.restart()
    #expect(scene.next == nil)
    scene.wait(.seconds(1))
    try scene.on(.timePassed)
    #expect(scene.state == .charged && scene.topUp.hold?.phase == .over)
    // The deposit's own deadline begins now.
    #expect(try scene.on(.timePassed) == nil)
    try scene.quoteAndReread("q1")
    #expect(scene.call == "create_order")
  }

  @Test func `a card waits till its first charge is old enough, not this one`() throws {
    let first = Scene.start.advanced(by: .seconds(-80_000))
    let scene = try charged(newCard, provenSince: first)
    #expect(scene.topUp.hold?.until == first.advanced(by: Self.day))
    let old = try charged(newCard, provenSince: Scene.start.advanced(by: .seconds(-86_400)))
    #expect(old.state == .charged && old.topUp.hold == nil)
  }

  @Test func `the age of a first charge is counted by the processor's clock (48)`() throws {
    var scene = Scene(cards: [Self.card()], holdRule: newCard)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    var intent = Sample.succeeded()
    intent.charged = Scene.start.advanced(by: .seconds(7_200))
    try scene.on(.intentSeen(intent))
    #expect(scene.topUp.hold?.until == Scene.start.advanced(by: .seconds(7_200) + Self.day))
    // Where no card waits, none waits for a clock that is behind the processor's.
    var free = Scene(cards: [Self.card()], holdRule: risky)
    try free.on(.chargeStarted)
    try free.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try free.on(.intentSeen(intent))
    #expect(free.state == .charged && free.topUp.hold == nil)
  }

  @Test func `another card than the recorded one is held as new, and proves nothing (18, 32)`()
    throws
  {
    let proven = Self.card(provenSince: Scene.start.advanced(by: .seconds(-9_000_000)))
    for (rule, until) in [
      (newCard, Scene.start.advanced(by: Self.day)), (HoldRule.none, nil),
    ] as [(HoldRule, UnixTime?)] {
      var scene = Scene(cards: [proven], holdRule: rule)
      try scene.on(.chargeStarted)
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
      var intent = rated(.normal)
      intent.paymentMethod = PaymentMethodID("pm_other")
      let step = try #require(try scene.on(.intentSeen(intent)))
      #expect(scene.state == .depositHeld && scene.topUp.hold?.cause == .newCard)
      #expect(scene.topUp.hold?.until == until)
      #expect(step.chargedCard == nil && scene.topUp.attempt?.paid == nil)
      // It was charged all the same.
      #expect(scene.topUp.books.charged == Sample.amount.minorUnits)
      #expect(scene.topUp.books.held == Sample.amount.minorUnits)
      if until == nil {
        try scene.on(act(.release))
      } else {
        scene.wait(Self.day)
        try scene.on(.timePassed)
      }
      #expect(scene.state == .charged)
      try scene.quoteAndReread("q1")
      #expect(scene.call == "create_order")
    }
  }

  @Test func `a clock that was set forward at the charge is found out before the order (48)`()
    throws
  {
    var scene = Scene(cards: [Self.card()], holdRule: newCard)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    scene.wait(.seconds(2 * 86_400))
    var intent = Sample.succeeded()
    intent.charged = Scene.start
    try scene.on(.intentSeen(intent))
    #expect(scene.state == .charged)
    try scene.on(.quoted(Sample.quote("q1", created: scene.now)))
    scene.now = Scene.start.advanced(by: .seconds(10))
    try scene.on(.reread(Sample.succeeded()))
    #expect(scene.state == .depositHeld && scene.order == .dead)
  }

  // MARK: By risk

  @Test(arguments: [RiskLevel.elevated, .highest])
  func `a risky charge waits for a person, who lets it go on (32, 39, 52)`(
    level: RiskLevel
  ) throws {
    var scene = try charged(risky, risk: level)
    #expect(scene.state == .depositHeld && scene.topUp.hold?.risk == level)
    #expect(scene.topUp.hold?.until == nil && scene.topUp.nextCheck != nil)
    scene.wait(.seconds(30 * 86_400))
    #expect(try scene.on(.timePassed) == nil)
    let step = try #require(try scene.on(act(.release)))
    #expect(step.cause == "release by ops:maria, looked at it: not held any longer")
    #expect(scene.state == .charged && scene.topUp.hold?.phase == .waived)
    try scene.on(.quoted(Sample.quote("q1", created: scene.now)))
    try scene.on(.reread(rated(level)))
    #expect(scene.call == "create_order", "once is enough")
  }

  @Test func `a risk that is shown only before the order holds it then (32)`() throws {
    var scene = try charged(risky, risk: nil)
    #expect(scene.state == .charged)
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.reread(rated(.elevated)))
    #expect(scene.state == .depositHeld && scene.order == .dead && scene.next == nil)
    scene.wait(Self.day)
    try scene.on(act(.release))
    // The deposit's own deadline begins with it, not with the order that never was.
    #expect(try scene.on(.timePassed) == nil)
    #expect(scene.call == "ask_quote")
  }

  @Test func `a rule says from which risk on, and how long`() throws {
    #expect(
      try charged(HoldRule(newCard: .zero, risk: .highest), risk: .elevated).state == .charged)
    #expect(try charged(HoldRule(newCard: .zero, risk: nil), risk: .highest).state == .charged)
    let timed = HoldRule(newCard: .zero, risk: .elevated, riskSpan: .seconds(3_600))
    var scene = try charged(timed, risk: .highest)
    #expect(scene.topUp.hold?.until == Scene.start.advanced(by: .seconds(3_600)))
    scene.wait(.seconds(3_600))
    try scene.on(.timePassed)
    try scene.on(.quoted(Sample.quote("q1", created: scene.now)))
    try scene.on(.reread(rated(.highest)))
    #expect(scene.call == "create_order")
  }

  @Test func `a word of the processor that nobody knows counts as a risk`() {
    let words = ["normal", "not_assessed", "elevated", "highest", "unknown", "severe"]
    #expect(
      words.map { RiskLevel(processor: $0) } == [
        .normal, .normal, .elevated, .highest, .elevated, .elevated,
      ])
  }

  // MARK: What ends in compensation

  @Test func `whatever puts a held charge in doubt gives it back, and orders nothing (32, 33)`()
    throws
  {
    func taken(_ cents: Int64, _ kind: Reversal.Kind, isOpen: Bool = false) -> TopUpEvent {
      .reversalsSeen([
        ReversalSnapshot(
          id: "x_1", kind: kind, taken: Sample.usd(cents), rank: 1, isOpen: isOpen)
      ])
    }
    let cases: [(TopUpEvent, TopUpState, refund: Int64?)] = [
      (taken(2500, .dispute, isOpen: true), .reversed, nil),
      (taken(2500, .refund), .reversed, nil),
      (taken(1000, .refund), .refunding, 1500),
      // An inquiry, which moves nothing.
      (taken(0, .dispute, isOpen: true), .refunding, 2500),
      (.fraudWarned, .refunding, 2500),
    ]
    for (event, state, refund) in cases {
      for rule in [newCard, risky] {
        var scene = try charged(rule, risk: .elevated)
        #expect(scene.state == .depositHeld)
        let before = scene.topUp
        try scene.on(event)
        #expect(scene.state == state && scene.topUp.orders.allSatisfy { $0.phase == .dead })
        #expect(scene.topUp.refunds.last?.amount.minorUnits == refund)
        #expect(scene.topUp.hold?.phase == .refused)
        // The ramp has no part in it (4).
        if case .compensated? = RampNews(before, scene.topUp) {
          Issue.record("\(event) is held against the ramp")
        }
      }
    }
  }

  @Test func `a warning of fraud before the order gives back what was not held, too (32)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    let before = scene.topUp
    try scene.on(.fraudWarned)
    #expect(scene.state == .refunding && scene.order == .dead)
    #expect(RampNews(before, scene.topUp) == nil)
    var sent = try Scene.sending()
    let sending = sent.topUp
    try sent.on(.fraudWarned)
    #expect(sent.state == .orderCancelling && RampNews(sending, sent.topUp) == nil)
  }

  @Test func `an operator gives a held charge back, with a name and a reason (52)`() throws {
    var scene = try charged(risky, risk: .elevated)
    #expect(throws: TransitionError.refused(.unsigned)) { try scene.on(act(.refund, actor: "")) }
    for verb in [ReviewAction.Verb.resume, .resolve(.lost), .resolve(.delivered(evidence: "0x"))] {
      #expect(throws: TransitionError.refused(.onHold)) { try scene.on(act(verb)) }
    }
    try scene.on(act(.refund))
    #expect(scene.call == "create_refund" && scene.topUp.hold?.phase == .refused)
    #expect(throws: TransitionError.refused(.notInReview(.refunding))) {
      try scene.on(act(.release))
    }
  }

  // MARK: Beside it

  @Test func `what is held may never come, and is promised all the same (6, 10)`() throws {
    let scene = try charged(newCard)
    #expect(scene.topUp.pendingTokens == .zero)
    #expect(scene.topUp.claimedTokens == Sample.tokens)
  }

  @Test func `credits are granted at once: they can be taken back`() throws {
    var scene = Scene(
      account: .credits(Sample.credits), fee: 0, quote: nil, credits: 2_500, holdRule: newCard)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .credited)
  }
}
