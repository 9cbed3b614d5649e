import Testing
import TopUpCore

/// Caps of tenants and of the whole service: every version is kept, and what was decided under one
/// is not made under another (invariants 6, 7, 52).
@Suite struct CapRuleConformance {
  private func rule(
    _ scope: CapScope = .service, _ currency: Currency = .eur, version: Int64,
    day: Policy.Cap = Policy.Cap(minorUnits: 10_000)
  ) -> CapRule {
    CapRule(
      scope: scope, currency: currency, day: day, month: Policy.Cap(count: 9),
      timeZone: "Europe/Berlin", version: version, set: Sample.time(version == 2 ? 2 : 1),
      actor: "ops:maria", reason: "contract")
  }

  @Test(arguments: StoreKind.allCases)
  func `the newest caps of each currency come back as they were set`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    #expect(try ground.read { try $0.caps(of: .service) } == [])
    let acme = CapScope.tenant("acme")
    let second = rule(version: 2, day: Policy.Cap(count: 3))
    try await ground.commit(.putCaps(rule(version: 1)), .putCaps(rule(.service, .usd, version: 1)))
    try await ground.commit(.putCaps(second), .putCaps(rule(acme, version: 1)))
    #expect(
      try ground.read { try $0.caps(of: .service) } == [second, rule(.service, .usd, version: 1)])
    #expect(try ground.read { try $0.caps(of: acme) } == [rule(acme, version: 1)])
    #expect(try ground.read { try $0.caps(of: .tenant("acm")) } == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `caps are set from the version in force alone (52)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    for version: Int64 in [0, 2, -1, .max, .min] {
      #expect(try await ground.conflict(.putCaps(rule(version: version)))?.kind == "changed")
    }
    try await ground.commit(.putCaps(rule(version: 1)))
    #expect(try await ground.conflict(.putCaps(rule(version: 1)))?.kind == "changed")
    var nobody = rule(version: 2)
    nobody.actor = ""
    #expect(try await ground.conflict(.putCaps(nobody))?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `what was decided under other caps is refused (6)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let unset = CapRule.unset(.service, .eur).reference
    try await ground.commit(.holdCaps(unset))
    try await ground.commit(.putCaps(rule(version: 1)))
    #expect(try await ground.conflict(.holdCaps(unset))?.kind == "changed")
    try await ground.commit(.holdCaps(rule(version: 1).reference))
    // Another currency's and another scope's are others.
    try await ground.commit(
      .holdCaps(CapRule.unset(.service, .usd).reference),
      .holdCaps(CapRule.unset(.tenant("service"), .eur).reference))
  }

  @Test(arguments: StoreKind.allCases)
  func `what was decided under another rule or consent is refused (6, 12, 47)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let (account, payer) = (Sample.ddc(1), Sample.payer())
    try await ground.commit(.holdPolicy(account, version: 0), .holdConsent(payer, nil))
    try await ground.commit(.putPolicy(Sample.policy(account, version: 1), expected: 0))
    try await ground.commit(.holdPolicy(account, version: 1))
    for version: Int64 in [0, 2, .max] {
      let held = Change.holdPolicy(account, version: version)
      #expect(try await ground.conflict(held)?.kind == "changed")
    }
    // Another account's rule is another.
    try await ground.commit(.holdPolicy(Sample.ddc(2), version: 0))
    let consent = Consent(
      textVersion: "v1", agreed: Sample.time(-9), maxPerCharge: nil,
      maxPerMonth: Money(minorUnits: 5_000, .eur), actor: "u1")
    try await ground.commit(.putConsent(payer, consent))
    try await ground.commit(
      .holdConsent(payer, consent), .holdConsent(Sample.payer("u2"), nil))
    var other = consent
    other.maxPerMonth = nil
    for stale in [nil, other] {
      #expect(try await ground.conflict(.holdConsent(payer, stale))?.kind == "changed")
    }
    try await ground.commit(.withdrawConsent(payer, actor: "u1"))
    #expect(try await ground.conflict(.holdConsent(payer, consent))?.kind == "changed")
    try await ground.commit(.holdConsent(payer, nil))
  }

  @Test(arguments: StoreKind.allCases)
  func `a reservation keeps the cap it was made under, and its window (7)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    for name in ["1", "2"] {
      try await ground.commit(.beginTopUp(Sample.topUp(name, trigger: .user), cause: "x"))
    }
    let wide = Sample.window("service:day", count: 5, minorUnits: 9_000)
    try await ground.commit(.reserve(TopUpID("tu_1"), [wide], minorUnits: 2_500))
    // The cap is lowered below what is used: that breaks nothing, and nothing more fits.
    let narrow = Sample.window("service:day", minorUnits: 1_000)
    let more = Change.reserve(TopUpID("tu_2"), [narrow], minorUnits: 1)
    #expect(try await ground.conflict(more) == .capReached("service:day"))
    var kept = StoredReservation(
      window: "service:day", cap: Policy.Cap(count: 5, minorUnits: 9_000), minorUnits: 2_500,
      made: Ground.now, released: nil)
    #expect(try ground.read { try $0.reservations(of: TopUpID("tu_1")) } == [kept])
    #expect(try ground.read { try $0.reservations(of: TopUpID("tu_2")) } == [])
    try await ground.commit(.release(TopUpID("tu_1")), now: Sample.time(9))
    kept.released = Sample.time(9)
    #expect(try ground.read { try $0.reservations(of: TopUpID("tu_1")) } == [kept])
    let fitting = Sample.window("service:day", minorUnits: 2_500)
    try await ground.commit(.reserve(TopUpID("tu_2"), [fitting], minorUnits: 2_500))
    #expect(try ground.faults() == [])
  }

  // MARK: Who waits

  private func skipped(
    _ account: AccountKey, _ reason: SkipReason?, payer: Payer = Sample.payer()
  ) -> [Change] {
    var policy = Sample.policy(account, version: 1)
    policy.payer = payer
    let decision = StoredDecision(
      account: account, at: Ground.now, topUp: reason == nil ? TopUpID("tu_1") : nil, skip: reason,
      explanation: "x", effective: nil, block: 1, policyVersion: 1, episode: 0, events: 1)
    return [
      .putPolicy(policy, expected: 0), .evaluate(account, due: Sample.time(5_000), claim: nil),
      .recordDecision(decision),
    ]
  }

  private func due(_ ground: Ground) throws -> Set<AccountKey> {
    Set(try ground.read { try $0.dueEvaluations(Sample.time(1), limit: 10) })
  }

  @Test(arguments: StoreKind.allCases)
  func `whoever was last skipped for a reason is looked at now (51)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    let other = Payer(tenant: "other", user: "u1")
    let full =
      skipped(Sample.ddc(1), .capReached) + skipped(Sample.ddc(2), .capReached, payer: other)
    let rest = skipped(Sample.ddc(3), .cooldown) + skipped(Sample.ddc(4), nil)
    try await ground.store.commit(Commit(now: Ground.now, fence: ground.fence, full + rest))
    #expect(try due(ground) == [])
    let before = try ground.read { try $0.account(Sample.ddc(2)) }.evaluation?.generation
    try await ground.commit(.evaluateSkipped([.capReached], tenant: "other"))
    #expect(try due(ground) == [Sample.ddc(2)])
    let after = try ground.read { try $0.account(Sample.ddc(2)) }.evaluation
    // A look that is under way has read what is no longer so.
    #expect(after?.generation == before.map { $0 + 1 } && after?.due == Ground.now)
    try await ground.commit(.evaluateSkipped([.capReached, .killSwitch], tenant: nil))
    #expect(try due(ground) == [Sample.ddc(1), Sample.ddc(2)])
  }

  @Test(arguments: StoreKind.allCases)
  func `other prices than the last start's have a look at whoever waited, and the same none (51)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    func note(_ digest: UInt8) async throws -> Set<AccountKey> {
      try await ground.commit(.notePrices([digest], look: [.creditsUnpriced]))
      return try due(ground)
    }
    #expect(try await note(1) == [])
    let changes = skipped(Sample.ddc(1), .creditsUnpriced) + skipped(Sample.ddc(2), .capReached)
    try await ground.store.commit(Commit(now: Ground.now, fence: ground.fence, changes))
    #expect(try await note(1) == [])
    #expect(try await note(2) == [Sample.ddc(1)])
  }

  @Test(arguments: StoreKind.allCases)
  func `an account that has been funded since is left alone (51)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let changes = skipped(Sample.ddc(1), .capReached)
    try await ground.store.commit(Commit(now: Ground.now, fence: ground.fence, changes))
    guard case .recordDecision(var decision) = changes[2] else { return }
    decision.skip = nil
    decision.topUp = TopUpID("tu_1")
    try await ground.commit(.recordDecision(decision))
    try await ground.commit(.evaluateSkipped([.capReached], tenant: nil))
    #expect(try due(ground) == [])
  }
}
