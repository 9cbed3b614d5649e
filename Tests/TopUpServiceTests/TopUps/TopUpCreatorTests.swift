import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

@Suite struct TopUpCreatorTests {
  // MARK: Tiers

  @Test func `a tier charges its price and grants its credits, once by the key, whatever the list`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    func list(_ tiers: String) throws -> PriceBook {
      var prices = PriceBook()
      try prices.addTiers(tiers)
      return prices
    }
    let first = try await ground.create(
      "a", tier: "plus", prices: try list("acme:plus:USD:1000:10000+500"))
    #expect(first.amount.minorUnits == 1_000 && first.credits == 10_500)
    // The list has changed, and then the tier is gone: it is the same request all the same (43).
    for tiers in ["acme:plus:USD:2000:9", "acme:other:USD:2000:9"] {
      let again = try await ground.create("a", tier: "plus", prices: try list(tiers))
      #expect(again.id == first.id && again.amount == first.amount && again.credits == 10_500)
    }
    // Its price as an amount is another one.
    await #expect(throws: ServiceError.keyReused(key: "a")) { try await ground.create("a") }
    let unknown = ServiceError.invalid([
      FieldViolation(
        "tier", "\"plus\" is no tier of the price list; there are: other")
    ])
    let others = try list("acme:other:USD:2000:9")
    await #expect(throws: unknown) {
      try await ground.create("b", tier: "plus", prices: others)
    }
  }

  // MARK: What the payer agreed to

  @Test func `a caller's charge off session holds to the payer's limit for one (12)`() async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent(perCharge: 1_000))
    let ten = Money(minorUnits: 1_000, .usd)
    #expect(
      await ground.refusal("a", cents: 1_001)
        == .aboveConsent(Money(minorUnits: 1_001, .usd), limit: ten))
    #expect(await ground.refusal("b", cents: 1_000) == nil)
    // The payer is there and sees the amount.
    #expect(await ground.refusal("c", cents: 1_001, onSession: true) == nil)
  }

  @Test func `what the payer agreed to for a month holds over all accounts together (7)`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent(perMonth: 2_000))
    #expect(await ground.refusal("a") == nil)
    #expect(await ground.refusal("on session", cents: 9_000, onSession: true) == nil)
    #expect(await ground.refusal("b", cents: 999, user: "u2") == nil)
    let full = await ground.refusal("c", cents: 2, user: "u3")
    guard case .capReached(let objection) = full else {
      Issue.record("\(full as Any)")
      return
    }
    #expect(objection.window.key.contains("u1:month"))
    #expect(await ground.refusal("d", cents: 1, user: "u3") == nil)
  }

  @Test func `a month's limit that is agreed to later counts what the month has seen (7)`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    #expect(await ground.refusal("a") == nil)
    try await ground.commit([
      .putConsent(CreatorGround.payer, CreatorGround.consent(perMonth: 1_500))
    ])
    guard case .capReached = await ground.refusal("b") else {
      Issue.record("a second 10.00 USD fits into 15.00 USD")
      return
    }
    #expect(await ground.refusal("c", cents: 500) == nil)
  }

  @Test func `no consent, no charge without the payer (12)`() async throws {
    let ground = try await CreatorGround(consent: nil)
    #expect(await ground.refusal("a") == .noConsent(CreatorGround.payer))
    #expect(await ground.refusal("a", onSession: true) == nil)
  }

  // MARK: What changes while it is decided

  /// Commits before the first commit that begins a top-up.
  private func gate(_ ground: CreatorGround, _ change: Change) -> StoreGate {
    let gate = StoreGate(ground.store)
    let other = Commit(now: CreatorGround.now, fence: ground.store.fence, [change])
    gate.before { commit in
      let begins = commit.changes.contains { if case .beginTopUp = $0 { true } else { false } }
      return begins ? other : nil
    }
    return gate
  }

  @Test func `a rule that comes while a caller's charge is decided holds for it (6, 47)`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    var rule = Policy(
      account: .credits(CreditsAccount(tenant: "acme", user: "u1")),
      payer: CreatorGround.payer, isEnabled: true, threshold: 5,
      amount: .fixed(Money(minorUnits: 500, .usd)), minPerTopUp: 50, maxPerTopUp: 100_000,
      day: Policy.Cap(), month: Policy.Cap(), timeZone: "UTC", rearmMargin: 0,
      cooldown: .seconds(3_600), lowCooldown: .seconds(300), minRunway: nil,
      slippageBasisPoints: 100, cards: [], version: 1, updated: CreatorGround.now)
    rule.remainder = .refund
    // It is there for what is begun, with all that it says.
    let first = try await ground.create(
      "a", through: gate(ground, .putPolicy(rule, expected: 0)))
    #expect(first.policyVersion == 1 && first.remainder == .refund)
    rule.version = 2
    rule.day = Policy.Cap(minorUnits: 1_999)
    let refusal = await ground.refusal(
      "b", onSession: true, through: gate(ground, .putPolicy(rule, expected: 1)))
    guard case .capReached = refusal else {
      Issue.record("\(refusal as Any)")
      return
    }
  }

  @Test func `a consent that changes while a charge is decided holds for it (6, 12)`() async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let smaller = Change.putConsent(CreatorGround.payer, CreatorGround.consent(perMonth: 999))
    #expect(
      await ground.refusal("a", through: gate(ground, smaller))
        == .aboveConsent(
          Money(minorUnits: 1_000, .usd), limit: Money(minorUnits: 999, .usd)))
    let none = Change.withdrawConsent(CreatorGround.payer, actor: "user")
    #expect(
      await ground.refusal("b", cents: 900, through: gate(ground, none))
        == .noConsent(CreatorGround.payer))
    // Who is there has agreed to this one.
    let back = Change.putConsent(CreatorGround.payer, CreatorGround.consent(perMonth: 1))
    #expect(await ground.refusal("c", onSession: true, through: gate(ground, back)) == nil)
  }

  // MARK: The clocks

  @Test func `nothing is reserved for a caller by a clock that is wrong or unchecked (7)`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    guard case .clockSkew = await ground.refusal("a", clocks: .differ) else {
      Issue.record("reserved by a clock that differs")
      return
    }
    guard case .dependencyUnavailable("processor", _) = await ground.refusal("a", clocks: .unknown)
    else {
      Issue.record("reserved before the processor told its time")
      return
    }
    // A refusal that wrote nothing is not remembered (43).
    let topUp = try await ground.create("a")
    // What has begun is answered whatever the clocks say.
    #expect(try await ground.create("a", clocks: .differ).id == topUp.id)
  }

  // MARK: The store's word

  @Test func `a store that another writer took over is not told as silent (41, 44)`() async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    #expect(
      await ground.refusal("a", fence: ground.store.fence - 1) == .store(.conflict(.fenced)))
    #expect(await ground.refusal("a") == nil)
  }

  // MARK: The ceiling of a card

  @Test func `a card that was tried as often as it may be is not tried by a caller (19)`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let day = Duration.seconds(86_400)
    for number in 1...3 {
      try await ground.tried(number, at: CreatorGround.now.advanced(by: .zero - day * number))
    }
    for onSession in [false, true] {
      #expect(
        await ground.refusal("\(onSession)", onSession: onSession)
          == .attemptsExhausted(
            card: "visa •••• 4242", until: CreatorGround.now.advanced(by: day * 27)))
    }
  }
}
