import Testing
import TopUpCore

@Suite struct AftermathTests {
  private let hour = Duration.seconds(3_600)

  private func aftermath(_ scene: Scene, on state: AccountState = Self.fired) -> Aftermath {
    Aftermath(
      of: scene.topUp, on: state, cooldown: hour, lowCooldown: .seconds(300), at: scene.now)
  }

  /// Low, and its first top-up under way.
  private static let fired = AccountState(
    episode: .init(ordinal: 1, isArmed: false, topUps: 1), version: 5)

  private func declined(
    _ declines: [Decline], trigger: Trigger = .threshold
  ) throws -> Scene {
    var scene = Scene(trigger: trigger, cards: (1...declines.count).map { Sample.card($0) })
    try scene.on(.chargeStarted)
    for (index, decline) in declines.enumerated() {
      try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, attempt: index + 1)))
      try scene.on(.intentSeen(Sample.declined(attempt: index + 1, decline)))
      try scene.on(.intentSeen(Sample.intent(.canceled, attempt: index + 1)))
    }
    #expect(scene.state == .declined)
    return scene
  }

  @Test func `one that was reopened leaves a later episode alone when it ends again (4, 37)`()
    throws
  {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    #expect(scene.state == .refunded)
    try scene.on(.refundsSeen([Sample.refund(.failed)]))
    #expect(scene.state == .needsReview && scene.topUp.isReopened)
    try scene.on(.reviewed(ReviewAction(.resolve(.lost), actor: "ops:maria", reason: "no way")))
    #expect(scene.topUp.state.isTerminal && scene.topUp.isReopened)
    let later = AccountState(episode: .init(ordinal: 2, isArmed: false, topUps: 1), version: 9)
    let after = aftermath(scene, on: later)
    #expect(after.state.episode == later.episode && after.state.backOffUntil == nil)
    #expect(after.state.lastFinished == nil)
  }

  // MARK: Credited

  @Test func `a credit ends the episode and sets the height below which nothing decides (4, 10)`()
    throws
  {
    var scene = try Scene.ordered()
    try scene.deliver(Sample.order(.completed, version: 2, block: 1_234))
    var before = Self.fired
    before.episode.declines = 2
    before.backOffUntil = scene.now
    before.lastCreditHeight = 1_000
    let after = aftermath(scene, on: before)
    #expect(after.state.episode.isArmed)
    #expect(after.state.episode.declines == 0)
    #expect(after.state.backOffUntil == nil)
    #expect(after.state.lastCreditHeight == 1_234)
    #expect(after.state.lastCredited == scene.now)
    #expect(after.state.lastFinished == scene.now)
    #expect(after.state.version == 6)
    #expect(after.breakers.isEmpty)
    before.lastCreditHeight = 2_000
    #expect(aftermath(scene, on: before).state.lastCreditHeight == 2_000)
  }

  @Test func `another's card that paid leaves the declines of the recorded one (18)`() throws {
    var scene = try Scene.confirming()
    var intent = Sample.succeeded()
    intent.paymentMethod = PaymentMethodID("pm_other")
    try scene.on(.intentSeen(intent))
    try scene.on(.reviewed(ReviewAction(.release, actor: "ops:maria", reason: "known")))
    try scene.quoteAndReread("q1")
    try scene.deliver(Sample.order(.completed, block: 1_234))
    var before = Self.fired
    before.episode.declines = 2
    let after = aftermath(scene, on: before)
    #expect(after.state.episode.declines == 2 && after.state.episode.isArmed)
  }

  @Test func `a user's credit ends no episode, for its own top-up may be under way (4)`() throws {
    var scene = try Scene.confirming(trigger: .user)
    try scene.on(.intentSeen(Sample.succeeded()))
    try scene.quoteAndReread("q1")
    try scene.deliver(Sample.order(.completed, block: 1_234))
    var before = Self.fired
    before.episode.declines = 1
    before.backOffUntil = scene.now.advanced(by: hour)
    let after = aftermath(scene, on: before)
    #expect(after.state.episode == before.episode)
    #expect(after.state.backOffUntil == before.backOffUntil)
    #expect(after.state.lastCreditHeight == 1_234)
    #expect(after.state.lastCredited == scene.now)
  }

  @Test func `a user's failure changes nothing but the version`() throws {
    let scene = try declined([Sample.softDecline], trigger: .user)
    var expected = Self.fired
    expected.version += 1
    #expect(aftermath(scene).state == expected)
  }

  @Test func `a card refused for good is refused whoever tried it (18)`() throws {
    let scene = try declined([Sample.hardDecline], trigger: .user)
    #expect(aftermath(scene).breakers.map(\.fingerprint) == ["fp_1"])
  }

  // MARK: Declined

  @Test
  func `soft declines wait 1 h, 6 h and 24 h in one episode; the fourth opens the breaker (18)`()
    throws
  {
    let scene = try declined([Sample.softDecline])
    var state = Self.fired
    for (count, wait) in [3_600, 21_600, 86_400].enumerated() {
      let after = aftermath(scene, on: state)
      #expect(!after.state.episode.isArmed)
      #expect(after.state.episode.declines == count + 1)
      #expect(after.state.backOffUntil == scene.now.advanced(by: .seconds(wait)))
      #expect(after.lookAgain == after.state.backOffUntil)
      #expect(after.breakers.isEmpty)
      state = after.state
    }
    let last = aftermath(scene, on: state)
    #expect(last.breakers.map(\.fingerprint) == ["fp_1"])
    #expect(last.state.episode.isArmed)
    #expect(last.state.episode.declines == 0)
    #expect(last.lookAgain == scene.now)
  }

  @Test func `a hard decline opens the breaker at once and ends the episode (18)`() throws {
    let after = aftermath(try declined([Sample.hardDecline]))
    #expect(after.breakers.map(\.fingerprint) == ["fp_1"])
    #expect(after.state.episode.isArmed)
    #expect(after.breakers.allSatisfy { !$0.reason.contains("stolen") })
  }

  @Test func `each card of a top-up is judged by its own decline (18)`() throws {
    for declines in [
      [Sample.hardDecline, Sample.softDecline], [Sample.softDecline, Sample.hardDecline],
    ] {
      let after = aftermath(try declined(declines))
      let hard = declines[0] == Sample.hardDecline ? "fp_1" : "fp_2"
      #expect(after.breakers.map(\.fingerprint) == [hard])
      // The other may pay later: the episode stays open for it.
      #expect(!after.state.episode.isArmed)
      #expect(after.state.backOffUntil == Scene.start.advanced(by: hour))
    }
  }

  @Test func `a card refused for good is refused although the next one paid (18)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.declined(Sample.hardDecline)))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, attempt: 2)))
    try scene.on(.intentSeen(Sample.succeeded(attempt: 2)))
    try scene.quoteAndReread("q1", attempt: 2)
    try scene.deliver(Sample.order(.completed))
    #expect(aftermath(scene).breakers.map(\.fingerprint) == ["fp_1"])
    #expect(aftermath(scene).state.episode.isArmed)
  }

  @Test func `an outage moves no breaker and counts as no decline (17)`() throws {
    var refused = Scene(cards: [Sample.card(1)])
    try refused.on(.chargeStarted)
    try refused.on(.refused(Sample.refusal(.invalid)))
    let fault = try declined([Sample.decline(nil, code: "api_error")])
    for scene in [refused, fault] {
      let after = aftermath(scene)
      #expect(scene.state == .declined)
      #expect(after.breakers.isEmpty)
      #expect(after.state.episode == Self.fired.episode)
      #expect(try #require(after.state.backOffUntil) > scene.now)
    }
  }

  // MARK: Other ends

  @Test func `a cancelled top-up ends the episode (4)`() throws {
    var scene = Scene()
    try scene.on(.cancelRequested("user"))
    let after = aftermath(scene)
    #expect(after.state.episode.isArmed)
    #expect(after.lookAgain == scene.now.advanced(by: .seconds(300)))
  }

  @Test func `what was put off is decided anew in the same episode (3, 4, 47)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.chargeForbidden("an operator stopped charging"))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
    let after = aftermath(scene)
    #expect(after.state.episode == Self.fired.episode)
    #expect(after.state.backOffUntil == nil)
    #expect(after.lookAgain == scene.now.advanced(by: .seconds(300)))
  }

  @Test func `a cancel forgets no decline of the card before (4, 18)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.declined(Sample.softDecline)))
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, attempt: 2)))
    try scene.on(.cancelRequested("user"))
    try scene.on(.intentSeen(Sample.intent(.canceled, attempt: 2)))
    #expect(scene.state == .cancelled)
    let first = aftermath(scene)
    #expect(first.state.episode.isArmed && first.breakers.isEmpty)
    #expect(first.state.episode.declines == 1)
    #expect(first.state.backOffUntil == scene.now.advanced(by: hour))
    #expect(first.lookAgain == first.state.backOffUntil)
    var before = Self.fired
    before.episode.declines = 3
    let last = aftermath(scene, on: before)
    #expect(last.breakers.map(\.fingerprint) == ["fp_1"])
    #expect(last.state.episode.declines == 0 && last.state.episode.isArmed)
    #expect(last.lookAgain == scene.now.advanced(by: .seconds(300)))
  }

  @Test func `an expired reservation is decided anew at once, in the same episode (4, 47)`() throws
  {
    var scene = Scene()
    scene.wait(.seconds(600))
    try scene.on(.timePassed)
    var before = Self.fired
    before.episode.declines = 3
    let after = aftermath(scene, on: before)
    #expect(after.state.episode == before.episode)
    #expect(after.state.lastFinished == nil)
    #expect(after.lookAgain == scene.now)
    var input = Situation.input()
    input.now = scene.now
    input.reading?.readAt = scene.now
    input.state = after.state
    let plan = try #require(decide(input).plan)
    #expect(plan.episode == 1)
    #expect(plan.ordinal == 2)
  }

  @Test func `a refund ends the episode, and the next try waits (4)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    let after = aftermath(scene)
    #expect(after.state.episode.isArmed)
    #expect(after.state.backOffUntil == scene.now.advanced(by: hour))
    #expect(after.lookAgain == after.state.backOffUntil)
    #expect(after.breakers.isEmpty)
  }

  @Test func `after every end the account is looked at again (51)`() throws {
    for scene in try HappyPathTests.ended() {
      #expect(aftermath(scene).lookAgain >= scene.now)
      #expect(aftermath(scene).state.version == 6)
    }
  }
}
