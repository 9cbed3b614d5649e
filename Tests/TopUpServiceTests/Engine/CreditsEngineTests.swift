import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Accounts of credits with rules: from a use that leaves too little to the grant.
@Suite struct CreditsEngineTests {
  private static let alice = CreditsAccount(tenant: "acme", user: "alice")
  private static let bob = CreditsAccount(tenant: "acme", user: "bob")

  static let prices: PriceBook = {
    var prices = PriceBook()
    do { try prices.addRates("acme:USD:2") } catch { preconditionFailure("\(error)") }
    return prices
  }()

  /// Alice has 300 credits, and a rule that buys 1,000 for 5.00 USD at 100 or fewer.
  private func ground(
    prices: PriceBook = prices, card: String? = "4242424242424242",
    _ adjust: (inout Policy) -> Void = { _ in }
  ) throws -> EngineHarness {
    let harness = try EngineHarness { $0.prices = prices }
    harness.key = .credits(Self.alice)
    try harness.start(card: card)
    try grant(harness, 300)
    try setRule(harness, adjust)
    harness.loop.advance(by: .seconds(5))
    return harness
  }

  private func setRule(_ harness: EngineHarness, _ adjust: (inout Policy) -> Void) throws {
    try harness.setPolicy { policy in
      policy.threshold = 100
      adjust(&policy)
    }
  }

  private func grant(_ harness: EngineHarness, _ units: Int128) throws {
    try harness.commit(
      .post(
        Entry(
          topUp: nil, "granted",
          Entry.move(
            units, from: .credits(Self.alice), to: .conversionCredits(tenant: "acme")))))
  }

  /// As a tenant's call does it.
  private func use(
    _ harness: EngineHarness, _ units: Int128, _ verb: CreditsRequest.Verb = .deduct(alice)
  ) throws {
    let desk = CreditsDesk(
      store: harness.store, clock: harness.clock, fence: harness.store.fence,
      lowWasSeen: { [engine = harness.engine] in await engine.pokeEvaluations() })
    let request = CreditsRequest(
      caller: "console", key: "use \(try harness.look { try $0.head() }.position)", verb: verb,
      units: units, description: "")
    let done = harness.loop.start { try await desk.move(request) }
    _ = try #require(done.result).get()
    harness.loop.advance(by: .seconds(2))
  }

  private func has(_ harness: EngineHarness, _ who: CreditsAccount = alice) throws -> Int128 {
    -(try harness.look { try $0.balance(of: .credits(who)) })
  }

