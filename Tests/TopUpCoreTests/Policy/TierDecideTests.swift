import Testing
import TopUpCore

/// Rules that buy a tier of a price list: what it costs, what it grants, and what becomes of them when
/// the list changes.
@Suite struct TierDecideTests {
  private static func tier(
    _ name: String, cents: Int64 = 1_000, credits: Int128 = 10_000, bonus: Int128 = 500
  ) throws -> PriceTier {
    try #require(PriceTier(name, price: Sample.usd(cents), credits: credits, bonus: bonus))
  }

  /// Low, with a rule that buys the tier "plus", and a list that has it beside another.
  private static func input(_ account: AccountKey) throws -> DecisionInput {
    var policy = Situation.policy(amount: .tier("plus", .usd))
    policy.account = account
    var input = Situation.input(policy: policy)
    input.account = account
    input.quote = .notAsked
    try #require(input.prices.add(try tier("starter", cents: 200, credits: 1_000)) == true)
    try #require(input.prices.add(try tier("plus")) == true)
    return input
  }

  private static func credits() throws -> DecisionInput {
    var input = try input(.credits(Sample.credits))
    input.policy?.threshold = 50
    input.reading = Situation.reading(40)
    return input
  }

  @Test func `a tier charges its price and grants its credits with the bonus (47)`() throws {
    let plan = try #require(decide(try Self.credits()).plan)
    #expect(plan.amount == Sample.usd(1_000) && plan.credits == 10_500)
    #expect(plan.quote == nil && plan.trigger == .threshold)
  }

  @Test func `a tier needs no rate, and what the calendar charges does`() throws {
    var input = try Self.credits()
    input.schedule.due = Situation.occurrence(amount: Sample.usd(300))
    #expect(decide(input).skip?.reason == .creditsUnpriced)
    let rate = try #require(PriceList.Rate(.usd, creditsPerMinorUnit: 7))
    try #require(input.prices.add(rate) == true)
    #expect(decide(input).plan?.credits == 2_100)
    input.schedule.due = nil
    #expect(decide(input).plan?.credits == 10_500)
  }

  @Test func `an occurrence that came too late needs no price, and the tier is bought (5, 51)`()
    throws
  {
    var input = try Self.credits()
    let late = Situation.occurrence(ago: Occurrence.openFor)
    input.schedule.due = late
    let skip = try #require(decide(input).skip)
    #expect(skip.cause == .missed(late) && skip.lookAgain == Situation.now)
    #expect(explain(input).decision == .skip(skip))
    // Until then it waits for its price.
    input.schedule.due = Situation.occurrence(ago: Occurrence.openFor - .seconds(1))
    #expect(decide(input).skip?.reason == .creditsUnpriced)
    input.schedule.due = nil
    #expect(decide(input).plan?.credits == 10_500)
  }

