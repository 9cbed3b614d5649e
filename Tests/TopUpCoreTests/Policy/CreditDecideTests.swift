import Testing
import TopUpCore

/// Rules on accounts of credits: priced by the tenant's list, and no ramp is asked for anything.
@Suite struct CreditDecideTests {
  private static let key = AccountKey.credits(Sample.credits)

  /// 40 credits of a threshold of 50, at 7 credits for a cent.
  private static func input(
    _ amount: Policy.AmountRule = .fixed(Sample.amount), active: Int128 = 40
  ) throws -> DecisionInput {
    var policy = Situation.policy(amount: amount, threshold: 50)
    policy.account = key
    var input = Situation.input(policy: policy, active: active, block: 12)
    input.account = key
    input.quote = .notAsked
    input.ramp = RampView(
      standing: RampStanding(), headroom: .notAsked, price: nil, terms: RampTerms())
    let rate = try #require(PriceList.Rate(.usd, creditsPerMinorUnit: 7))
    try #require(input.prices.add(rate) == true)
    return input
  }

  @Test func `a fixed amount buys at the rate, and the grant is part of the plan (47)`() throws {
    let plan = try #require(decide(try Self.input()).plan)
    #expect(plan.amount == Sample.amount && plan.credits == 17_500)
    #expect(plan.quote == nil && plan.fee == 0)
    #expect(plan.explanation == "40 credits is not above the threshold of 50 credits")
  }

  @Test func `a refill closes the whole gap, pending credits included (10)`() throws {
    var input = try Self.input(.refillTo(1_000, .usd))
    var plan = try #require(decide(input).plan)
    // 960 credits are 137 cents and a seventh.
    #expect(plan.amount == Sample.usd(138) && plan.credits == 966)
    input.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: false, pending: 9)]
    plan = try #require(decide(input).plan)
    #expect(plan.effective == 49 && plan.amount == Sample.usd(136))
    input.inFlight[0].pending = 11
    #expect(decide(input).skip?.reason == .notLow)
    #expect(decide(input).skip?.explanation == "51 credits is above the threshold of 50 credits")
  }

  @Test func `a charge below the least is raised, and buys the more`() throws {
    var input = try Self.input(.refillTo(41, .usd))
    #expect(decide(input).plan?.amount == Sample.usd(50))
    #expect(decide(input).plan?.credits == 350)
    input.policy?.minPerTopUp = 200
    #expect(decide(input).plan?.credits == 1_400)
    input.policy?.maxPerTopUp = 199
    #expect(decide(input).skip?.reason == .amountOutOfBounds)
  }

  @Test func `a target that nobody can be charged for is refused, with no overflow`() throws {
    let input = try Self.input(.refillTo(.max, .usd), active: .min)
    #expect(decide(input).skip?.reason == .amountOutOfBounds)
  }

  @Test func `an occurrence is charged for, whatever the balance is, at the rate`() throws {
    var input = try Self.input(.refillTo(1_000, .usd), active: 5_000)
    input.schedule.due = Situation.occurrence(amount: Sample.usd(300))
    let plan = try #require(decide(input).plan)
    #expect(plan.trigger == .schedule)
    #expect(plan.amount == Sample.usd(300) && plan.credits == 2_100)
  }

  @Test func `without a price nothing is charged, and an operator can act on the reason (5)`()
    throws
  {
    var input = try Self.input()
    input.prices = PriceList()
    // Also where the balance is fine: it shows when the rule is set.
    for active in [40, 5_000] as [Int128] {
      input.reading?.active = active
      let skip = try #require(decide(input).skip)
      #expect(skip.reason == .creditsUnpriced)
      #expect(
        skip.explanation
          == "tenant acme has no rate for credits in USD: an operator sets it "
          + "(TOPUP_CREDIT_RATES)")
      #expect(skip.lookAgain == nil)
    }
    input.policy?.amount = .fixed(Money(minorUnits: 500, .eur))
    #expect(decide(input).skip?.explanation.contains("in EUR") == true)
  }

  /// Each guard of a decision holds for credits as it does for what a ramp funds.
  @Test func `what stops any other account stops this one`() throws {
    let spoils: [(SkipReason, (inout DecisionInput) -> Void)] = [
      (.disabled, { $0.policy?.isEnabled = false }),
      (.killSwitch, { $0.isKillSwitchOn = true }),
      (.storeBehind, { $0.storeIsBehind = "a copy" }),
      (.accountBlocked, { $0.state.blocks = [Situation.block] }),
      (.inFlight, { $0.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: true, pending: 0)] }),
      (.clockSkew, { $0.clocks = .differ }),
      (.staleReading, { $0.state.reading = Situation.reading(40, block: 13) }),
      (.backOff, { $0.state.backOffUntil = $0.now.advanced(by: .seconds(1)) }),
      (.cooldown, { $0.state.lastFinished = $0.now }),
      (.noPaymentMethod, { $0.cards = [] }),
      (.noConsent, { $0.consent = nil }),
      (.breakerOpen, { $0.cards = [Situation.card(1, broken: true)] }),
      (.amountOutOfBounds, { $0.consent?.maxPerCharge = Sample.usd(2_499) }),
      (.capsUnreadable, { $0.windows = nil }),
      (.capReached, { $0.windows = [Situation.window(.init(count: 1), count: 1)] }),
    ]
    for (reason, spoil) in spoils {
      var input = try Self.input()
      spoil(&input)
      #expect(decide(input).skip?.reason == reason)
    }
  }

  @Test func `nothing that the ramp has is asked for, told or waited for`() throws {
    var input = try Self.input()
    input.ramp.standing.opened = input.now
    input.quote = .unavailable("down")
    let explanation = explain(input)
    #expect(explanation.decision.plan != nil)
    #expect(!explanation.findings.contains { $0.predicate.isOfRamp })
    #expect(explanation.findings.map(\.predicate) == DecisionPredicate.inOrderOfCredits)
    let lines = explanation.findings.map {
      "\($0.predicate.rawValue): \($0.left) \($0.relation.rawValue) \($0.right)"
    }
    #expect(lines.contains("balance_low: 40 credits <= 50 credits"))
    #expect(lines.contains("reading_not_overtaken: entry 12 >= entry 0"))
    #expect(lines.contains("caps_fit: 1 top-ups, 25.00 USD <= no cap"))
  }

  @Test func `how long credits last is not known, and its conditions say why`() throws {
    var input = try Self.input(active: 51)
    input.policy?.minRunway = .seconds(86_400)
    input.policy?.arriveBeforeEmpty = .seconds(60)
    let explanation = explain(input)
    #expect(explanation.decision.skip?.reason == .notLow)
    for predicate in [DecisionPredicate.runwayShort, .runwayWithinLeadTime] {
      let finding = explanation.findings.first { $0.predicate == predicate }
      #expect(
        finding.map { "\($0.left)" }
          == "not known: how fast credits are used is not measured")
    }
  }

  @Test func `the record decides the same again, and another rule is tried on it (1)`() throws {
    let input = try Self.input()
    let record = DecisionRecord(input, decide(input))
    #expect(try record.decidedAgain().1 == decide(input))
    var other = try #require(input.policy)
    other.amount = .refillTo(1_000, .usd)
    #expect(input.decided(under: other).plan?.amount == Sample.usd(138))
    other.amount = .fixed(Money(minorUnits: 500, .eur))
    #expect(input.decided(under: other).skip?.reason == .creditsUnpriced)
  }
}
