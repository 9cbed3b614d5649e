extension Skip {
  /// What a person is told of an account that is low and is not funded: only what a person can
  /// change, once in the episode that would begin or goes on (invariant 45).
  package func notice(on input: DecisionInput) -> Notice? {
    guard let kind, let policy = input.policy else { return nil }
    let episode = input.state.episode
    return Notice(
      kind, account: input.account, payer: policy.payer,
      occasion: .episode(episode.isArmed ? episode.ordinal + 1 : episode.ordinal),
      retryAt: lookAgain, text: explanation)
  }

  private var kind: Notice.Kind? {
    switch reason {
    case .capReached: .capReached
    case .noPaymentMethod: .noCard
    case .noConsent: .noConsent
    // That a card is refused was told when it came to that.
    case .breakerOpen, .noPolicy, .disabled, .notLow, .inFlight, .cooldown, .backOff,
      .killSwitch, .staleReading, .balanceUnreadable, .rampUnavailable, .amountOutOfBounds,
      .capsUnreadable, .clockSkew, .accountBlocked, .notArmed, .storeBehind, .attemptsExhausted,
      .rampHeadroom, .rampBreakerOpen, .priceOutOfBand, .scheduleMissed, .debtTooLarge,
      .creditsUnpriced:
      nil
    }
  }
}
