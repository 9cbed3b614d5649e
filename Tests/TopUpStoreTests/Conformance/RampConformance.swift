import Testing
import TopUpCore

/// How the ramp stands, what it is promised and at which prices, as a store keeps it
/// (invariants 4, 6).
@Suite struct RampConformance {
  @Test(arguments: StoreKind.allCases)
  func `how the ramp stands comes back, each version from the one before`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    #expect(try ground.read { try $0.rampStanding() } == RampStanding())
    let first = RampStanding(compensations: 1, cause: "given back", version: 1)
    try await ground.commit(.putRamp(first))
    let open = RampStanding(
      compensations: 2, opened: Sample.time(5), probesAt: Sample.time(9),
      probe: TopUpID("tu_1"), cause: "again", version: 2)
    try await ground.commit(.putRamp(open))
    #expect(try ground.read { try $0.rampStanding() } == open)
    for version: Int64 in [0, 1, 2, 4, .max, .min] {
      var other = first
      other.version = version
      #expect(try await ground.conflict(.putRamp(other)) == .changed("ramp"))
    }
    let impossible = RampStanding(probe: TopUpID("tu_1"), cause: "closed", version: 3)
    #expect(try await ground.conflict(.putRamp(impossible))?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `the newest price of each currency comes back`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    func price(_ currency: Currency, _ version: Int64, _ rate: Int64 = 1_250_000) -> AcceptedPrice {
      AcceptedPrice(
        currency: currency, rateNano: rate, accepted: Sample.time(Int(rate % 7)),
        actor: "ops:maria", reason: "seen", version: version)
    }
    #expect(try ground.read { try $0.acceptedPrices() } == [])
    try await ground.commit(.putPrice(price(.usd, 1)), .putPrice(price(.eur, 1)))
    try await ground.commit(.putPrice(price(.usd, 2, 2_000_000)))
    #expect(
      try ground.read { try $0.acceptedPrices() } == [price(.eur, 1), price(.usd, 2, 2_000_000)])
    #expect(try await ground.conflict(.putPrice(price(.usd, 2)))?.kind == "changed")
    #expect(try await ground.conflict(.putPrice(price(.usd, 4)))?.kind == "changed")
    #expect(try await ground.conflict(.putPrice(price(.usd, 3, 0)))?.kind == "forbidden")
  }

  // MARK: Headroom

  private func promised(_ name: String, _ tokens: Int128) -> TopUp {
    let topUp = Sample.topUp(name, trigger: .user)
    return TopUp(
      id: topUp.id, account: topUp.account, payer: topUp.payer, trigger: .user, episode: nil,
      amount: topUp.amount, fee: topUp.fee, tax: topUp.tax,
      quote: Sample.quote(name, tokens: tokens), credits: nil, onSession: false,
      policyVersion: 1, slippageBasisPoints: 100, cards: topUp.cards, description: "x",
      created: Sample.now)
  }

  private func held(_ headroom: Headroom, beginning topUp: TopUp) -> [Change] {
    [.beginTopUp(topUp, cause: "x"), .holdHeadroom(headroom)]
  }

  private func claims(_ ground: Ground) throws -> Headroom.Claims {
    try ground.read { try $0.headroomClaims() }
  }

  @Test(arguments: StoreKind.allCases)
  func `two that begin at once are not promised the same tokens (6)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    // Both have read that nothing is claimed of 1,000.
    let asked = Headroom(
      said: Planck(1_000), claimed: try claims(ground).tokens, through: try claims(ground).through)
    try await ground.store.commit(
      Commit(now: Ground.now, fence: ground.fence, held(asked, beginning: promised("1", 600))))
    let second = Commit(
      now: Ground.now, fence: ground.fence, held(asked, beginning: promised("2", 401)))
    guard case .conflict(.changed)? = await ground.error(of: second) else {
      Issue.record("1,001 of 1,000 are promised")
      return
    }
    #expect(try ground.read { try $0.topUp(TopUpID("tu_2")) } == nil)
    try await ground.store.commit(
      Commit(now: Ground.now, fence: ground.fence, held(asked, beginning: promised("3", 400))))
    #expect(try claims(ground) == Headroom.Claims(tokens: Planck(1_000), through: 2))
    let next = Headroom(said: Planck(1_000), claimed: Planck(1_000), through: 2)
    let third = Commit(
      now: Ground.now, fence: ground.fence, held(next, beginning: promised("4", 1)))
    #expect(await ground.error(of: third) != nil)
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `an order that the ramp took on since it was asked counts as promised (6)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    let asked = Headroom(said: Planck(1_000), claimed: .zero, through: 0)
    let first = promised("1", 600)
    try await ground.commit(.beginTopUp(first, cause: "x"))
    try await ground.commit(
      .moveTopUp(
        Sample.moved(first, to: .depositing) { topUp in
          topUp.orders = [
            DepositOrder(
              number: 1, quote: Sample.quote("1.1", tokens: 600), phase: .open,
              seen: Sample.seen(topUp.id, 1, .accepted), created: Sample.time(1))
          ]
        }, cause: "x"))
    // The ramp has it in what it says from now on, and had not before.
    #expect(try claims(ground).tokens == .zero)
    let late = Commit(
      now: Ground.now, fence: ground.fence, held(asked, beginning: promised("2", 401)))
    #expect(await ground.error(of: late) != nil)
    let fresh = Headroom(said: Planck(400), claimed: .zero, through: try claims(ground).through)
    try await ground.store.commit(
      Commit(now: Ground.now, fence: ground.fence, held(fresh, beginning: promised("3", 400))))
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a claim ends with its top-up, and sums stay in range (6)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = promised("1", .max)
    try await ground.commit(.beginTopUp(topUp, cause: "x"))
    try await ground.commit(.beginTopUp(promised("2", .max), cause: "x"))
    #expect(try claims(ground).tokens == Planck(.max))
    try await ground.commit(.moveTopUp(Sample.moved(topUp, to: .cancelled), cause: "x"))
    #expect(try claims(ground).tokens == Planck(.max))
    let other = try #require(try ground.read { try $0.topUp(TopUpID("tu_2")) })
    try await ground.commit(.moveTopUp(Sample.moved(other, to: .cancelled), cause: "x"))
    #expect(try claims(ground) == Headroom.Claims(tokens: .zero, through: 2))
  }
}
