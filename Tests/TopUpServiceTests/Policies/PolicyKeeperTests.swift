import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

@Suite struct PolicyKeeperTests {
  private struct Zones: TimeZones {
    func rules(of zone: String) -> TimeZoneRules? { .utc }
  }

  private static let account = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u1"))

  private static func policy(cards: [String] = [], threshold: Int128 = 5) -> Policy {
    Policy(
      account: account, payer: CreatorGround.payer, isEnabled: true, threshold: threshold,
      amount: .fixed(Money(minorUnits: 500, .usd)), minPerTopUp: 50, maxPerTopUp: 100_000,
      day: Policy.Cap(), month: Policy.Cap(), timeZone: "UTC", rearmMargin: 0,
      cooldown: .seconds(3_600), lowCooldown: .seconds(300), minRunway: nil,
      slippageBasisPoints: 100, cards: cards.map { PaymentMethodID($0) }, version: 0,
      updated: CreatorGround.now)
  }

  private func keeper(
    _ ground: CreatorGround, _ store: (any Store)? = nil, fence: Int64? = nil,
    feed: ChangeFeed = ChangeFeed()
  ) -> PolicyKeeper {
    PolicyKeeper(
      store: store ?? ground.store, clock: CreatorGround.Clock(now: CreatorGround.now),
      zones: Zones(), fence: fence ?? ground.store.fence, feed: feed)
  }

  private func stored(_ ground: CreatorGround) throws -> StoredAccount {
    try ground.store.look { snapshot throws(StoreError) in try snapshot.account(Self.account) }
  }

  /// A caller of this payer's tenant sets it.
  private func set(
    _ policy: Policy, expected: Int64 = 0, key: String = "k", on ground: CreatorGround,
    through store: (any Store)? = nil, fence: Int64? = nil, feed: ChangeFeed = ChangeFeed()
  ) async -> Result<Int64, ServiceError> {
    let digest = policy.requestDigest(from: expected)
    do throws(ServiceError) {
      return .success(
        try await keeper(ground, store, fence: fence, feed: feed).set(
          policy, expected: expected, caller: "local", key: key, digest: digest
        ) { replaced throws(ServiceError) in
          if replaced.payer.tenant != policy.payer.tenant { throw Self.notBound }
        }.version)
    } catch { return .failure(error) }
  }

  private static let notBound = ServiceError.notBound(
    caller: "local", GrantRefusal(field: "policy.account", boundTo: "its own"))

  private static func others(version: Int64) -> Policy {
    var policy = policy()
    policy.payer = Payer(tenant: "other", user: "u9")
    policy.version = version
    return policy
  }

