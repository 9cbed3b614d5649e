extension DecisionInput {
  /// What will most likely be asked for once the balance is read: it can be asked for beside the
  /// balance, which saves the charge a round trip. Decides nothing.
  ///
  /// Nil where nobody claims that the balance is low, where the rule's amount waits for the balance,
  /// and where something else than the balance refuses.
  package var foreseenQuote: QuoteRequest? {
    guard let policy, policy.amount.isKnownAhead, let claim, claim.events > 0 else { return nil }
    var low = self
    low.reading = KnownReading(
      active: policy.threshold.clampedSum(claim.unbilled), total: 0, exists: true,
      block: BlockReference(
        number: max(state.lastCreditHeight, state.reading?.block.number ?? 0), hash: ""),
      readAt: now)
    guard case .needsQuote(let request) = decide(low) else { return nil }
    return request
  }
}

extension Policy.AmountRule {
  /// Whether it is the same whatever the balance.
  fileprivate var isKnownAhead: Bool {
    switch self {
    case .fixed, .tier: true
    case .refillTo: false
    }
  }
}

/// Of which accounts a price was asked for ahead and then not wanted: after that their claims are
/// not believed ahead for a while, so that claims that are not true cost a question each minute and
/// not one each time. Decides nothing, and is forgotten with the process.
package struct Foresight: Sendable {
  /// So long after one that was in vain nothing is asked ahead for the account.
  package static let disbeliefSpan = Duration.seconds(60)
  /// So many accounts are remembered; after that, those of the last minute alone, or none.
  package static let accountsMax = 10_000

  private var inVain: [AccountKey: UnixTime] = [:]

  package init() {}

  package func isTrusted(for account: AccountKey, at now: UnixTime) -> Bool {
    guard let last = inVain[account] else { return true }
    return !Self.counts(last, at: now)
  }

  package mutating func wasInVain(for account: AccountKey, at now: UnixTime) {
    if inVain.count >= Self.accountsMax {
      inVain = inVain.filter { Self.counts($0.value, at: now) }
      if inVain.count >= Self.accountsMax { inVain = [:] }
    }
    inVain[account] = now
  }

  /// A moment that has not come yet is of a clock that was wrong.
  private static func counts(_ last: UnixTime, at now: UnixTime) -> Bool {
    let age = now.since(last)
    return age >= .zero && age < disbeliefSpan
  }
}
