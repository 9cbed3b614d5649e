import Testing
import TopUpCore

@Suite struct LedgerConformance {
  @Test(arguments: StoreKind.allCases)
  func `an entry comes back with the balances it left`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(
      .beginTopUp(topUp, cause: "x"), .post(Sample.charged(topUp, topUp.account)),
      .post(Sample.charged(topUp, topUp.account, 500)))
    let held = LedgerAccount.held(topUp.account, .eur).name
    let expected = [(Int128(2_500), Int128(2_500)), (500, 3_000)].enumerated().map {
      StoredEntry(
        position: Int64($0.offset + 1), topUp: topUp.id, description: "charge captured",
        legs: [
          StoredEntry.Leg(
            account: "processor:EUR", asset: "EUR", amount: $0.element.0,
            balanceAfter: $0.element.1),
          StoredEntry.Leg(
            account: held, asset: "EUR", amount: -$0.element.0, balanceAfter: -$0.element.1),
        ], at: Ground.now)
    }
    #expect(try ground.read { try $0.entries(of: topUp.id) } == expected)
    let newest = try ground.read { try $0.entries(of: topUp.account, before: nil, limit: 9) }
    #expect(newest == expected.reversed())
  }

  @Test(arguments: StoreKind.allCases)
  func `the head is the digest over all entries, the same in every store (26, 46)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    #expect(
      try ground.read { try $0.head() }
        == LedgerHead(position: 0, digest: EntryDigest.genesis))
    let account = Sample.credits("u")
    var digest = EntryDigest.genesis
    for number in 1...3 {
      let entry = Entry(
        topUp: nil, "entry \(number)",
        Entry.move(1 << 100, from: .held(account, .eur), to: .processor(.eur)),
        corrects: number == 3 ? 1 : nil)
      try await ground.commit(.post(entry), now: Sample.time(number))
      digest = EntryDigest.digest(
        after: digest, position: Int64(number), topUp: nil, description: "entry \(number)",
        corrects: number == 3 ? 1 : nil, at: Sample.time(number),
        legs: entry.postings.map {
          EntryDigest.Leg(
            account: $0.account.name, asset: $0.account.asset, amount: $0.amount)
        })
      #expect(
        try ground.read { try $0.head() }
          == LedgerHead(position: Int64(number), digest: digest))
      #expect(
        try ground.read { try $0.entry(Int64(number)) }?.corrects == (number == 3 ? 1 : nil))
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `positions have no gaps, whatever is refused between them`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let account = Sample.ddc(1)
    for number in 1...5 {
      try await ground.commit(.post(Sample.charged(nil, account, Int128(number))))
      let refused = try await ground.conflict(
        .post(Sample.charged(nil, account, 1_000_000)), .removeCard(PaymentMethodID("pm_none")))
      #expect(refused?.kind == "missing")
    }
    let entries = try ground.read { try $0.entries(of: account, before: nil, limit: 9) }
    #expect(entries.map(\.position) == [5, 4, 3, 2, 1])
    #expect(entries.map(\.legs[0].balanceAfter) == [15, 10, 6, 3, 1])
  }

  @Test(arguments: StoreKind.allCases)
  func `an account's balances at a position are those of its last posting by then`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let account = Sample.credits("u")
    guard case .credits(let credits) = account else { return }
    for number in 1...4 {
      try await ground.commit(.post(Sample.charged(nil, account, Int128(number))))
      try await ground.commit(.post(Sample.charged(nil, Sample.credits("v"))))
      try await ground.commit(
        .post(
          Entry(
            topUp: nil, "credits granted",
            Entry.move(
              100, from: .credits(credits),
              to: .conversionCredits(tenant: ExactText(credits.tenant))))))
    }
    for position in 0...13 {
      // Charged at 1, 4, 7 and 10; granted at 3, 6, 9 and 12.
      let charges = min((position + 2) / 3, 4)
      let grants = min(position / 3, 4)
      var expected: [StoredBalance] = []
      if grants > 0 {
        expected.append(
          StoredBalance(
            account: LedgerAccount.credits(credits).name, asset: "credits:t:1",
            balance: Int128(-100 * grants), position: Int64(grants * 3)))
      }
      if charges > 0 {
        expected.append(
          StoredBalance(
            account: LedgerAccount.held(account, .eur).name, asset: "EUR",
            balance: Int128(-charges * (charges + 1) / 2), position: Int64(charges * 3 - 2)))
      }
      #expect(
        try ground.read { try $0.balances(of: account, at: Int64(position)) } == expected,
        "at \(position)")
    }
    #expect(try ground.read { try $0.balances(of: account, at: .max) }.count == 2)
    #expect(try ground.read { try $0.balances(of: Sample.credits("w"), at: 9) } == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `pages of an account's entries meet without gap or repeat`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let account = Sample.credits("u")
    let other = Sample.credits("v")
    guard case .credits(let credits) = account else { return }
    // Runs through three of the account's own ledger accounts, twice through one of them.
    for number in 1...10 {
      try await ground.commit(.post(Sample.charged(nil, account, Int128(number))))
      try await ground.commit(.post(Sample.charged(nil, other)))
      var postings = Entry.move(
        Int128(number), from: .credits(credits),
        to: .conversionCredits(tenant: ExactText(credits.tenant)))
      postings += Entry.move(1, from: .feeIncome(.eur), to: .held(account, .eur))
      postings += Entry.move(2, from: .taxOwed(.eur), to: .held(account, .eur))
      try await ground.commit(.post(Entry(topUp: nil, "credits granted", postings)))
    }
    let expected = (1...30).filter { $0 % 3 != 2 }.reversed().map { Int64($0) }
    for limit in 1...7 {
      var seen: [Int64] = []
      var before: Int64?
      while true {
        let page = try ground.read {
          try $0.entries(of: account, before: before, limit: limit)
        }
        guard let last = page.last else { break }
        #expect(page.count <= limit)
        seen += page.map(\.position)
        before = last.position
      }
      #expect(seen == expected)
    }
    // A position that is no entry of the account divides its entries all the same.
    let below = try ground.read { try $0.entries(of: account, before: 5, limit: 2) }
    #expect(below.map(\.position) == [4, 3])
  }

  @Test(arguments: StoreKind.allCases)
  func `an entry names only what is there`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let account = Sample.ddc(1)
    let stranger = Change.post(Sample.charged(Sample.topUp("none"), account))
    #expect(try await ground.conflict(stranger)?.kind == "missing")
    let postings = Entry.move(1, from: .held(account, .eur), to: .processor(.eur))
    for corrected: Int64 in [-1, 0, 1, 2] {
      let entry = Entry(topUp: nil, "corrected", postings, corrects: corrected)
      #expect(try await ground.conflict(.post(entry))?.kind == "missing")
    }
    #expect(try ground.read { try $0.head() }.position == 0)
  }

  @Test(arguments: StoreKind.allCases)
  func `a balance that no number holds is refused`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let account = Sample.ddc(1)
    try await ground.commit(.post(Sample.charged(nil, account, .max)))
    let more = Change.post(Sample.charged(nil, account, 2))
    #expect(try await ground.conflict(more)?.kind == "forbidden")
    // A balance whose other sign is no number is none, either.
    let one = Entry(
      topUp: nil, "one more", Entry.move(1, from: .held(account, .eur), to: .feeIncome(.eur)))
    #expect(try await ground.conflict(.post(one))?.kind == "forbidden")
    #expect(try ground.read { try $0.head() }.position == 1)
  }
}
