import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What a price list that lacks something, or changes, keeps an account of credits from, and what not.
@Suite struct CreditsPriceTests {
  private static let alice = CreditsAccount(tenant: "acme", user: "alice")

  private static func tiers(_ text: String) throws -> PriceBook {
    var prices = PriceBook()
    try prices.addTiers(text)
    return prices
  }

  /// Alice has so many credits, and a rule that buys the tier "plus" for 10.00 USD at 100 or fewer.
  private func ground(
    credits: Int128, _ adjust: (inout Policy) -> Void = { _ in }
  ) throws -> EngineHarness {
    let prices = try Self.tiers("acme:plus:USD:1000:10000")
    let harness = try EngineHarness { $0.prices = prices }
    harness.key = .credits(Self.alice)
    try harness.start()
    try harness.commit(
      .post(
        Entry(
          topUp: nil, "granted",
          Entry.move(
            credits, from: .credits(Self.alice), to: .conversionCredits(tenant: "acme")))))
    try harness.setPolicy { policy in
      policy.threshold = 100
      policy.amount = .tier("plus", .usd)
      adjust(&policy)
    }
    return harness
  }

  @Test func `an occurrence without a rate lapses, and the tier is bought all the same (5, 51)`()
    throws
  {
    // As a start without the rate that the rule was set with leaves it.
    let harness = try ground(credits: 50) {
      $0.schedules = [
        ScheduledCharge(
          dayOfMonth: 22, minuteOfDay: 0, amount: Money(minorUnits: 700, .usd),
          since: LoopClock.start)
      ]
      $0.threshold = 10
    }
    func settled() throws -> Bool {
      try harness.decisions().contains { $0.skip == .scheduleMissed }
    }
    #expect(
      try harness.wait(atMost: .seconds(40 * 86_400), step: .seconds(3_600)) { try settled() })
    #expect(try harness.decisions().contains { $0.skip == .creditsUnpriced })
    #expect(try harness.topUps().isEmpty)
    let used = CreditMovement(
      id: "m", .deduction(from: Self.alice), units: 45, description: "used")
    try harness.commit(.moveCredits(try #require(used)))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(60))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.trigger == .threshold && topUp.credits == 10_000 && topUp.state == .credited)
  }

  @Test func `what a debt made too large is looked at when the list is cheaper (51)`() throws {
    let harness = try ground(credits: 200) {
      $0.debt = .net
      $0.maxPerTopUp = 1_200
    }
    harness.loop.advance(by: .seconds(5))
    let debt = Entry(
      topUp: nil, "taken back",
      Entry.move(300, from: .processor(.usd), to: .debt(harness.key, .usd)))
    try harness.commit(.post(debt))
    let used = CreditMovement(
      id: "m", .deduction(from: Self.alice), units: 150, description: "used")
    try harness.commit(.moveCredits(try #require(used)))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.decisions().first?.skip == .debtTooLarge)
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    let cheaper = try Self.tiers("acme:plus:USD:800:10000")
    let next = try harness.restarted { $0.prices = cheaper }
    harness.loop.advance(by: .seconds(60))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.amount == Money(minorUnits: 1_100, .usd) && topUp.debtPart == 300)
    #expect(topUp.state == .credited && topUp.credits == 10_000)
    withExtendedLifetime(next) {}
  }
}