  @Test(arguments: [0, 1] as [Int64])
  func `a rule that another's tenant sets meanwhile is not replaced, whatever was expected (52)`(
    expected: Int64
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    let gate = StoreGate(ground.store)
    let other = Commit(
      now: CreatorGround.now, fence: ground.store.fence,
      [.putPolicy(Self.others(version: 1), expected: 0)])
    gate.before { _ in other }
    let refusal = await set(Self.policy(), expected: expected, on: ground, through: gate)
    // What is not there yet cannot have been seen; what is there now is another's.
    #expect(
      refusal
        == .failure(expected == 0 ? Self.notBound : .versionConflict(expected: 1, found: 0)))
    #expect(try stored(ground).policy?.payer.tenant == (expected == 0 ? "other" : nil))
    // Nor one that was there before; and its version is not told.
    if expected == 1 { try await ground.store.commit(other) }
    for version: Int64 in [0, 1, 7] {
      #expect(
        await set(Self.policy(), expected: version, key: "\(version)", on: ground)
          == .failure(Self.notBound))
    }
    #expect(try stored(ground).policy?.payer.tenant == "other")
  }

  @Test func `what no reading anew mends is told as it is, and not as another's version (44)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    let gate = StoreGate(ground.store)
    #expect(
      await set(Self.policy(), on: ground, fence: ground.store.fence - 1)
        == .failure(.store(.conflict(.fenced))))
    for conflict: Conflict in [.forbidden("a rule"), .changed("account")] {
      gate.refuse { _ in .conflict(conflict) }
      #expect(
        await set(Self.policy(), on: ground, through: gate)
          == .failure(.store(.conflict(conflict))))
    }
    gate.refuse(nil)
    #expect(await set(Self.policy(), on: ground, through: gate) == .success(1))
  }

  @Test func `cards that the payer does not have are refused, each by its place`() async throws {
    let ground = try await CreatorGround(consent: nil)
    let refused = await set(Self.policy(cards: ["pm_2", "pm_1", "pm_3"]), on: ground)
    let reason = "is not one of the payer's stored cards"
    #expect(
      refused
        == .failure(
          .invalid([
            FieldViolation("policy.payment_method_ids[0]", reason),
            FieldViolation("policy.payment_method_ids[2]", reason),
          ])))
    #expect(try stored(ground).policy == nil)
    #expect(await set(Self.policy(cards: ["pm_1"]), on: ground) == .success(1))
    // What was accepted is answered again, whatever became of the card.
    try await ground.commit([.removeCard(PaymentMethodID("pm_1"))])
    #expect(await set(Self.policy(cards: ["pm_1"]), on: ground) == .success(1))
  }

  @Test func `a rule whose card is gone can be switched off, and not on again (47)`() async throws {
    let ground = try await CreatorGround(consent: nil)
    var rule = Self.policy(cards: ["pm_1"])
    #expect(await set(rule, on: ground) == .success(1))
    try await ground.commit([.removeCard(PaymentMethodID("pm_1"))])
    rule.isEnabled = false
    #expect(await set(rule, expected: 1, key: "off", on: ground) == .success(2))
    rule.isEnabled = true
    guard case .failure(.invalid) = await set(rule, expected: 2, key: "on", on: ground) else {
      Issue.record("it is on again")
      return
    }
  }

  @Test func `the same key is the same version, another rule under it is refused (43)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    #expect(await set(Self.policy(), on: ground) == .success(1))
    #expect(await set(Self.policy(), on: ground) == .success(1))
    #expect(
      await set(Self.policy(threshold: 6), on: ground) == .failure(.keyReused(key: "k")))
    #expect(
      await set(Self.policy(threshold: 6), key: "l", on: ground)
        == .failure(.versionConflict(expected: 0, found: 1)))
    #expect(
      await set(Self.policy(threshold: 6), expected: 1, key: "m", on: ground) == .success(2))
    #expect(try stored(ground).evaluation != nil)
  }

  @Test func `a line of a calendar has no past, whatever the caller says of it (47)`() async throws
  {
    let ground = try await CreatorGround(consent: nil)
    var rule = Self.policy()
    rule.schedules = [
      ScheduledCharge(dayOfMonth: 1, minuteOfDay: 0, amount: Money(minorUnits: 500, .usd))
    ]
    #expect(await set(rule, on: ground) == .success(1))
    #expect(try stored(ground).policy?.schedules.map(\.since) == [CreatorGround.now])
    // The time at which it came into force is no part of the request, its amount is.
    #expect(await set(rule, on: ground) == .success(1))
    rule.schedules[0].amount = Money(minorUnits: 600, .usd)
    #expect(await set(rule, on: ground) == .failure(.keyReused(key: "k")))
    rule.schedules = []
    rule.arriveBeforeEmpty = .zero
    #expect(await set(rule, on: ground) == .failure(.keyReused(key: "k")))
  }

  // MARK: What a rule makes of a debt

  private static func rule(
    _ debt: DebtRule, isOn: Bool = true, _ currency: Currency = .usd
  ) -> Policy {
    var rule = policy()
    rule.debt = debt
    rule.isEnabled = isOn
    rule.amount = .fixed(Money(minorUnits: 500, currency))
    return rule
  }

  @Test func `a debt that no top-up of the rule will pay blocks, and no other (27, 47)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    #expect(await set(Self.rule(.net), key: "1", on: ground) == .success(1))
    try await ground.commit([
      .post(
        Entry(
          topUp: nil, "taken back",
          Entry.move(500, from: .processor(.usd), to: .debt(Self.account, .usd))))
    ])
    #expect(try stored(ground).state.blockCauses == [])
    let steps: [(Policy, [AccountBlock.Cause])] = [
      (Self.rule(.net, isOn: false), [.debt]), (Self.rule(.net), []),
      (Self.rule(.net, .eur), [.debt]), (Self.rule(.net), []), (Self.rule(.block), [.debt]),
      (Self.rule(.net), []), (Self.rule(.forgive), [.debt]),
    ]
    for (number, step) in steps.enumerated() {
      let version = Int64(number + 1)
      let set = await set(step.0, expected: version, key: "k\(number)", on: ground)
      #expect(set == .success(version + 1))
      #expect(try stored(ground).state.blockCauses == step.1, "step \(number)")
    }
  }

  @Test func `whoever watches notices hears of a block that a rule makes (45)`() async throws {
    let ground = try await CreatorGround(consent: nil)
    #expect(await set(Self.rule(.net), key: "1", on: ground) == .success(1))
    try await ground.commit([
      .post(
        Entry(
          topUp: nil, "taken back",
          Entry.move(500, from: .processor(.usd), to: .debt(Self.account, .usd))))
    ])
    let feed = ChangeFeed()
    let hints = feed.notices.hear()
    #expect(
      await set(Self.rule(.block), expected: 1, key: "2", on: ground, feed: feed) == .success(2))
    #expect(
      await set(Self.rule(.forgive), expected: 2, key: "3", on: ground, feed: feed)
        == .success(3))
    // Ended, so that one that was never rung does not wait for ever.
    feed.finish()
    let rung = await hints.reduce(into: 0) { count, _ in count += 1 }
    #expect(rung == 1)
  }

  @Test
  func `every change of a rule moves the account: what is decided meanwhile is not kept (47)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    var last = try stored(ground).state.version
    let rules = [
      Self.rule(.block), Self.rule(.net), Self.rule(.net, isOn: false), Self.policy(threshold: 6),
    ]
    for (number, rule) in rules.enumerated() {
      let set = await set(rule, expected: Int64(number), key: "k\(number)", on: ground)
      #expect(set == .success(Int64(number + 1)))
      let version = try stored(ground).state.version
      #expect(version == last + 1)
      last = version
    }
  }
}
