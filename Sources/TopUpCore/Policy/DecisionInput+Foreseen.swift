extension DecisionInput {
  /// So long a reading that was not low says that a claim of it is not true.
  private static let disbeliefSpan = Duration.seconds(60)

  /// What will most likely be asked for once the balance is read: it can be asked for beside the
  /// balance, which saves the charge a round trip. Decides nothing.
  ///
  /// Nil where nobody claims that the balance is low or a reading has just said otherwise, where the
  /// rule's amount waits for the balance, and where something else than the balance refuses.
  package var foreseenQuote: QuoteRequest? {
    guard let policy, policy.amount.isKnownAhead, let claim, claim.events > 0 else { return nil }
    if let last = state.reading, last.active > policy.threshold,
      now.since(last.readAt) < Self.disbeliefSpan
    {
      return nil
    }
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
