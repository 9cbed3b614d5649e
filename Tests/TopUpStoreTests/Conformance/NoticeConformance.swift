import Testing
import TopUpCore

/// What people are told, once and with what it tells of (invariants 45, 46).
@Suite struct NoticeConformance {
  private func notice(
    _ kind: Notice.Kind = .declined, _ account: AccountKey = Sample.ddc(7),
    _ occasion: Notice.Occasion = .episode(3), tenant: String = "t:1"
  ) -> Notice {
    Notice(
      kind, account: account, payer: Payer(tenant: tenant, user: "u1"), occasion: occasion,
      topUp: TopUpID("tu_1"), version: 2, amount: Money(minorUnits: 2_500, .eur),
      decline: .soft, retryAt: Sample.time(60), card: PaymentMethodID("pm_a"), text: "Why.")
  }

  private func all(_ ground: Ground, _ query: NoticeQuery = NoticeQuery(limit: 99)) throws
    -> [StoredNotice]
  {
    try ground.read { try $0.notices(query) }
  }

  @Test(arguments: StoreKind.allCases)
  func `a notice comes back as it was, and is told once on its occasion (45)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    var bare = Notice(
      .capReached, account: Sample.ddc(7), payer: Sample.payer(), occasion: .episode(4), text: "x")
    try await ground.commit(.tell(notice()), .tell(bare))
    let kept = try all(ground)
    #expect(kept.map(\.notice) == [notice(), bare])
    #expect(kept.map(\.position) == [1, 2] && kept.allSatisfy { $0.at == Ground.now })
    bare.text = "other words"
    var again = notice()
    again.version = 3
    try await ground.commit(.tell(again), .tell(bare))
    #expect(try all(ground) == kept)
    // Another kind, occasion or account is another notice.
    try await ground.commit(
      .tell(notice(.credited)), .tell(notice(.declined, Sample.ddc(7), .topUp(TopUpID("tu_1")))),
      .tell(notice(.declined, Sample.ddc(8))))
    #expect(try all(ground).map(\.position) == [1, 2, 3, 4, 5])
    #expect(try ground.read { try $0.noticeRange() } == NoticeRange(oldest: 1, newest: 5))
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `nothing is told of a commit that was refused (45)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    #expect(try ground.read { try $0.noticeRange() } == NoticeRange(oldest: 0, newest: 0))
    let refused = try await ground.conflict(
      .tell(notice()), .moveTopUp(Sample.topUp("1"), cause: "x"))
    #expect(refused?.kind == "missing")
    #expect(try all(ground) == [])
    try await ground.commit(.tell(notice()))
    #expect(try all(ground).map(\.position) == [1])
  }

  @Test(arguments: StoreKind.allCases)
  func `who reads on from a cursor sees an account's, and a tenant's own`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    for number in 1...6 {
      try await ground.commit(
        .tell(
          notice(
            .declined, Sample.ddc(number.isMultiple(of: 3) ? 9 : 7), .episode(Int64(number)),
            tenant: number.isMultiple(of: 2) ? "t:1" : "t:2")))
    }
    func positions(_ query: NoticeQuery) throws -> [Int64] {
      try all(ground, query).map(\.position)
    }
    #expect(try positions(NoticeQuery(after: 2, limit: 2)) == [3, 4])
    #expect(try positions(NoticeQuery(account: Sample.ddc(9), limit: 9)) == [3, 6])
    #expect(try positions(NoticeQuery(after: 2, tenants: ["t:1"], limit: 9)) == [4, 6])
    #expect(
      try positions(NoticeQuery(account: Sample.ddc(7), tenants: ["t:2"], limit: 9)) == [1, 5])
    #expect(try positions(NoticeQuery(tenants: ["t:", "1"], limit: 9)) == [])
    #expect(try positions(NoticeQuery(account: Sample.ddc(1), limit: 9)) == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `what is old is removed as new ones come, and stays told (45)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    for number in 1...8 {
      try await ground.commit(.tell(notice(.declined, Sample.ddc(7), .episode(Int64(number)))))
    }
    let later = Ground.now.advanced(by: NoticeLimits.retention + .seconds(1))
    try await ground.commit(.tell(notice(.credited)), now: later)
    // A few with each, so that no commit grows.
    #expect(try all(ground).map(\.position) == [5, 6, 7, 8, 9])
    #expect(try ground.read { try $0.noticeRange() } == NoticeRange(oldest: 5, newest: 9))
    try await ground.commit(.tell(notice(.refunded)), now: later)
    #expect(try all(ground).map(\.position) == [9, 10])
    try await ground.commit(.tell(notice(.declined, Sample.ddc(7), .episode(1))), now: later)
    #expect(try all(ground).map(\.position) == [9, 10])
  }
}
