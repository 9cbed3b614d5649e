import Testing
import TopUpCore

@Suite struct TopUpListConformance {
  /// Six top-ups in turn of two accounts; those with even numbers are credited.
  private func filled(_ kind: StoreKind) async throws -> Ground {
    let ground = try Ground(kind)
    for number in 1...6 {
      let topUp = Sample.topUp(
        "\(number)", account: Sample.ddc(UInt8(number % 2)), trigger: .user)
      try await ground.commit(.beginTopUp(topUp, cause: "x"))
      guard number.isMultiple(of: 2) else { continue }
      try await ground.commit(
        .moveTopUp(Sample.moved(topUp, to: .credited), cause: "x"))
    }
    return ground
  }

  private func ids(_ ground: Ground, _ query: TopUpQuery) throws -> [String] {
    try ground.read { try $0.topUps(query) }.map(\.id.rawValue)
  }

  @Test(arguments: StoreKind.allCases)
  func `pages of top-ups run from the newest to the oldest`(_ kind: StoreKind) async throws {
    let ground = try await filled(kind)
    #expect(try ids(ground, TopUpQuery(limit: 4)) == ["tu_6", "tu_5", "tu_4", "tu_3"])
    let rest = TopUpQuery(before: TopUpID("tu_3"), limit: 4)
    #expect(try ids(ground, rest) == ["tu_2", "tu_1"])
    #expect(try ids(ground, TopUpQuery(before: TopUpID("tu_1"), limit: 4)) == [])
    #expect(try ids(ground, TopUpQuery(before: TopUpID("tu_none"), limit: 4)) == [])
    for limit in [0, -1] {
      #expect(try ids(ground, TopUpQuery(limit: limit)) == [])
      #expect(try ids(ground, TopUpQuery(account: Sample.ddc(1), limit: limit)) == [])
      #expect(try ids(ground, TopUpQuery(states: [.reserved], limit: limit)) == [])
      #expect(try ground.read { try $0.unfinished(after: nil, limit: limit) }.isEmpty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a query takes an account, states, or both`(_ kind: StoreKind) async throws {
    let ground = try await filled(kind)
    let odd = Sample.ddc(1)
    #expect(try ids(ground, TopUpQuery(account: odd, limit: 9)) == ["tu_5", "tu_3", "tu_1"])
    let credited = TopUpQuery(states: [.credited], limit: 2)
    #expect(try ids(ground, credited) == ["tu_6", "tu_4"])
    let both = TopUpQuery(account: odd, states: [.credited], limit: 9)
    #expect(try ids(ground, both) == [])
    let several = TopUpQuery(states: [.credited, .reserved], before: TopUpID("tu_5"), limit: 3)
    #expect(try ids(ground, several) == ["tu_4", "tu_3", "tu_2"])
    let reserved = TopUpQuery(
      account: odd, states: [.reserved, .charging], before: TopUpID("tu_5"), limit: 1)
    #expect(try ids(ground, reserved) == ["tu_3"])
    #expect(try ids(ground, TopUpQuery(account: Sample.ddc(99), limit: 9)) == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a query for tenants finds what they pay for and no more`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    // The last is the first's name in decomposed letters: to the store another tenant.
    let tenants = ["caf\u{E9}", "acme", "acme-2", "cafe\u{301}"]
    for (number, tenant) in tenants.enumerated() {
      let topUp = Sample.topUp(
        "\(number)", account: Sample.ddc(1), trigger: .user,
        payer: Payer(tenant: tenant, user: "u"))
      try await ground.commit(.beginTopUp(topUp, cause: "x"))
    }
    #expect(try ids(ground, TopUpQuery(tenants: ["acme"], limit: 9)) == ["tu_1"])
    #expect(try ids(ground, TopUpQuery(tenants: [tenants[0]], limit: 9)) == ["tu_0"])
    #expect(try ids(ground, TopUpQuery(tenants: ["acme", "acme-2"], limit: 1)) == ["tu_2"])
    #expect(
      try ids(ground, TopUpQuery(tenants: ["acme", "acme-2"], before: TopUpID("tu_2"), limit: 9))
        == ["tu_1"])
    for states in [[], [TopUpState.reserved]] as [Set<TopUpState>] {
      #expect(
        try ids(ground, TopUpQuery(states: states, tenants: ["acme-2"], limit: 9)) == ["tu_2"])
      #expect(try ids(ground, TopUpQuery(states: states, tenants: [], limit: 9)) == [])
      #expect(
        try ids(
          ground,
          TopUpQuery(account: Sample.ddc(1), states: states, tenants: ["acme"], limit: 9))
          == ["tu_1"])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a start picks up what is unfinished, oldest first`(_ kind: StoreKind) async throws {
    let ground = try await filled(kind)
    func page(_ after: String?, _ limit: Int) throws -> [String] {
      try ground.read {
        try $0.unfinished(after: after.map { TopUpID($0) }, limit: limit)
      }.map(\.id.rawValue)
    }
    #expect(try page(nil, 2) == ["tu_1", "tu_3"])
    #expect(try page("tu_3", 2) == ["tu_5"])
    #expect(try page("tu_5", 2) == [])
    #expect(try ground.read { try $0.counts() }.unfinished == 3)
  }
}
