import Testing
import TopUpCore

/// What accounts owe, what blocks them, and what persons want forgiven (invariants 27, 52).
@Suite struct DebtConformance {
  private let key = Sample.ddc(3)

  private func block(_ cause: AccountBlock.Cause, _ reason: String = "asked for") -> AccountBlock {
    AccountBlock(cause, actor: "ops:maria", reason: reason, since: Sample.time(4))
  }

  private func blocks(_ ground: Ground) throws -> [AccountBlock] {
    try ground.read { try $0.account(key) }.state.blocks
  }

  @Test(arguments: StoreKind.allCases)
  func `blocks come back by their causes, one of each, and what ended may begin again (52)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    // Others are there before, so that no block has its account's number.
    let other = Sample.ddc(8)
    for before in [Sample.ddc(20), Sample.ddc(21), Sample.ddc(22), other] {
      try await ground.commit(.evaluate(before, due: nil, claim: nil))
    }
    try await ground.commit(
      .beginBlock(key, block(.operator)), .beginBlock(key, block(.debt)))
    #expect(try blocks(ground) == [block(.debt), block(.operator)])
    try await ground.commit(
      .beginBlock(other, block(.operator)), .beginBlock(other, block(.fraudWarning)))
    #expect(
      try ground.read { try $0.account(other) }.state.blocks
        == [block(.fraudWarning), block(.operator)])
    let again = try await ground.conflict(.beginBlock(key, block(.debt, "again")))
    #expect(again?.kind == "changed")
    let end = Change.endBlock(key, .debt, actor: "ops:jan", reason: "paid")
    try await ground.commit(end)
    #expect(try blocks(ground) == [block(.operator)])
    #expect(try await ground.conflict(end)?.kind == "changed")
    try await ground.commit(.beginBlock(key, block(.debt, "again")))
    #expect(try blocks(ground) == [block(.debt, "again"), block(.operator)])
    #expect(try ground.read { try $0.account(Sample.ddc(4)) }.state.blocks == [])
  }

  /// A top-up of which something is owed, with the entry that says so.
  private func owe(
    _ ground: Ground, _ name: String, _ cents: Int64, forgiven: Int64 = 0
  ) async throws -> TopUp {
    let topUp = Sample.topUp(name)
    var taken = Sample.moved(topUp, to: .reversed)
    taken.reversals = [
      Reversal(
        id: "du_\(name)", kind: .dispute, rank: 1, advanced: cents, forgiven: forgiven)
    ]
    taken.books.absorbed = cents + forgiven
    taken.books.disputed = cents + forgiven
    let currency = topUp.amount.currency
    try await ground.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(taken, cause: "x"),
      .post(
        Entry(
          topUp: topUp.id, "taken back",
          Entry.move(
            Int128(cents), from: .processor(currency), to: .debt(topUp.account, currency)))))
    return taken
  }

  @Test(arguments: StoreKind.allCases)
  func `what is owed is told by its currency and its top-ups (27)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let taken = try await owe(ground, "1", 700, forgiven: 30)
    let (account, currency) = (taken.account, taken.amount.currency)
    #expect(try ground.read { try $0.topUp(taken.id) } == taken)
    let debts = try ground.read { try $0.debts(of: account) }
    #expect(debts.map(\.amount) == [Money(minorUnits: 700, currency)])
    #expect(debts.map(\.position) == [try ground.read { try $0.head() }.position])
    #expect(try ground.read { try $0.owing(account) } == [taken])
    #expect(try ground.read { try $0.debts(of: Sample.ddc(9)) } == [])
    #expect(try ground.read { try $0.owing(Sample.ddc(9)) } == [])
    try await ground.commit(
      .post(
        Entry(
          topUp: taken.id, "given back",
          Entry.move(700, from: .debt(account, currency), to: .processor(currency)))))
    #expect(try ground.read { try $0.debts(of: account) } == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `what one person wants forgiven lapses as the debt moves (52)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    let taken = try await owe(ground, "1", 700)
    let account = taken.account
    let position = try #require(try ground.read { try $0.debts(of: account) }.first).position
    func proposal(_ position: Int64, _ actor: String = "ops:maria") -> Change {
      .proposeDebtRelease(
        DebtReleaseProposal(
          account: account, position: position, actor: actor, caller: "console",
          reason: "agreed", at: Ground.now))
    }
    #expect(try await ground.conflict(proposal(position + 1))?.kind == "changed")
    try await ground.commit(proposal(position))
    #expect(try await ground.conflict(proposal(position, "ops:jan"))?.kind == "changed")
    let told = try ground.read { try $0.debtReleaseProposal(of: account, since: position) }
    #expect(told?.actor == "ops:maria" && told?.caller == "console" && told?.reason == "agreed")
    try await ground.commit(
      .post(
        Entry(
          topUp: taken.id, "taken back",
          Entry.move(
            1, from: .processor(taken.amount.currency),
            to: .debt(account, taken.amount.currency)))))
    #expect(try await ground.conflict(proposal(position, "ops:jan"))?.kind == "changed")
    let moved = try #require(try ground.read { try $0.debts(of: account) }.first).position
    #expect(try ground.read { try $0.debtReleaseProposal(of: account, since: moved) } == nil)
  }
}
