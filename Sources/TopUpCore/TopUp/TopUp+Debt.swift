// What becomes of what is owed for a top-up, by the account's rule or by an operator's word (invariants
// 25, 27, 38, 52).

/// An operator's word that what is owed for a top-up need not be paid.
package struct DebtRelease: Sendable, Hashable {
  /// The person or service, such as `ops:maria`.
  package var actor: String
  /// Why, in a sentence.
  package var reason: String
  /// The position of the entry that it corrects: the one that raised the debt last; nil where the
  /// ledger has none.
  package var corrects: Int64?

  package init(actor: String, reason: String, corrects: Int64?) {
    self.actor = actor
    self.reason = reason
    self.corrects = corrects
  }
}

extension TopUp {
  /// What is owed becomes our loss, by a new entry that names what it corrects.
  ///
  /// - Returns: nil where nothing is owed.
  func debtReleased(_ release: DebtRelease) -> Step? {
    let sum = owed
    guard sum > 0 else { return nil }
    var topUp = self
    for index in topUp.reversals.indices {
      topUp.reversals[index].forgiven += topUp.reversals[index].advanced
      topUp.reversals[index].advanced = 0
    }
    let cause =
      "debt of \(Money(minorUnits: sum, amount.currency)) forgiven by "
      + "\(release.actor): \(release.reason)"
    var step = Step(topUp, cause)
    step.entries = [
      Entry(
        topUp: id, cause,
        Entry.move(
          Int128(sum), from: .debt(account, amount.currency), to: .absorbed(amount.currency)),
        corrects: release.corrects)
    ]
    return step
  }
}

extension Step {
  /// What it adds to the account's debt in the top-up's currency, or takes from it.
  package var debtMoved: Int128 {
    let debt = LedgerAccount.debt(topUp.account, topUp.amount.currency)
    return entries.reduce(0) { sum, entry in
      entry.postings.reduce(sum) { $1.account == debt ? $0 + $1.amount : $0 }
    }
  }

  /// The same step under a rule that forgives: what would become a debt by it is our loss, posted at
  /// once, and no debt at any time. What is owed from before stays so.
  ///
  /// - Parameter before: the top-up as it was.
  package func forgivingDebt(since before: TopUp) -> Step {
    var step = self
    var sum: Int64 = 0
    for index in step.topUp.reversals.indices {
      let reversal = step.topUp.reversals[index]
      let known = before.reversals.first { $0.id == reversal.id }?.advanced ?? 0
      let risen = max(0, reversal.advanced - known)
      step.topUp.reversals[index].advanced -= risen
      step.topUp.reversals[index].forgiven += risen
      sum += risen
    }
    guard sum > 0 else { return self }
    let currency = topUp.amount.currency
    let instead = Entry.move(
      Int128(sum), from: .debt(topUp.account, currency), to: .absorbed(currency))
    let debt = LedgerAccount.debt(topUp.account, currency)
    let raises = step.entries.firstIndex { $0.postings.contains { $0.account == debt } }
    guard let index = raises ?? step.entries.indices.first else {
      step.entries = [Entry(topUp: topUp.id, cause, instead)]
      return step
    }
    let entry = step.entries[index]
    step.entries[index] = Entry(
      topUp: entry.topUp, entry.description, Entry.net(entry.postings + instead),
      corrects: entry.corrects)
    return step
  }
}
