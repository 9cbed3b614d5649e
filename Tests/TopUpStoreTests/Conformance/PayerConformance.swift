import Testing
import TopUpCore

@Suite struct PayerConformance {
  private let payer = Sample.payer()

  private func cards(_ ground: Ground) throws -> [String] {
    let cards = try ground.read { try $0.payer(payer) }.cards
    #expect(cards.map(\.rank) == Array(cards.indices))
    return cards.map(\.card.id.rawValue)
  }

  @Test(arguments: StoreKind.allCases)
  func `a payer nobody has touched has nothing`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let nothing = StoredPayer(customer: nil, cards: [], consent: nil)
    #expect(try ground.read { try $0.payer(payer) } == nothing)
    #expect(try ground.read { try $0.card(PaymentMethodID("pm_a")) } == nil)
    #expect(try ground.read { try $0.setup(SetupIntentID("seti_1")) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `a customer belongs to one payer, and a payer has one`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let put = Change.putCustomer(payer, CustomerID("cus_1"))
    try await ground.commit(put)
    try await ground.commit(put)
    #expect(try ground.read { try $0.payer(payer) }.customer == CustomerID("cus_1"))
    let second = Change.putCustomer(payer, CustomerID("cus_2"))
    #expect(try await ground.conflict(second)?.kind == "changed")
    let stranger = Change.putCustomer(Sample.payer("u2"), CustomerID("cus_1"))
    #expect(try await ground.conflict(stranger)?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `a new card goes in at its rank, and the others move down`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    for (name, rank) in [("a", 0), ("b", 9), ("c", 0), ("d", 1)] {
      try await ground.commit(.putCard(Sample.storedCard(name, rank: rank)))
    }
    #expect(try cards(ground) == ["pm_c", "pm_d", "pm_a", "pm_b"])
    let stored = try ground.read { try $0.card(PaymentMethodID("pm_a")) }
    #expect(stored == Sample.storedCard("a", rank: 2))
  }

  @Test(arguments: StoreKind.allCases)
  func `a card put again is brought up to date, and stays its payer's`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.putCard(Sample.storedCard("a", rank: 0)))
    var renewed = Sample.storedCard("a", rank: 0)
    renewed.card.expiryYear = 2_034
    renewed.card.customer = nil
    try await ground.commit(.putCard(renewed))
    #expect(try ground.read { try $0.payer(payer) }.cards == [renewed])
    let stolen = Change.putCard(Sample.storedCard("a", rank: 0, of: Sample.payer("u2")))
    #expect(try await ground.conflict(stolen)?.kind == "forbidden")
    #expect(try ground.read { try $0.payer(Sample.payer("u2")) }.cards == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a card put again keeps the place that its payer gave it, unless it is to be first`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    for name in ["a", "b", "c"] {
      try await ground.commit(.putCard(Sample.storedCard(name, rank: StoredCard.lastRank)))
    }
    #expect(try cards(ground) == ["pm_a", "pm_b", "pm_c"])
    // Read before they were ordered, and put after it.
    let ids = ["c", "a", "b"].map { PaymentMethodID("pm_\($0)") }
    try await ground.commit(.orderCards(payer, ids))
    for (rank, name) in ["a", "b", "c"].enumerated() {
      try await ground.commit(.putCard(Sample.storedCard(name, rank: rank)))
    }
    #expect(try cards(ground) == ["pm_c", "pm_a", "pm_b"])
    try await ground.commit(.makeFirst(PaymentMethodID("pm_b")))
    try await ground.commit(.makeFirst(PaymentMethodID("pm_b")))
    #expect(try cards(ground) == ["pm_b", "pm_c", "pm_a"])
    let stranger = Change.makeFirst(PaymentMethodID("pm_z"))
    #expect(try await ground.conflict(stranger)?.kind == "missing")
  }

  @Test(arguments: StoreKind.allCases)
  func `removing a card closes the gap it leaves`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    for (rank, name) in ["a", "b", "c"].enumerated() {
      try await ground.commit(.putCard(Sample.storedCard(name, rank: rank)))
    }
    try await ground.commit(.removeCard(PaymentMethodID("pm_a")))
    #expect(try cards(ground) == ["pm_b", "pm_c"])
    let again = Change.removeCard(PaymentMethodID("pm_a"))
    #expect(try await ground.conflict(again)?.kind == "missing")
    // Detached is for ever: what was asked about it before is old.
    let late = Change.putCard(Sample.storedCard("a", rank: 0))
    #expect(try await ground.conflict(late)?.kind == "changed")
    #expect(try cards(ground) == ["pm_b", "pm_c"])
  }

  @Test(arguments: StoreKind.allCases)
  func `an order of cards names each of them once`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    for (rank, name) in ["a", "b", "c"].enumerated() {
      try await ground.commit(.putCard(Sample.storedCard(name, rank: rank)))
    }
    func order(_ names: String...) -> Change {
      .orderCards(payer, names.map { PaymentMethodID("pm_\($0)") })
    }
    try await ground.commit(order("c", "a", "b"))
    #expect(try cards(ground) == ["pm_c", "pm_a", "pm_b"])
    #expect(try await ground.conflict(order("a", "b"))?.kind == "changed")
    #expect(try await ground.conflict(order("a", "b", "b"))?.kind == "changed")
    #expect(try await ground.conflict(order("a", "b", "z"))?.kind == "missing")
    #expect(try cards(ground) == ["pm_c", "pm_a", "pm_b"])
  }

  @Test(arguments: StoreKind.allCases)
  func `a set-up comes back, and stays its payer's`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    var setup = StoredSetup(id: SetupIntentID("seti_1"), payer: payer, makeDefault: true)
    try await ground.commit(.putSetup(setup))
    #expect(try ground.read { try $0.setup(setup.id) } == setup)
    setup.payer = Sample.payer("u2")
    #expect(try await ground.conflict(.putSetup(setup))?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `the last consent counts until it is withdrawn`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    func consent() throws -> Consent? { try ground.read { try $0.payer(payer).consent } }
    let first = Consent(
      textVersion: "v1", agreed: Sample.time(-9), maxPerCharge: Money(minorUnits: 5_000, .eur),
      maxPerMonth: nil, actor: "u1")
    let second = Consent(
      textVersion: "v2", agreed: Sample.time(-8), maxPerCharge: nil,
      maxPerMonth: Money(minorUnits: 9_000, .usd), actor: "ops")
    try await ground.commit(.putConsent(payer, first))
    #expect(try consent() == first)
    try await ground.commit(.putConsent(payer, second))
    #expect(try consent() == second)
    try await ground.commit(.withdrawConsent(payer, actor: "u1"))
    try await ground.commit(.withdrawConsent(payer, actor: "u1"))
    #expect(try consent() == nil)
    try await ground.commit(.putConsent(payer, first))
    #expect(try consent() == first)
  }
}