  @Test func `the use that leaves too little is charged for and credited, and no other (3, 51)`()
    throws
  {
    let harness = try ground()
    try use(harness, 199)
    #expect(try harness.topUps() == [])
    try use(harness, 1)
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.state == .credited && topUp.trigger == .threshold)
    #expect(topUp.amount.minorUnits == 500 && topUp.credits == 1_000)
    #expect(try has(harness) == 1_100)
    // Nothing was asked of the ramp or a node for it.
    #expect(harness.world.count("ramp POST") == 0 && harness.world.count("node") == 0)
    #expect(harness.world.count("ramp GET /v1/info") == 0)
    let decision = try #require(try harness.decisions().first)
    #expect(decision.topUp == topUp.id && decision.effective == 100)
    let log = try harness.look { try $0.decisionLog(of: harness.key, after: 0, limit: 9) }
    #expect(log.count == 2 && log.allSatisfy { $0.difference() == nil })
    harness.loop.advance(by: .seconds(7_200))
    #expect(try harness.topUps().count == 1)
    #expect(try harness.store.verify() == [])
  }

  @Test func `what is handed on counts as what is used, for the one who gave (51)`() throws {
    let harness = try ground()
    try use(harness, 250, .transfer(from: Self.alice, to: Self.bob))
    #expect(try harness.topUps().map(\.state) == [.credited])
    #expect(try has(harness) == 1_050 && has(harness, Self.bob) == 250)
  }

  @Test func `a use whose look was not begun is looked at after the restart (51)`() throws {
    let harness = try ground()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    try use(harness, 200)
    #expect(try harness.topUps() == [])
    #expect(try harness.look { try $0.lookDue(harness.key) } != nil)
    let next = try harness.restarted { $0.prices = Self.prices }
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.topUps().map(\.state) == [.credited])
    withExtendedLifetime(next) {}
  }

  @Test func `a credit that comes between the look and its commit has it decided anew (10)`() throws
  {
    let harness = try ground()
    harness.gate.before { commit in
      guard commit.changes.contains(where: { if case .beginTopUp = $0 { true } else { false } })
      else { return nil }
      // What a top-up of the user's own leaves with its credit.
      var changes: [Change] = [
        .post(
          Entry(
            topUp: nil, "bought",
            Entry.move(
              5_000, from: .credits(Self.alice), to: .conversionCredits(tenant: "acme"))))
      ]
      for case .putAccount(let key, let next) in commit.changes {
        changes.append(.putAccount(key, AccountState(version: next.version)))
      }
      return Commit(now: commit.now, fence: commit.fence, changes)
    }
    try use(harness, 200)
    #expect(try harness.topUps() == [])
    #expect(try has(harness) == 5_100)
    let skips = harness.reports.compactMap {
      if case .decided(_, .skip(let skip)) = $0 { skip } else { nil }
    }
    #expect(skips.last?.reason == .notLow && skips.last?.effective == 5_100)
  }

  @Test func `many uses while it is low are one top-up, and the cooldown holds (3, 11)`() throws {
    let harness = try ground { $0.amount = .fixed(Money(minorUnits: 50, .usd)) }
    try use(harness, 200)
    #expect(try has(harness) == 200)
    // It helped; the next is due an hour later, however often something is used.
    for _ in 0..<5 { try use(harness, 30) }
    #expect(try harness.topUps().count == 1)
    #expect(try harness.decisions().first?.skip == .cooldown)
    #expect(try harness.decisions().count == 3)
    harness.loop.advance(by: .seconds(3_700))
    #expect(try harness.topUps().count == 2)
    // All that it brought is used up: nothing is waited for.
    try use(harness, try has(harness))
    #expect(try harness.topUps().count == 3)
  }

  @Test func `a refill brings the balance to its target, rounded up`() throws {
    let harness = try ground {
      $0.amount = .refillTo(1_001, .usd)
      $0.maxPerTopUp = 10_000
    }
    try use(harness, 200)
    #expect(try harness.topUps().first?.amount.minorUnits == 451)
    #expect(try has(harness) == 1_002)
  }

  @Test func `without a price it says so, and a start with one looks at it (5, 51)`() throws {
    let harness = try ground(prices: PriceBook())
    try use(harness, 250)
    #expect(try harness.decisions().map(\.skip) == [.creditsUnpriced])
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    let next = try harness.restarted { $0.prices = Self.prices }
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.topUps().map(\.state) == [.credited])
    withExtendedLifetime(next) {}
  }

  @Test func `a declined card is tried again in the same episode, after its wait (18)`() throws {
    let harness = try ground(card: "4000000000000341")
    try use(harness, 200)
    #expect(try harness.topUps().map(\.state) == [.declined])
    try use(harness, 1)
    #expect(try harness.topUps().count == 1)
    #expect(try harness.decisions().first?.skip == .backOff)
    harness.loop.advance(by: .seconds(3_700))
    #expect(try harness.topUps().count == 2)
    #expect(Set(try harness.topUps().map(\.episode)) == [1])
  }

  @Test func `a calendar charges credits at its minute, whatever the balance (51)`() throws {
    let harness = try ground {
      $0.schedules = [
        ScheduledCharge(
          dayOfMonth: 22, minuteOfDay: 0, amount: Money(minorUnits: 700, .usd),
          since: LoopClock.start)
      ]
    }
    #expect(
      try harness.wait(atMost: .seconds(40 * 86_400), step: .seconds(3_600)) {
        try !harness.topUps().isEmpty
      })
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.trigger == .schedule && topUp.credits == 1_400 && topUp.state == .credited)
  }

  // MARK: Tiers

  private static func tiers(_ text: String) throws -> PriceBook {
    var prices = PriceBook()
    try prices.addTiers(text)
    return prices
  }

  @Test func `a tier grants what it said when it was decided, whatever the list says since (47)`()
    throws
  {
    let harness = try ground(prices: try Self.tiers("acme:plus:USD:1000:10000+500")) {
      $0.amount = .tier("plus", .usd)
    }
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "POST", pathSuffix: "/confirm", .all, .answer(status: 500, body: "")))
    try use(harness, 200)
    let begun = try #require(try harness.topUps().first)
    #expect(!begun.state.isTerminal && begun.amount.minorUnits == 1_000)
    #expect(begun.pending == 10_500)
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    harness.world.setFaults()
    let changed = try Self.tiers("acme:plus:USD:500:1,acme:new:USD:500:2")
    let next = try harness.restarted { $0.prices = changed }
    harness.loop.advance(by: .seconds(600))
    #expect(try harness.topUps().map(\.state) == [.credited])
    #expect(try harness.topUps().first?.amount.minorUnits == 1_000)
    #expect(try has(harness) == 10_600)
    #expect(try harness.store.verify() == [])
    withExtendedLifetime(next) {}
  }

  @Test func `a tier that vanished charges nothing, until a start has it again (5, 51)`() throws {
    let harness = try ground(prices: try Self.tiers("acme:plus:USD:1000:10000")) {
      $0.amount = .tier("plus", .usd)
    }
    let first = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(first.value != nil)
    let others = try Self.tiers("acme:new:USD:500:2")
    let second = try harness.restarted { $0.prices = others }
    try use(harness, 200)
    harness.loop.run { second.assumeIsolated { $0.pokeEvaluations() } }
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.topUps() == [])
    let skip = try #require(try harness.decisions().first)
    #expect(skip.skip == .creditsUnpriced && skip.explanation.contains("there are: new"))
    let ended = harness.loop.start { await second.stop() }
    #expect(ended.value != nil)
    let again = try Self.tiers("acme:plus:USD:900:10000")
    let third = try harness.restarted { $0.prices = again }
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.topUps().map(\.state) == [.credited])
    #expect(try harness.topUps().first?.amount.minorUnits == 900)
    withExtendedLifetime(third) {}
  }

  // MARK: An older copy of the store

  /// A charge for credits that a later life of this store made.
  private func lose(_ harness: EngineHarness, _ id: TopUpID) throws -> IntentSnapshot {
    let payer = try harness.look { try $0.payer(EngineHarness.payer) }
    let (customer, card) = (try #require(payer.customer), try #require(payer.cards.first).card)
    let made = harness.answer { [outside = harness.outside] in
      await outside.processor.createIntent(
        CreateIntent(
          topUp: id, attempt: 1, amount: Money(minorUnits: 500, .usd), customer: customer,
          paymentMethod: card.id, description: "lost", key: IdempotencyKey("lost")))
    }
    let intent = try #require(made)
    let paid = harness.answer { [outside = harness.outside] in
      await outside.processor.confirmIntent(
        ConfirmIntent(
          intent: intent.id, paymentMethod: card.id, amount: Money(minorUnits: 500, .usd),
          offSession: true, key: IdempotencyKey("lost2")))
    }
    return try #require(paid)
  }

  @Test
  func `a charge for credits that the store does not know stops it, until it is settled (50)`()
    throws
  {
    let harness = try ground()
    let id = TopUpID.automatic(account: harness.key, episode: 1, ordinal: 1)
    let paid = try lose(harness, id)
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind }?.contains(paid.id.rawValue) == true)
    try use(harness, 250)
    #expect(try harness.decisions().first?.skip == .storeBehind)
    #expect(try harness.topUps() == [])
    // The operator grants what was bought, or gives it back, and says that it is settled.
    let found = try harness.reconcile().open.map(\.difference)
    #expect(found.map(\.kind) == [.chargeWithoutTopUp])
    func settle(_ body: @escaping @Sendable (Engine) async throws -> Void) throws {
      let done = harness.loop.start { [engine = harness.engine] in try await body(engine) }
      try #require(done.result).get()
    }
    #expect(throws: ServiceError.self) {
      try settle { engine in _ = try await engine.clearBehind(by: "ops") { true } }
    }
    let object = paid.id.rawValue
    try settle { engine in try await engine.settleByHand(object, by: "ops") }
    try settle { engine in _ = try await engine.clearBehind(by: "ops") { true } }
    // It charges again, under ids that no lost one had.
    harness.loop.advance(by: .seconds(120))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.state == .credited && topUp.id != id)
    #expect(topUp.succeededIntent != paid.id)
    #expect(try has(harness) == 1_050)
    #expect(try harness.store.verify() == [])
  }

  @Test func `an account that the copy never knew gets no id of a lost one either (50)`() throws {
    let harness = try EngineHarness { $0.prices = Self.prices }
    harness.key = .credits(Self.alice)
    try harness.start()
    harness.loop.advance(by: .seconds(5))
    let id = TopUpID.automatic(account: harness.key, episode: 1, ordinal: 1)
    let paid = try lose(harness, id)
    harness.loop.advance(by: .seconds(3_700))
    let object = paid.id.rawValue
    _ = try harness.reconcile()
    let done = harness.loop.start { [engine = harness.engine] in
      try await engine.settleByHand(object, by: "ops")
      _ = try await engine.clearBehind(by: "ops") { true }
    }
    try #require(done.result).get()
    // It comes up only now, low from the start.
    try setRule(harness) { _ in }
    harness.loop.advance(by: .seconds(120))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.id != id && topUp.succeededIntent != paid.id)
    #expect(topUp.state == .credited)
  }
}
