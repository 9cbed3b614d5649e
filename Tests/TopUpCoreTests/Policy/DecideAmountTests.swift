import Testing
import TopUpCore

@Suite struct DecideAmountTests {
  private let cere = Situation.cere

  private func quoted(_ input: DecisionInput, _ quote: Quote) -> DecisionInput {
    var input = input
    input.quote = .offered(quote)
    return input
  }

  private var unasked: DecisionInput {
    var input = Situation.input()
    input.quote = .notAsked
    return input
  }

  private var refill: DecisionInput {
    var input = unasked
    input.policy?.amount = .refillTo(100 * cere, .usd)
    return input
  }

  // MARK: What is asked for

  @Test func `a fixed amount is asked for as it is, with the plan's own figures`() throws {
    #expect(decide(unasked).request?.side == .fiat(Sample.amount))
    #expect(decide(unasked).request?.cluster == Sample.dragon.cluster)
    let plan = try #require(decide(Situation.input()).plan)
    #expect(plan.amount == Sample.amount)
    #expect(plan.fee == 138)
    #expect(plan.policyVersion == 4)
    #expect(plan.slippageBasisPoints == 200)
    #expect(plan.quote?.id == QuoteID("q0"))
    #expect(plan.payer == Sample.payer)
  }

  @Test func `a refill closes the whole gap, what is unbilled included`() {
    var input = refill
    input.claim = Situation.claim(unbilled: cere)
    #expect(decide(input).request?.side == .tokens(Planck(91 * cere), .usd))
    input.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: false, pending: 2 * cere)]
    #expect(decide(input).request?.side == .tokens(Planck(89 * cere), .usd))
  }

  @Test func `a target below the balance still buys something`() {
    var input = refill
    input.policy?.amount = .refillTo(cere, .usd)
    #expect(decide(input).request?.side == .tokens(Planck(1), .usd))
  }

  @Test func `a price below what a card can be charged is raised to the least (domain §6, case G)`()
  {
    let cheap = Sample.quote("g", tokens: Planck(90 * cere), gross: Sample.usd(5), fee: 0)
    #expect(decide(quoted(refill, cheap)).request?.side == .fiat(Sample.usd(50)))
    let raised = Sample.quote("r", tokens: Planck(900 * cere), gross: Sample.usd(50), fee: 0)
    #expect(decide(quoted(refill, raised)).plan?.amount == Sample.usd(50))
    var own = refill
    own.policy?.minPerTopUp = 200
    #expect(decide(quoted(own, raised)).request?.side == .fiat(Sample.usd(200)))
  }

  @Test func `a fixed amount below the least is raised before it is priced`() {
    var input = unasked
    input.policy?.amount = .fixed(Sample.usd(10))
    #expect(decide(input).request?.side == .fiat(Sample.usd(50)))
    let raised = Sample.quote("r", gross: Sample.usd(50), fee: 0)
    #expect(decide(quoted(input, raised)).plan?.amount == Sample.usd(50))
  }

  // MARK: What the ramp offers

  @Test func `an offer that is not what was asked charges nobody`() {
    for offer in [
      Sample.quote("q", gross: Sample.usd(4500)),
      Sample.quote("q", gross: Sample.usd(2499)),
      Sample.quote("q", gross: Money(minorUnits: 2500, .eur)),
      Sample.quote("q", tokens: .zero),
      Sample.quote("q", fee: 2500),
      Sample.quote("q", fee: -1),
    ] {
      let skip = decide(quoted(Situation.input(), offer)).skip
      #expect(skip?.reason == .rampUnavailable, "\(offer.gross)")
      #expect(skip?.lookAgain != nil)
    }
  }

  @Test func `an offer that leaves part of the gap is not taken for a refill`() {
    let short = Sample.quote("q", tokens: Planck(90 * cere - 1), gross: Sample.usd(900))
    #expect(decide(quoted(refill, short)).skip?.reason == .rampUnavailable)
    let whole = Sample.quote("q", tokens: Planck(90 * cere), gross: Sample.usd(900))
    #expect(decide(quoted(refill, whole)).plan?.amount == Sample.usd(900))
  }

  // MARK: Bounds

  @Test func `the most of one top-up is inclusive`() {
    var input = Situation.input()
    input.policy?.maxPerTopUp = 2500
    #expect(decide(input).plan != nil)
    input.policy?.maxPerTopUp = 2499
    #expect(decide(input).skip?.reason == .amountOutOfBounds)
  }

  @Test func `more than a card can be charged at once is refused, whatever the policy says`() {
    var input = Situation.input()
    let most = Money.chargeMinorUnitsMax
    input.policy?.maxPerTopUp = .max
    for (cents, fits) in [(most, true), (most + 1, false)] {
      input.policy?.amount = .fixed(Sample.usd(cents))
      input.quote = .offered(Sample.quote("q", gross: Sample.usd(cents)))
      #expect((decide(input).plan != nil) == fits)
    }
  }

  @Test func `the payer's own limit holds, also against another currency`() {
    var input = Situation.input()
    input.consent = Situation.consent(maxPerCharge: Sample.usd(2500))
    #expect(decide(input).plan != nil)
    input.consent = Situation.consent(maxPerCharge: Sample.usd(2499))
    #expect(decide(input).skip?.reason == .amountOutOfBounds)
    input.consent = Situation.consent(maxPerCharge: Money(minorUnits: 1_000_000, .eur))
    #expect(decide(input).skip?.reason == .amountOutOfBounds)
  }

  @Test func `a cap is met exactly and not passed by a cent or a count (7)`() {
    let cases: [(CapWindow, Bool)] = [
      (Situation.window(.init(minorUnits: 10_000), used: 7_500), true),
      (Situation.window(.init(minorUnits: 10_000), used: 7_501), false),
      (Situation.window(.init(count: 3), count: 2), true),
      (Situation.window(.init(count: 3), count: 3), false),
      (Situation.window(.init(minorUnits: .max), used: .max), false),
      (Situation.window(), true),
    ]
    for (window, fits) in cases {
      var input = Situation.input()
      input.windows = [Situation.window(), window]
      #expect((decide(input).plan != nil) == fits)
      #expect(window.fits(2500) == fits)
      if !fits { #expect(decide(input).skip?.lookAgain == window.ends) }
    }
  }

  @Test func `the plan carries every window it was held against (6)`() {
    var input = Situation.input()
    let windows = [
      Situation.window(.init(count: 5), count: 1), Situation.window(.init(minorUnits: 9_000)),
    ]
    input.windows = windows
    #expect(decide(input).plan?.windows == windows)
  }
}
