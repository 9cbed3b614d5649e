import Testing
import TopUpCore

/// Names are told apart by their bytes: Swift's texts are equal when they are canonically equivalent.
@Suite struct ExactTextTests {
  /// The letter, and the sign of Kelvin; a letter with its accent, and both one after the other.
  private static let pairs = [("Kate", "\u{212A}ate"), ("Ren\u{E9}", "Rene\u{301}")]

  @Test(arguments: pairs)
  func `whatever is named by a text is another by other bytes (2, 22, 47)`(
    one: String, other: String
  ) {
    #expect(one == other, "to Swift they are the same")
    func differ<Value: Hashable>(_ make: (String) -> Value) -> Bool {
      make(one) != make(other) && Set([make(one), make(other), make(one)]).count == 2
    }
    #expect(differ { ExactText($0) })
    #expect(differ { Payer(tenant: $0, user: "u") })
    #expect(differ { Payer(tenant: "t", user: $0) })
    #expect(differ { AccountKey.credits(CreditsAccount(tenant: "t", user: $0)) })
    #expect(differ { LedgerAccount.credits(CreditsAccount(tenant: $0, user: "u")) })
    #expect(differ { LedgerAccount.conversionCredits(tenant: ExactText($0)) })
    #expect(differ { LedgerAccount.creditsUsed(tenant: ExactText($0)) })
    #expect(differ { SourceID(name: $0, epoch: 1) })
    #expect(differ { PaymentMethodID($0) })
    #expect(differ { TopUpID($0) })
    #expect(differ { IdempotencyKey($0) })
  }

  @Test(arguments: pairs)
  func `an entry does not balance across two tenants (22)`(one: String, other: String) {
    let postings = [
      Posting(.credits(CreditsAccount(tenant: one, user: "u")), -5),
      Posting(.conversionCredits(tenant: ExactText(other)), 5),
    ]
    #expect(!Entry.isBalanced(postings))
  }
}
