/// One atomic fact in the ledger: postings that sum to zero in each asset (invariant 22).
package struct Entry: Sendable, Hashable {
  package let topUp: TopUpID?
  /// What it says, such as "charge captured".
  package let description: String
  package let postings: [Posting]
  /// The entry it corrects, where it corrects one (invariant 25).
  package let corrects: Int64?

  /// - Precondition: the postings sum to zero in each asset, and none is zero: an entry that does
  ///   not is a bug of ours.
  package init(
    topUp: TopUpID?, _ description: String, _ postings: [Posting], corrects: Int64? = nil
  ) {
    precondition(Self.isBalanced(postings), "an entry must balance: \(description)")
    self.topUp = topUp
    self.description = description
    self.postings = postings
    self.corrects = corrects
  }

  /// Whether postings make an entry.
  package static func isBalanced(_ postings: [Posting]) -> Bool {
    guard postings.count >= 2 else { return false }
    var sums: [ExactText: Int128] = [:]
    for posting in postings {
      guard posting.amount != 0 else { return false }
      let asset = ExactText(posting.account.asset)
      let (sum, overflow) = sums[asset, default: 0].addingReportingOverflow(posting.amount)
      guard !overflow else { return false }
      sums[asset] = sum
    }
    return sums.values.allSatisfy { $0 == 0 }
  }

  /// The same postings with one for each account, and none of nothing.
  package static func net(_ postings: [Posting]) -> [Posting] {
    var order: [LedgerAccount] = []
    var sums: [LedgerAccount: Int128] = [:]
    for posting in postings {
      if sums[posting.account] == nil { order.append(posting.account) }
      sums[posting.account, default: 0] += posting.amount
    }
    return order.compactMap { account in
      sums[account].flatMap { $0 == 0 ? nil : Posting(account, $0) }
    }
  }

  /// Moves one amount from one account to another, both in one asset.
  package static func move(
    _ amount: Int128, from credited: LedgerAccount, to debited: LedgerAccount
  ) -> [Posting] {
    [Posting(debited, amount), Posting(credited, -amount)]
  }
}

/// One leg of an entry: positive debits the account, negative credits it.
package struct Posting: Sendable, Hashable {
  package let account: LedgerAccount
  /// In the asset's smallest unit.
  package let amount: Int128

  package init(_ account: LedgerAccount, _ amount: Int128) {
    self.account = account
    self.amount = amount
  }
}
