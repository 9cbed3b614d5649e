/// Why nothing is charged for an account, since when, and by whose word (invariants 47, 52). An account
/// has one of each cause at most, and is free when it has none.
package struct AccountBlock: Sendable, Hashable {
  /// A closed set.
  package enum Cause: String, Sendable, Hashable, CaseIterable, Comparable {
    /// The account owes us what was taken back; ends by itself when that is back.
    case debt
    /// A bank warned that a cardholder may not have paid; an operator ends it.
    case fraudWarning
    /// An operator's word, and ended by one.
    case `operator`

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Who acts where no person did.
  package static let service = "topupd"

  package let cause: Cause
  /// The person or service that blocked it, such as `ops:maria`.
  package let actor: String
  package let reason: String
  package let since: UnixTime

  package init(_ cause: Cause, actor: String, reason: String, since: UnixTime) {
    self.cause = cause
    self.actor = actor
    self.reason = reason
    self.since = since
  }
}

extension AccountBlock.Cause {
  /// For people.
  package var explanation: String {
    switch self {
    case .debt: "what was delivered to it was taken back and is owed"
    case .fraudWarning: "a bank warned of fraud"
    case .operator: "an operator blocked it"
    }
  }

  /// Several of them, such as `debt, operator`.
  package static func text(_ causes: some Sequence<Self>) -> String {
    causes.sorted().map(\.rawValue).joined(separator: ", ")
  }
}

extension AccountState {
  package var isBlocked: Bool { !blocks.isEmpty }

  package var blockCauses: [AccountBlock.Cause] { blocks.map(\.cause) }

  package func block(_ cause: AccountBlock.Cause) -> AccountBlock? {
    blocks.first { $0.cause == cause }
  }

  /// Adds a block.
  ///
  /// - Returns: false where there is one of its cause already, which stays as it is.
  package mutating func begin(_ block: AccountBlock) -> Bool {
    guard self.block(block.cause) == nil else { return false }
    blocks.append(block)
    blocks.sort { $0.cause < $1.cause }
    return true
  }

  /// Ends the block of a cause.
  ///
  /// - Returns: false where there is none.
  package mutating func end(_ cause: AccountBlock.Cause) -> Bool {
    let count = blocks.count
    blocks.removeAll { $0.cause == cause }
    return blocks.count < count
  }

  /// What a commit that moves the account's debt does to its block (invariants 27, 47): it begins as a
  /// debt rises under a rule that blocks, and ends by itself when nothing is owed any more. One that an
  /// operator ended begins again only with the next rise.
  ///
  /// - Parameters:
  ///   - moved: what the commit adds to the debt in one currency, or takes from it.
  ///   - isOwed: whether anything is owed after it, in whatever currency.
  ///   - reason: what moved it.
  /// - Returns: what changed; nil where the block stays as it is.
  package mutating func settleDebt(
    moved: Int128, isOwed: Bool, under rule: DebtRule, _ reason: String, at now: UnixTime
  ) -> BlockChange? {
    if !isOwed {
      return end(.debt) ? .ended(.debt, actor: AccountBlock.service, reason: reason) : nil
    }
    guard moved > 0, rule != .net else { return nil }
    let block = AccountBlock(.debt, actor: AccountBlock.service, reason: reason, since: now)
    return begin(block) ? .begun(block) : nil
  }
}

/// A change of an account's blocks.
package enum BlockChange: Sendable, Hashable {
  case begun(AccountBlock)
  case ended(AccountBlock.Cause, actor: String, reason: String)
}

extension AccountBlock {
  /// What people are told of it, once: in the commit that puts the account at this version
  /// (invariant 45).
  package func notice(
    of account: AccountKey, _ payer: Payer, at version: Int64
  ) -> Notice {
    Notice(
      .blocked, account: account, payer: payer, occasion: .block(version),
      text: "Nothing more is charged for this account: \(cause.explanation).")
  }
}

extension Policy {
  /// What becomes of a debt in a currency: one that no top-up of this rule will pay, for it is off or
  /// charges another currency, blocks as without the rule.
  package func debtRule(in currency: Currency) -> DebtRule {
    debt == .net && (!isEnabled || currency != self.currency) ? .block : debt
  }
}
