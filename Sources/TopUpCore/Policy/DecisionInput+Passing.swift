extension DecisionInput {
  /// The same as if nothing were due by the calendar: what it wants is refused for its amount, and
  /// that is no reason to leave a balance alone which is low. It stays due, and is looked at again.
  ///
  /// - Returns: nil where something else is in the way, or nothing was due.
  package func passingOver(_ skip: Skip) -> DecisionInput? {
    guard schedule.due != nil, skip.cause.isOfAmount else { return nil }
    var input = self
    input.schedule = ScheduleView(due: nil, next: skip.lookAgain)
    return input
  }
}

extension SkipCause {
  /// Whether another amount might have passed.
  fileprivate var isOfAmount: Bool {
    switch self {
    case .unpriced, .noQuote, .quoteFlaw, .debtTooLarge, .aboveRule, .belowRule, .aboveConsent,
      .cap, .ramp(.headroom):
      true
    case .ramp, .noPolicy, .disabled, .killSwitch, .storeBehind, .accountBlocked, .inFlight,
      .clocks,
      .balanceUnread, .overtaken, .readTooLongAgo, .notLow, .backOff, .cooldown, .noCard,
      .noConsent, .cardsRefused, .cardsRest, .capsUnread, .missed:
      false
    }
  }
}
