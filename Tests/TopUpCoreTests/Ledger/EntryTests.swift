import Testing
import TopUpCore

@Suite struct EntryTests {
  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)

  @Test func `postings that sum to zero in each asset make an entry (22)`() {
    #expect(Entry.isBalanced(Entry.move(5, from: held, to: .processor(.usd))))
    #expect(
      Entry.isBalanced(
        Entry.move(5, from: .conversionFiat(.usd), to: held)
          + Entry.move(7, from: .conversionTokens, to: .delivered(Sample.dragon))))
    #expect(
      Entry.isBalanced([
        Posting(held, 5), Posting(.feeIncome(.usd), -2), Posting(.taxOwed(.usd), -3),
      ]))
  }

  @Test func `anything else does not (22)`() {
    let cases: [[Posting]] = [
      [], [Posting(held, 0)], [Posting(held, 5)],
      [Posting(held, 5), Posting(.processor(.usd), -4)],
      [Posting(held, 5), Posting(.processor(.eur), -5)],
      [Posting(held, 5), Posting(.conversionTokens, -5)],
      Entry.move(0, from: held, to: .processor(.usd)),
      Entry.move(5, from: held, to: .processor(.usd)) + [Posting(.feeIncome(.usd), 0)],
      [Posting(held, .max), Posting(.processor(.usd), 1), Posting(.feeIncome(.usd), .min)],
      [Posting(.credits(Sample.credits), -5), Posting(.conversionCredits(tenant: "other"), 5)],
    ]
    for postings in cases { #expect(!Entry.isBalanced(postings), "\(postings)") }
  }

  @Test func `a move credits the one and debits the other`() {
    #expect(
      Entry.move(5, from: held, to: .processor(.usd))
        == [Posting(.processor(.usd), 5), Posting(held, -5)])
  }

  @Test func `an entry that does not balance is our own bug`() async {
    await #expect(processExitsWith: .failure) {
      _ = Entry(topUp: nil, "half", [Posting(.processor(.usd), 5)])
    }
  }

  @Test func `every ledger account has a name and an asset of its own`() {
    let other = CreditsAccount(tenant: "acme:u", user: "1")
    let accounts: [LedgerAccount] = [
      .processor(.usd), .processor(.eur), held, .held(.ddc(Sample.dragon), .eur),
      .held(.credits(Sample.credits), .usd), .held(.credits(other), .usd), .feeIncome(.usd),
      .taxOwed(.usd), .conversionFiat(.usd), .conversionTokens, .delivered(Sample.dragon),
      .conversionCredits(tenant: "acme"), .conversionCredits(tenant: "acme:u"),
      .credits(Sample.credits), .credits(other), .debt(.ddc(Sample.dragon), .usd), .absorbed(.usd),
      .losses(.usd),
    ]
    #expect(Set(accounts.map(\.name)).count == accounts.count)
    #expect(LedgerAccount.conversionTokens.asset == "CERE")
    #expect(LedgerAccount.delivered(Sample.dragon).asset == "CERE")
    #expect(
      LedgerAccount.credits(Sample.credits).asset
        == LedgerAccount.conversionCredits(tenant: "acme").asset)
    #expect(LedgerAccount.credits(other).asset != LedgerAccount.credits(Sample.credits).asset)
    #expect(held.asset == "USD")
  }

  @Test func `colons and percent signs of names keep two accounts apart`() {
    let names = [("a:b", "c"), ("a", "b:c"), ("a%3Ab", "c"), ("a", "b%3Ac")].map {
      AccountKey.credits(CreditsAccount(tenant: $0.0, user: $0.1)).name
    }
    #expect(Set(names).count == 4)
    #expect(names[0] == "credits:a%3Ab:c")
  }
}
