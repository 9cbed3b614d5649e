import Testing
import TopUpCore

@Suite struct DecideTests {
  private let cere = Situation.cere

  // MARK: Purity and precedence

  @Test func `the same input gives the same decision (1)`() {
    var input = Situation.input()
    input.claim = Situation.claim(.critical, unbilled: 3, burn: 7)
    #expect(decide(input) == decide(input))
    #expect(decide(input).plan != nil)
  }

  // MARK: True explanations

  @Test func `a charge for a short runway does not speak of the threshold (5)`() throws {
    var policy = Situation.policy(threshold: 10 * cere)
    policy.minRunway = .seconds(86_400)
    var input = Situation.input(policy: policy, active: 12 * cere)
    input.claim = Situation.claim(.low, burn: cere)
    let plan = try #require(decide(input).plan)
    #expect(plan.trigger == .runway)
    #expect(
      plan.explanation == "12 CERE lasts about 5760 s at the claimed use, less than 86400 s")
  }

  @Test func `cards that the rule names and the payer lacks are told apart from no card (5)`()
    throws
  {
    var policy = Situation.policy()
    policy.cards = [PaymentMethodID("pm_gone")]
    var input = Situation.input(policy: policy)
    input.cards = []
    let skip = try #require(decide(input).skip)
    #expect(skip.reason == .noPaymentMethod)
    #expect(skip.explanation == "the payer has none of the cards that the rule names")
  }

  // MARK: Order

  /// From the condition that is looked at first to the last: each is spoilt in turn, and the first
  /// that is spoilt is the reason, whatever else is wrong.
  private static let spoils: [(SkipReason, @Sendable (inout DecisionInput) -> Void)] = [
    (.noPolicy, { $0.policy = nil }),
    (.disabled, { $0.policy?.isEnabled = false }),
    (.killSwitch, { $0.isKillSwitchOn = true }),
    (.accountBlocked, { $0.state.blocks = [Situation.block] }),
    (
      .inFlight,
      { $0.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: true, pending: 0)] }
    ),
    (.clockSkew, { $0.clocks = .differ }),
    // An occurrence that came too late wants no price, and is let go before one is asked for.
    (.scheduleMissed, { $0.schedule.due = Situation.occurrence(ago: .seconds(86_400)) }),
    (.creditsUnpriced, { $0.account = .credits(Sample.credits) }),
    (.balanceUnreadable, { $0.reading = nil }),
    (.staleReading, { $0.state.lastCreditHeight = 1_001 }),
    (.notLow, { $0.policy?.threshold = 0 }),
    (.backOff, { $0.state.backOffUntil = $0.now.advanced(by: .seconds(1)) }),
    (.cooldown, { $0.state.lastFinished = $0.now }),
    (.noPaymentMethod, { $0.cards = [] }),
    (.noConsent, { $0.consent = nil }),
    (
      .breakerOpen,
      { input in
        for index in input.cards.indices { input.cards[index].isBreakerOpen = true }
      }
    ),
    (
      .attemptsExhausted,
      { input in
        for index in input.cards.indices {
          input.cards[index].restsUntil = input.now.advanced(by: .seconds(1))
        }
      }
    ),
    (
      .rampBreakerOpen,
      { input in
        input.ramp.standing.opened = input.now
        input.ramp.standing.probesAt = input.now.advanced(by: .seconds(1))
      }
    ),
    (.rampUnavailable, { $0.quote = .unavailable("down") }),
    (
      .priceOutOfBand,
      { input in
        input.ramp.price = AcceptedPrice(
          currency: .usd, rateNano: 1_000_000, accepted: input.now, actor: "a", reason: "r",
          version: 1)
      }
    ),
    (
      .debtTooLarge,
      {
        $0.policy?.debt = .net
        $0.owed = 9_000
      }
    ),
    (.amountOutOfBounds, { $0.policy?.maxPerTopUp = 2_499 }),
    (.capsUnreadable, { $0.windows = nil }),
    (
      .capReached,
      { $0.windows = $0.windows.map { _ in [Situation.window(.init(count: 1), count: 1)] } }
    ),
    (
      .rampHeadroom,
      { input in
        guard case .offered(let quote) = input.quote else { return }
        input.ramp.headroom = .told(
          Headroom(said: quote.tokens, claimed: Planck(1), through: 0))
      }
    ),
  ]

  @Test func `each reason is reached, and the first that holds is given (5)`() {
    for (index, (reason, spoil)) in Self.spoils.enumerated() {
      var input = Situation.input()
      spoil(&input)
      #expect(decide(input).skip?.reason == reason)
      // What comes later in the order may be wrong as well.
      for (_, alsoSpoil) in Self.spoils[(index + 1)...] { alsoSpoil(&input) }
      #expect(decide(input).skip?.reason == reason, "with all after \(reason)")
    }
  }

  @Test func `the reasons that only others give are these two (5)`() {
    let reached = Set(Self.spoils.map(\.0))
    #expect(Set(SkipReason.allCases).subtracting(reached) == [.notArmed, .storeBehind])
  }

  @Test func `a skip that only time ends says when to look again (51)`() throws {
    for (reason, spoil) in Self.spoils {
      var input = Situation.input()
      spoil(&input)
      let skip = try #require(decide(input).skip)
      switch reason {
      case .clockSkew, .balanceUnreadable, .staleReading, .backOff, .cooldown, .rampUnavailable,
        .capsUnreadable, .capReached, .attemptsExhausted, .killSwitch, .rampHeadroom,
        .rampBreakerOpen, .priceOutOfBand, .amountOutOfBounds, .debtTooLarge:
        #expect(try #require(skip.lookAgain) > input.now, "\(reason)")
      case .noPolicy, .disabled, .accountBlocked, .inFlight, .notLow,
        .noPaymentMethod, .noConsent, .breakerOpen, .notArmed,
        .storeBehind, .creditsUnpriced:
        #expect(skip.lookAgain == nil, "\(reason)")
      // It is answered by that, and the balance has its turn at once.
      case .scheduleMissed: #expect(skip.lookAgain == input.now)
      }
      #expect(!skip.explanation.isEmpty)
    }
  }

  // MARK: Low or not

  @Test func `the threshold is low itself, one planck above is not (domain §11)`() {
    #expect(decide(Situation.input(active: 50 * cere)).plan?.trigger == .threshold)
    #expect(decide(Situation.input(active: 50 * cere + 1)).skip?.reason == .notLow)
  }

  @Test func `use that is not billed yet counts against the balance`() {
    var input = Situation.input(active: 50 * cere + 5)
    input.claim = Situation.claim(unbilled: 5)
    #expect(decide(input).plan?.effective == 50 * cere)
    input.claim = Situation.claim(unbilled: 4)
    #expect(decide(input).skip?.reason == .notLow)
  }

  @Test func `what a user has under way counts for the balance, what is in doubt for nothing (10)`()
  {
    var input = Situation.input(active: 10 * cere)
    input.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: false, pending: 40 * cere + 1)]
    #expect(decide(input).skip?.reason == .notLow)
    input.inFlight[0].pending = 40 * cere
    #expect(decide(input).plan != nil)
    #expect(TopUpState.actionRequired.countsAsPending == false)
    #expect(TopUpState.needsReview.countsAsPending == false)
  }

  @Test func `an automatic top-up in flight stops another, whatever it will bring (2)`() {
    var input = Situation.input(active: 0)
    input.claim = Situation.claim(.exhausted)
    input.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: true, pending: 0)]
    #expect(decide(input).skip?.reason == .inFlight)
  }

  @Test func `the runway of facts/domain §11 is 83 eras, 39,840 s`() {
    var input = Situation.input(active: 50 * cere)
    input.policy?.threshold = cere
    input.claim = Situation.claim(unbilled: cere / 5, burn: cere * 6 / 10)
    input.policy?.minRunway = .seconds(39_840)
    #expect(decide(input).skip?.reason == .notLow)
    input.policy?.minRunway = .seconds(39_841)
    #expect(decide(input).plan?.trigger == .runway)
  }

  @Test func `a burn that nobody knows is no endless runway, and no short one either`() {
    var input = Situation.input(active: 51 * cere)
    input.policy?.minRunway = .seconds(1_000_000_000)
    #expect(decide(input).skip?.reason == .notLow)
    input.claim = Situation.claim(burn: 0)
    #expect(decide(input).skip?.reason == .notLow)
  }

  @Test func `what has never been deposited is zero, and low`() {
    var input = Situation.input(active: 0)
    input.reading?.exists = false
    #expect(decide(input).plan != nil)
  }

  // MARK: Readings

  @Test func `no reading from below the last credit or the last reading decides (10)`() {
    var input = Situation.input(block: 999)
    input.state.lastCreditHeight = 1_000
    #expect(decide(input).skip?.reason == .staleReading)
    input.state.lastCreditHeight = 999
    #expect(decide(input).plan != nil)
    input.state.reading = Situation.reading(0, block: 1_000)
    #expect(decide(input).skip?.reason == .staleReading)
  }

  @Test func `a reading of more than a minute decides nothing (10)`() {
    var input = Situation.input()
    input.reading?.readAt = input.now.advanced(by: .seconds(-60))
    #expect(decide(input).plan != nil)
    input.reading?.readAt = input.now.advanced(by: .milliseconds(-60_001))
    #expect(decide(input).skip?.reason == .staleReading)
  }

  @Test func `figures beyond all reason end no process`() {
    let extremes: [Int128] = [.max, .max - 1, .min, .min + 1, 0, 1]
    for active in extremes {
      for unbilled in extremes {
        for pending in extremes {
          var input = Situation.input(
            policy: Situation.policy(amount: .refillTo(100 * cere, .usd)), active: active)
          input.policy?.minRunway = .seconds(1)
          input.claim = Situation.claim(unbilled: unbilled, burn: 1)
          input.quote = .notAsked
          input.inFlight = [
            .init(id: TopUpID("a"), isAutomatic: false, pending: pending),
            .init(id: TopUpID("b"), isAutomatic: false, pending: pending),
          ]
          #expect(decide(input) == decide(input))
        }
      }
    }
  }

  // MARK: When it is too soon

  @Test func `an hour after a success, five minutes after any other end (domain §11)`() {
    var helped = Situation.input()
    helped.state.lastFinished = helped.now
    helped.state.lastCredited = helped.now
    var failed = helped
    failed.state.lastCredited = nil
    for (input, span) in [(helped, 3_600), (failed, 300)] {
      var later = input
      later.state.lastFinished = input.now.advanced(by: .seconds(-span + 1))
      if later.state.lastCredited != nil { later.state.lastCredited = later.state.lastFinished }
      #expect(decide(later).skip?.reason == .cooldown)
      #expect(decide(later).skip?.lookAgain == input.now.advanced(by: .seconds(1)))
      later.state.lastFinished = input.now.advanced(by: .seconds(-span))
      if later.state.lastCredited != nil { later.state.lastCredited = later.state.lastFinished }
      #expect(decide(later).plan != nil)
    }
  }

  /// Exhausted by the claim, by the balance, or by fewer than two eras to go.
  @Test func `exhaustion skips the pause after a success, not after a failure (domain §11)`() {
    var claimed = Situation.input()
    claimed.claim = Situation.claim(.exhausted)
    let empty = Situation.input(active: 0)
    var short = Situation.input(active: 10 * cere)
    short.claim = Situation.claim(burn: 5 * cere + 1)
    for exhausted in [claimed, empty, short] {
      var input = exhausted
      input.state.lastFinished = input.now.advanced(by: .seconds(-1))
      input.state.lastCredited = input.state.lastFinished
      #expect(decide(input).plan != nil)
      input.state.lastFinished = input.now.advanced(by: .seconds(-299))
      input.state.lastCredited = nil
      #expect(decide(input).skip?.reason == .cooldown)
    }
    var twoEras = short
    twoEras.claim = Situation.claim(burn: 5 * cere)
    twoEras.state.lastFinished = twoEras.now.advanced(by: .seconds(-300))
    twoEras.state.lastCredited = twoEras.state.lastFinished
    #expect(decide(twoEras).skip?.reason == .cooldown)
  }

  @Test func `an exhaustion claimed before the last credit skips no pause (domain §11)`() {
    var input = Situation.input()
    input.claim = Situation.claim(.exhausted)
    input.state.lastCredited = input.now
    input.state.lastFinished = input.now
    #expect(decide(input).skip?.reason == .cooldown)
    input.claim?.severitySeen = input.now.advanced(by: .milliseconds(1))
    #expect(decide(input).plan != nil)
  }

  @Test func `only what shows the balance to be enough answers a claim (51)`() throws {
    for (reason, spoil) in Self.spoils {
      var input = Situation.input()
      spoil(&input)
      let answers = try #require(decide(input).skip).answersClaim
      #expect(answers == (reason == .notLow || reason == .noPolicy), "\(reason)")
    }
    // Enough only if a user's top-up comes to a good end.
    var pending = Situation.input(active: 10 * cere)
    pending.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: false, pending: 900 * cere)]
    #expect(decide(pending).skip?.answersClaim == false)
  }

  @Test func `exhaustion skips neither back-off nor caps nor the lock (domain §11)`() {
    var input = Situation.input(active: 0)
    input.claim = Situation.claim(.exhausted)
    var backingOff = input
    backingOff.state.backOffUntil = input.now.advanced(by: .seconds(1))
    #expect(decide(backingOff).skip?.reason == .backOff)
    backingOff.state.backOffUntil = input.now
    #expect(decide(backingOff).plan != nil)
    input.windows = [Situation.window(.init(count: 0))]
    #expect(decide(input).skip?.reason == .capReached)
  }

  // MARK: Re-arming

  @Test func `the episode ends above threshold and a tenth, not at it (4)`() {
    var input = Situation.input(active: 55 * cere)
    #expect(decide(input).skip?.rearms == false)
    input.reading?.active += 1
    #expect(decide(input).skip?.rearms == true)
    input.policy?.rearmMargin = 20 * cere
    #expect(decide(input).skip?.rearms == false)
    input.reading?.active = 70 * cere + 1
    #expect(decide(input).skip?.rearms == true)
  }

  @Test func `one era's burn above the threshold re-arms, where that is more (domain §11)`() {
    var input = Situation.input(active: 60 * cere)
    input.claim = Situation.claim(burn: 10 * cere)
    #expect(decide(input).skip?.rearms == false)
    input.reading?.active += 1
    #expect(decide(input).skip?.rearms == true)
  }

  @Test func `what is only on its way re-arms nothing (4)`() {
    var input = Situation.input(active: 10 * cere)
    input.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: false, pending: 900 * cere)]
    #expect(decide(input).skip?.reason == .notLow)
    #expect(decide(input).skip?.rearms == false)
  }

  // MARK: Cards

  @Test func `cards are tried in order, without those that may not be (18, 19, 20)`() {
    var input = Situation.input()
    input.cards = [
      Situation.card(3, broken: true), Situation.card(2),
      Situation.card(1, rests: Situation.now.advanced(by: .seconds(1))), Situation.card(4),
    ]
    #expect(decide(input).plan?.cards == [Sample.card(2), Sample.card(4)])
  }

  @Test func `cards that only rest say so, and when the first is free again (5, 19, 51)`() {
    let free = [9, 7, 8].map { Situation.now.advanced(by: .seconds($0)) }
    var input = Situation.input()
    input.cards = [
      Situation.card(1, rests: free[0]), Situation.card(2, rests: free[1]),
      Situation.card(3, rests: free[2]),
      Situation.card(4, broken: true, rests: Situation.now.advanced(by: .seconds(1))),
    ]
    #expect(decide(input).skip?.reason == .attemptsExhausted)
    #expect(decide(input).skip?.lookAgain == free[1])
    input.cards = [Situation.card(4, broken: true, rests: free[0])]
    #expect(decide(input).skip?.reason == .breakerOpen)
    #expect(decide(input).skip?.lookAgain == nil)
  }
}