  @Test func `a tier that vanished is no other, and the text says which there are (5)`() throws {
    var input = try Self.credits()
    for (name, currency) in [("pro", Currency.usd), ("plus", .eur)] {
      input.policy?.amount = .tier(name, currency)
      let skip = try #require(decide(input).skip)
      #expect(skip.reason == .creditsUnpriced && skip.lookAgain == nil)
      #expect(
        skip.explanation
          == "tenant acme has no tier \(name) in \(currency.code) any more; there are: starter, "
          + "plus: the rule names another, or an operator sets it (TOPUP_CREDIT_TIERS)")
    }
  }

  @Test func `for an account on chain a tier is an amount of money, at the ramp's quote`() throws {
    var input = try Self.input(.ddc(Sample.dragon))
    #expect(decide(input).request?.side == .fiat(Sample.usd(1_000)))
    input.quote = .offered(Sample.quote("q", gross: Sample.usd(1_000), fee: 0))
    let plan = try #require(decide(input).plan)
    #expect(plan.amount == Sample.usd(1_000) && plan.credits == nil && plan.quote != nil)
    // Another amount than the tier's charges nobody.
    input.quote = .offered(Sample.quote("q", gross: Sample.usd(999), fee: 0))
    #expect(decide(input).skip?.reason == .rampUnavailable)
    input.policy?.amount = .tier("gone", .usd)
    #expect(decide(input).skip?.reason == .creditsUnpriced)
    // What the calendar charges is no tier.
    input.schedule.due = Situation.occurrence()
    input.quote = .notAsked
    #expect(decide(input).request?.side == .fiat(Sample.amount))
  }

  @Test func `a claim has the ramp asked for a tier's price ahead of the balance`() throws {
    var input = try Self.input(.ddc(Sample.dragon))
    input.claim = Situation.claim()
    #expect(input.foreseenQuote?.side == .fiat(Sample.usd(1_000)))
  }

  @Test func `a tier is charged as it is or not at all`() throws {
    for account in [AccountKey.credits(Sample.credits), .ddc(Sample.dragon)] {
      var input = account.unit == .credits ? try Self.credits() : try Self.input(account)
      input.quote = .offered(Sample.quote("q", gross: Sample.usd(1_000), fee: 0))
      input.policy?.minPerTopUp = 1_001
      #expect(decide(input).skip?.reason == .amountOutOfBounds)
      #expect(decide(input).skip?.explanation == "10.00 USD is below the least of 10.01 USD")
      input.policy?.minPerTopUp = 1_000
      #expect(decide(input).plan?.amount == Sample.usd(1_000))
      input.policy?.maxPerTopUp = 999
      #expect(decide(input).skip?.reason == .amountOutOfBounds)
    }
  }

  @Test func `the record has the list, and another tier is tried on it (1)`() throws {
    let input = try Self.credits()
    let record = DecisionRecord(input, decide(input))
    #expect(try record.decidedAgain().0.prices == input.prices)
    #expect(try record.decidedAgain().1 == decide(input))
    var other = try #require(input.policy)
    other.amount = .tier("starter", .usd)
    #expect(input.decided(under: other).plan?.credits == 1_500)
  }

  // MARK: Lists

  @Test func `a name stands for one tier in each currency`() throws {
    var list = PriceList()
    let (dollars, again) = (try Self.tier("plus"), try Self.tier("plus", cents: 2_000))
    let euros = try #require(
      PriceTier("plus", price: Money(minorUnits: 900, .eur), credits: 10_000))
    #expect(list.add(dollars) == true)
    #expect(list.add(again) == false)
    #expect(try list.tier(named: "plus", in: nil) == dollars)
    #expect(throws: TierFault.notSold("plus", in: [.usd])) {
      try list.tier(named: "plus", in: .eur)
    }
    #expect(list.add(euros) == true)
    #expect(try list.tier(named: "plus", in: .eur) == euros)
    #expect(throws: TierFault.ambiguous("plus", in: [.usd, .eur])) {
      try list.tier(named: "plus", in: nil)
    }
    let unknown = #expect(throws: TierFault.self) { try list.tier(named: "pro", in: .usd) }
    #expect(
      unknown.map { "\($0)" } == "\"pro\" is no tier of the price list; there are: plus")
  }

  @Test func `no tier is sold for what no card can be charged, or for nothing`() {
    let most = Money.chargeMinorUnitsMax
    for (cents, credits, bonus) in [
      (49, 1, 0), (0, 1, 0), (-500, 1, 0), (most + 1, 1, 0), (500, 0, 0), (500, -1, 0),
      (500, 1, -1), (500, .max, 1),
    ] as [(Int64, Int128, Int128)] {
      #expect(
        PriceTier("t", price: Sample.usd(cents), credits: credits, bonus: bonus) == nil,
        "\(cents) \(credits)")
    }
    #expect(PriceTier("", price: Sample.usd(500), credits: 1) == nil)
    let grant = PriceList.grantMax
    #expect(PriceTier("t", price: Sample.usd(50), credits: grant)?.granted == grant)
    #expect(PriceTier("t", price: Sample.usd(50), credits: grant - 1, bonus: 1) != nil)
    #expect(PriceTier("t", price: Sample.usd(50), credits: grant, bonus: 1) == nil)
    #expect(PriceTier("t", price: Sample.usd(50), credits: grant + 1) == nil)
  }
}
