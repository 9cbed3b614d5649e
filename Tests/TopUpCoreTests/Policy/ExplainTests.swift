import Testing
import TopUpCore

/// Every condition by itself: what alone makes it fail, and what is told of the others then.
@Suite struct ExplainTests {
  private static let cere = Situation.cere

  private static func offer(_ change: (inout Quote) -> Void) -> DecisionInput.QuoteState {
    var quote = Sample.quote("q0")
    change(&quote)
    return .offered(quote)
  }

  /// What spoils one condition and no other that is looked at before it or after.
  private static let spoils: [(DecisionPredicate, @Sendable (inout DecisionInput) -> Void)] = [
    (.policySet, { $0.policy = nil }),
    (.policyEnabled, { $0.policy?.isEnabled = false }),
    (.killSwitchOff, { $0.isKillSwitchOn = true }),
    (.storeWhole, { $0.storeIsBehind = "it is a restored copy" }),
    (.accountOpen, { $0.state.blocks = [Situation.block] }),
    (
      .noneInFlight,
      { $0.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: true, pending: 0)] }
    ),
    (.clocksAgree, { $0.clocks = .differ }),
    (
      .priceListed,
      { input in
        input.account = .credits(Sample.credits)
        input.policy?.account = input.account
      }
    ),
    (.scheduleInTime, { $0.schedule.due = Situation.occurrence(ago: .seconds(86_400)) }),
    (.balanceRead, { $0.reading = nil }),
    (.readingNotOvertaken, { $0.state.lastCreditHeight = 1_001 }),
    (.readingFresh, { $0.reading?.readAt = $0.now.advanced(by: .seconds(-61)) }),
    (.balanceLow, { $0.policy?.threshold = 0 }),
    (.backOffOver, { $0.state.backOffUntil = $0.now.advanced(by: .seconds(1)) }),
    (.cooldownOver, { $0.state.lastFinished = $0.now }),
    (.cardStored, { $0.cards = [] }),
    (.consentGiven, { $0.consent = nil }),
    (.cardAccepted, { $0.cards = [Situation.card(1, broken: true)] }),
    (
      .cardRested,
      { $0.cards = [Situation.card(1, rests: $0.now.advanced(by: .seconds(1)))] }
    ),
    (
      .rampTrusted,
      { input in
        input.ramp.standing.opened = input.now
        input.ramp.standing.probesAt = input.now.advanced(by: .seconds(1))
      }
    ),
    (.quoteOffered, { $0.quote = .unavailable("down") }),
    (
      .quoteInCurrency,
      { input in
        input.quote = offer { $0.gross = Money(minorUnits: $0.gross.minorUnits, .eur) }
      }
    ),
    (.quoteDelivers, { $0.quote = offer { $0.tokens = .zero } }),
    (.quoteFeeInRange, { $0.quote = offer { $0.fee = $0.gross } }),
    (
      .quoteAsAsked,
      { input in
        input.quote = offer { $0.gross = Money(minorUnits: $0.gross.minorUnits + 1, .usd) }
      }
    ),
    (
      .priceInBand,
      { input in
        input.ramp.price = AcceptedPrice(
          currency: .usd, rateNano: 1_000_000, accepted: input.now, actor: "a", reason: "r",
          version: 1)
      }
    ),
    (
      .debtPayable,
      { input in
        input.policy?.debt = .net
        input.owed = 7_501
      }
    ),
    (.amountWithinRule, { $0.policy?.maxPerTopUp = 2_499 }),
    (.amountWithinConsent, { $0.consent?.maxPerCharge = Sample.usd(2_499) }),
    (.monthWithinConsent, { $0.consent?.maxPerMonth = Sample.usd(2_499) }),
    (.capsRead, { $0.windows = nil }),
    (.capsFit, { $0.windows = [Situation.window(.init(count: 1), count: 1)] }),
    (.headroomTold, { $0.ramp.headroom = .unavailable("it says that it is not well") }),
    (
      .headroomFits,
      { input in
        input.ramp.headroom = .told(Headroom(said: .zero, claimed: .zero, through: 0))
      }
    ),
  ]

  @Test func `each condition can fail alone, and is then the reason (5)`() throws {
    for (predicate, spoil) in Self.spoils {
      var input = Situation.input()
      spoil(&input)
      let explanation = explain(input)
      let failed = explanation.findings.filter { $0.standing == .fails }.map(\.predicate)
      let expected: [DecisionPredicate] =
        predicate == .balanceLow
        ? [.balanceLow, .runwayShort, .runwayWithinLeadTime] : [predicate]
      #expect(failed == expected)
      #expect(explanation.decision.skip != nil, "\(predicate)")
      #expect(explanation.decision == decide(input))
      let last = try #require(explanation.findings.lastIndex { $0.standing == .fails })
      let rest = explanation.findings[(last + 1)...]
      #expect(rest.allSatisfy { $0.standing == .notReached }, "\(predicate)")
    }
  }

  @Test func `those that cannot refuse by themselves are these three`() {
    let refused = Set(Self.spoils.map(\.0))
    // Two are the other ways to be low, one asks for another price.
    #expect(
      Set(DecisionPredicate.allCases).subtracting(refused)
        == [.runwayShort, .runwayWithinLeadTime, .amountChargeable])
  }

  @Test func `an offer below the least charge waits for the price of that`() throws {
    var input = Situation.input(
      policy: Situation.policy(amount: .refillTo(50 * Self.cere, .usd)))
    input.quote = Self.offer {
      ($0.gross, $0.fee, $0.tokens) = (Sample.usd(49), Sample.usd(1), Planck(40 * Self.cere))
    }
    let explanation = explain(input)
    let waits = explanation.findings.filter { $0.standing == .waits }
    #expect(waits.map(\.predicate) == [.amountChargeable])
    #expect(
      waits.map { "\($0.left) \($0.relation.rawValue) \($0.right)" } == [
        "0.49 USD >= 0.50 USD"
      ])
    #expect(explanation.decision.request?.side == .fiat(Sample.usd(50)))
  }

  @Test func `before a price is asked for, its condition waits`() {
    var input = Situation.input()
    input.quote = .notAsked
    let waits = explain(input).findings.filter { $0.standing == .waits }
    #expect(waits.map(\.predicate) == [.quoteOffered])
  }

  @Test func `everything in order: all hold or bound nothing, once each and in order`() {
    let explanation = explain(Situation.input())
    #expect(explanation.findings.map(\.predicate) == DecisionPredicate.allCases)
    #expect(explanation.findings.allSatisfy { $0.standing == .holds || $0.standing == .notNeeded })
    #expect(explanation.decision.plan != nil)
  }

  @Test func `the two values are told as people write them`() {
    var input = Situation.input()
    input.windows = [
      Situation.window(.init(count: 5, minorUnits: 9_999), count: 2, used: 5_000),
      Situation.window(),
    ]
    let lines = explain(input).findings.map {
      "\($0.predicate.rawValue): \($0.left) \($0.relation.rawValue) \($0.right)"
    }
    #expect(lines.contains("balance_low: 10 CERE <= 50 CERE"))
    #expect(lines.contains("reading_not_overtaken: block 1000 >= block 0"))
    #expect(lines.contains("amount_within_rule: 25.00 USD <= 100.00 USD"))
    #expect(lines.contains("caps_fit: 3 top-ups, 75.00 USD <= 5 top-ups, 99.99 USD"))
    #expect(lines.contains("caps_fit: 1 top-ups, 25.00 USD <= no cap"))
  }

  @Test func `a balance that is owed is told below zero, and ends no process (10)`() {
    var input = Situation.input(active: 10 * Self.cere)
    input.claim = Situation.claim(unbilled: 12 * Self.cere)
    let explanation = explain(input)
    let low = explanation.findings.first { $0.predicate == .balanceLow }
    #expect(low.map { "\($0.left)" } == "-2 CERE")
    #expect(
      explanation.decision.plan?.explanation
        == "-2 CERE is not above the threshold of 50 CERE")
  }

  @Test func `of several windows the first that is full fails, and the next is not reached`() {
    var input = Situation.input()
    input.windows = [
      Situation.window(.init(count: 2), count: 1), Situation.window(.init(count: 1), count: 1),
      Situation.window(.init(count: 0)),
    ]
    let fits = explain(input).findings.filter { $0.predicate == .capsFit }
    #expect(fits.map(\.standing) == [.holds, .fails, .notReached])
  }

  @Test func `an account without a rule is explained to the end`() {
    var input = Situation.input(policy: nil)
    input.reading = nil
    input.windows = nil
    input.quote = .notAsked
    let explanation = explain(input)
    #expect(explanation.findings.map(\.predicate) == DecisionPredicate.allCases)
    #expect(explanation.decision.skip?.reason == .noPolicy)
  }
}
