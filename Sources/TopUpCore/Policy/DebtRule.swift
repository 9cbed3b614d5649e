/// What becomes of a debt: what was taken back after it had been delivered (invariant 27). The rule
/// that is in force when it arises counts; a later one alters nothing that is posted.
package enum DebtRule: String, Sendable, Hashable, CaseIterable {
  /// The next automatic top-up pays it as well.
  case net
  /// Nothing is charged for the account until it is settled.
  case block
  /// It is our loss from the start.
  case forgive
}
