import Testing
import TopUpCore

/// What another rule would have decided on what was looked at then.
@Suite struct DryRunTests {
  private static let cere = Situation.cere

  @Test func `the same rule decides the same`() {
    let input = Situation.input()
    #expect(input.decided(under: Situation.policy()) == decide(input))
    var stopped = input
    stopped.isKillSwitchOn = true
    #expect(stopped.decided(under: Situation.policy()).skip?.reason == .killSwitch)
  }

  @Test func `a higher threshold charges where the rule did not, at the accepted price`() throws {
    var input = Situation.input(active: 60 * Self.cere)
    input.quote = .notAsked
    input.ramp.headroom = .notAsked
    #expect(decide(input).skip?.reason == .notLow)
    let higher = Situation.policy(threshold: 70 * Self.cere)
    // Nobody had asked for a price, and none was accepted before.
    let unpriced = try #require(input.decided(under: higher).skip)
    #expect(unpriced.reason == .rampUnavailable)
    #expect(unpriced.explanation == "the ramp gave no quote: none was known then")
    input.ramp.price = AcceptedPrice(
      currency: .usd, rateNano: 1_250_000, accepted: input.now, actor: "a", reason: "r",
      version: 1)
    let plan = try #require(input.decided(under: higher).plan)
    #expect(plan.amount == Sample.amount)
    #expect(plan.quote?.fault == .times)  // Nothing but that it was never on offer.
    #expect(plan.explanation == "60 CERE is not above the threshold of 70 CERE")
  }

  @Test func `a target is priced by the offer that was there, fee and all`() throws {
    let input = Situation.input()
    let offer = Sample.quote("q0")
    for target in [20, 10_000, 25_000] as [Int128] {
      let refill = Situation.policy(amount: .refillTo(target * Self.cere, .usd))
      let decision = input.decided(under: refill)
      guard let plan = decision.plan, let quote = plan.quote else {
        Issue.record("\(target): \(decision.words)")
        continue
      }
      let gap = (target - 10) * Self.cere
      #expect(quote.tokens.units >= gap || plan.amount.minorUnits == 50)
      // The ramp's part is as large as it was, within a minor unit.
      let part = Int128(quote.fee.minorUnits) * Int128(offer.gross.minorUnits)
      let expected = Int128(offer.fee.minorUnits) * Int128(quote.gross.minorUnits)
      #expect((part - expected).magnitude <= 2 * UInt128(offer.gross.minorUnits))
    }
  }

  @Test func `the rule's own caps count, the others' stay`() {
    var input = Situation.input()
    input.windows = [
      CapWindow(
        key: "account:\(input.account.name):day:UTC:2026-11-21:USD", cap: .init(count: 9),
        usedCount: 3,
        usedMinorUnits: 0, ends: input.now.advanced(by: .seconds(60))),
      CapWindow(
        key: "account:\(input.account.name):month:UTC:2026-11:USD", cap: .init(), usedCount: 3,
        usedMinorUnits: 0, ends: input.now.advanced(by: .seconds(600))),
      CapWindow(
        key: "service:day:UTC:2026-11-21:USD", cap: .init(count: 4), usedCount: 3,
        usedMinorUnits: 0, ends: input.now.advanced(by: .seconds(60))),
    ]
    var policy = Situation.policy()
    #expect(input.decided(under: policy).plan != nil)
    policy.day.count = 3
    #expect(input.decided(under: policy).skip?.reason == .capReached)
    policy.day.count = nil
    policy.month.count = 3
    #expect(input.decided(under: policy).skip?.reason == .capReached)
    policy.month.count = nil
    input.windows?[2].usedCount = 4
    #expect(input.decided(under: policy).skip?.reason == .capReached)
  }

  @Test func `a user's name is no part of a window's (6)`() throws {
    var input = Situation.input()
    input.account = .credits(CreditsAccount(tenant: "dragon", user: "kate:day:UTC"))
    let window = CapWindow(
      key: "account:\(input.account.name):month:UTC:2026-11:USD", cap: .init(), usedCount: 3,
      usedMinorUnits: 0, ends: input.now.advanced(by: .seconds(600)))
    input.windows = [window]
    let rate = try #require(PriceList.Rate(.usd, creditsPerMinorUnit: 7))
    try #require(input.prices.add(rate) == true)
    var policy = Situation.policy()
    policy.day.count = 3
    #expect(input.decided(under: policy).skip?.reason != .capReached)
    policy.day.count = nil
    policy.month.count = 3
    #expect(input.decided(under: policy).skip?.reason == .capReached)
  }

  @Test func `the cards that a rule names are taken from those that were looked at`() {
    var policy = Situation.policy()
    policy.cards = [PaymentMethodID("pm_2")]
    let input = Situation.input()
    #expect(input.decided(under: policy).plan?.cards.map(\.id) == policy.cards)
    policy.cards = [PaymentMethodID("pm_gone")]
    #expect(input.decided(under: policy).skip?.reason == .noPaymentMethod)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `any input under any rule is decided`(seed: UInt64) throws {
    for round in 0..<100 as Range<UInt64> {
      var arbitrary = ArbitraryInput(seed: seed * 100 + round)
      let (input, other) = (arbitrary.make(), arbitrary.make())
      guard let policy = other.policy else { continue }
      let decision = input.decided(under: policy)
      #expect(decision.request == nil)
      #expect(decision == input.decided(under: policy))
    }
  }
}
