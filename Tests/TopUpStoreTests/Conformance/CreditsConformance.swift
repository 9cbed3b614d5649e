import Testing
import TopUpCore

/// Credits that are used, given back and handed on (invariants 22, 25, 27).
@Suite struct CreditsConformance {
  private static let alice = CreditsAccount(tenant: "t:1", user: "alice")
  private static let bob = CreditsAccount(tenant: "t:1", user: "bob")

  private func movement(
    _ id: String, _ kind: CreditMovement.Kind, _ units: Int128
  ) throws -> Change {
    .moveCredits(try #require(CreditMovement(id: id, kind, units: units, description: "a job")))
  }

  private func ground(_ kind: StoreKind) async throws -> Ground {
    let ground = try Ground(kind)
    try await ground.commit(
      .post(
        Entry(
          topUp: nil, "credits granted",
          Entry.move(
            100, from: .credits(Self.alice),
            to: .conversionCredits(tenant: ExactText(Self.alice.tenant))))))
    return ground
  }

  private func has(_ ground: Ground, _ account: CreditsAccount) throws -> Int128 {
    -(try ground.read { try $0.balance(of: .credits(account)) })
  }

  @Test(arguments: StoreKind.allCases)
  func `only what is there is used, and each movement comes back with its entry (27)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try await ground(kind)
    try await ground.commit(try movement("a", .deduction(from: Self.alice), 60))
    #expect(try has(ground, Self.alice) == 40)
    let more = try await ground.conflict(try movement("b", .deduction(from: Self.alice), 41))
    #expect(more?.kind == "changed")
    let nobody = try await ground.conflict(try movement("b", .deduction(from: Self.bob), 1))
    #expect(nobody?.kind == "changed")
    let stored = try #require(try ground.read { try $0.creditMovement("a") })
    #expect(stored.account == Self.alice && stored.units == 60 && stored.isDeduction)
    let entry = try #require(try ground.read { try $0.entry(stored.position) })
    #expect(entry.description == "credits used: a job")
    #expect(entry.legs.map(\.balanceAfter).sorted() == [-60, -40])
    #expect(
      try await ground.conflict(try movement("a", .deduction(from: Self.alice), 1))?.kind
        == "forbidden")
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `no more is given back than was taken, over all (27)`(_ kind: StoreKind) async throws {
    let ground = try await ground(kind)
    try await ground.commit(try movement("a", .deduction(from: Self.alice), 60))
    try await ground.commit(try movement("b", .giveBack(to: Self.alice, deduction: "a"), 50))
    #expect(try has(ground, Self.alice) == 90)
    #expect(try ground.read { try $0.creditMovement("a") }?.givenBack == 50)
    let more = try await ground.conflict(
      try movement("c", .giveBack(to: Self.alice, deduction: "a"), 11))
    #expect(more?.kind == "changed")
    for (account, id) in [(Self.bob, "a"), (Self.alice, "b"), (Self.alice, "z")] {
      let stranger = try await ground.conflict(
        try movement("c", .giveBack(to: account, deduction: id), 1))
      #expect(stranger?.kind == "missing")
    }
    try await ground.commit(try movement("c", .giveBack(to: Self.alice, deduction: "a"), 10))
    #expect(try has(ground, Self.alice) == 100)
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `what is handed on is taken from one and given to the other (22)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try await ground(kind)
    try await ground.commit(try movement("a", .transfer(from: Self.alice, to: Self.bob), 30))
    #expect(try has(ground, Self.alice) == 70 && has(ground, Self.bob) == 30)
    let more = try await ground.conflict(
      try movement("b", .transfer(from: Self.bob, to: Self.alice), 31))
    #expect(more?.kind == "changed")
    // Within one commit too: what the first takes is gone for the second.
    let both = try await ground.conflict(
      try movement("b", .transfer(from: Self.bob, to: Self.alice), 20),
      try movement("c", .deduction(from: Self.bob), 20))
    #expect(both?.kind == "changed")
    #expect(try has(ground, Self.bob) == 30)
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `who has no more than the rule's threshold is due with the use, and nobody else (51)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try await ground(kind)
    func due(_ account: CreditsAccount) throws -> UnixTime? {
      try ground.read { try $0.lookDue(.credits(account)) }
    }
    // Without a rule nobody waits for a look.
    try await ground.commit(try movement("a", .deduction(from: Self.alice), 1))
    #expect(try due(Self.alice) == nil)
    var rule = Sample.policy(.credits(Self.alice), version: 1)
    (rule.threshold, rule.isEnabled) = (50, true)
    try await ground.commit(.putPolicy(rule, expected: 0))
    try await ground.commit(try movement("b", .deduction(from: Self.alice), 48))
    #expect(try due(Self.alice) == nil)
    try await ground.commit(try movement("c", .transfer(from: Self.alice, to: Self.bob), 1))
    #expect(try due(Self.alice) == Ground.now && due(Self.bob) == nil)
    // One that was given back is no reason to look, and a refused one leaves nothing.
    let seen = try #require(try ground.read { try $0.account(.credits(Self.alice)) }.evaluation)
    try await ground.commit(
      .evaluated(
        .credits(Self.alice), generation: seen.generation, next: nil, counted: 0,
        answersClaim: false))
    try await ground.commit(try movement("d", .giveBack(to: Self.alice, deduction: "b"), 1))
    _ = try await ground.conflict(try movement("e", .deduction(from: Self.alice), 1_000))
    #expect(try due(Self.alice) == nil)
    // One that is off waits for nobody.
    (rule.version, rule.isEnabled) = (2, false)
    try await ground.commit(.putPolicy(rule, expected: 1))
    try await ground.commit(try movement("f", .deduction(from: Self.alice), 1))
    #expect(try due(Self.alice) == nil)
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a rule that buys a tier comes back as it was`(_ kind: StoreKind) async throws {
    let ground = try await ground(kind)
    var rule = Sample.policy(.credits(Self.alice), version: 1)
    rule.amount = .tier("plus: 10.000", .gbp)
    try await ground.commit(.putPolicy(rule, expected: 0))
    #expect(try ground.read { try $0.account(.credits(Self.alice)) }.policy == rule)
  }

  @Test func `credits stay with their tenant, and nothing is moved for nothing`() {
    let other = CreditsAccount(tenant: "t:2", user: "bob")
    #expect(
      CreditMovement(id: "a", .transfer(from: Self.alice, to: other), units: 1, description: "")
        == nil)
    #expect(
      CreditMovement(
        id: "a", .transfer(from: Self.alice, to: Self.alice), units: 1, description: "") == nil)
    #expect(
      CreditMovement(id: "a", .deduction(from: Self.alice), units: 0, description: "") == nil)
  }

  /// The letter, and the sign of Kelvin: to Swift the same text.
  @Test(arguments: StoreKind.allCases)
  func `users whose names look the same are two (2, 22)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let (kate, other) = (
      CreditsAccount(tenant: "t:1", user: "Kate"),
      CreditsAccount(tenant: "t:1", user: "\u{212A}ate")
    )
    for (user, units) in [(kate, Int128(100)), (other, 7), (kate, 10)] {
      try await ground.commit(
        .post(
          Entry(
            topUp: nil, "credits granted",
            Entry.move(
              units, from: .credits(user), to: .conversionCredits(tenant: "t:1")))),
        .evaluate(.credits(user), due: Sample.time(Int(units)), claim: nil))
    }
    try await ground.commit(try movement("a", .deduction(from: other), 7))
    #expect(try has(ground, kate) == 110)
    #expect(try has(ground, other) == 0)
    let due = try [kate, other].map { user in
      try ground.read { try $0.account(.credits(user)) }.evaluation?.due
    }
    #expect(due == [Sample.time(10), Sample.time(7)])
    let more = try await ground.conflict(try movement("b", .deduction(from: other), 1))
    #expect(more?.kind == "changed")
    #expect(try ground.faults() == [])
  }
}
