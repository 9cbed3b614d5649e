/// What an account owes in one currency.
package struct StoredDebt: Sendable, Hashable {
  package var amount: Money
  /// The last entry that changed it.
  package var position: Int64

  package init(amount: Money, position: Int64) {
    self.amount = amount
    self.position = position
  }
}

/// That one person wants what an account owes to be forgiven, until another agrees to it. It is of the
/// debt as it was then: once that has moved, nobody can agree to it any more.
package struct DebtReleaseProposal: Proposal, Hashable {
  package var account: AccountKey
  /// The last entry that changed what is owed.
  package var position: Int64
  package var actor: String
  /// Who the call proved to be; nil where callers prove nothing.
  package var caller: String?
  package var reason: String
  package var at: UnixTime

  package init(
    account: AccountKey, position: Int64, actor: String, caller: String?, reason: String,
    at: UnixTime
  ) {
    self.account = account
    self.position = position
    self.actor = actor
    self.caller = caller
    self.reason = reason
    self.at = at
  }
}
