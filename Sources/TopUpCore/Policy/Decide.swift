/// Decides whether an account is funded now, and by how much: the first condition that fails is the
/// reason (invariant 5). No text is made on the way.
/// - Source: facts/domain §11; invariants 1 to 11.
package func decide(_ input: DecisionInput) -> Decision {
  var known = Deliberation()
  for predicate in input.predicates {
    let condition: Condition<UntoldValues> = input.look(at: predicate, &known)
    switch condition.outcome {
    // Apart from the others: most hold, and a decision that is not there costs as much as one that is.
    case .holds, .notNeeded, .fails: continue
    case .refuses, .asks: if let end = input.end(after: condition.outcome, known) { return end }
    }
  }
  return input.approved(known)
}

/// Decides as ``decide(_:)`` does, and tells each condition on the way with its values.
package func explain(_ input: DecisionInput) -> Explanation {
  var known = Deliberation()
  var decision: Decision?
  var findings: [Explanation.Finding] = []
  for predicate in input.predicates {
    let condition: Condition<ToldValues> = input.look(at: predicate, &known)
    let standing: Explanation.Standing =
      decision == nil ? Explanation.Standing(condition.outcome) : .notReached
    findings += input.findings(predicate, condition.values, standing, known)
    decision = decision ?? input.end(after: condition.outcome, known)
  }
  return Explanation(findings: findings, decision: decision ?? input.approved(known))
}

extension DecisionInput {
  /// What a condition decides by itself; nil where the next one is asked.
  fileprivate func end(after outcome: ConditionOutcome, _ known: Deliberation) -> Decision? {
    switch outcome {
    case .holds, .notNeeded, .fails: nil
    case .asks(let request): .needsQuote(request)
    case .refuses(let cause): .skip(skip(cause, known))
    }
  }

  private func skip(_ cause: SkipCause, _ known: Deliberation) -> Skip {
    var skip = Skip(cause, effective: known.effective, lookAgain: lookAgain(after: cause))
    switch cause {
    case .noPolicy: skip.answersClaim = true
    // Nothing is tried for it any more.
    case .missed(let occurrence): skip.rearms = occurrence.isBegun
    case .notLow:
      skip.rearms = isSeenAbove
      // What is only on its way may fail, and then the claim still stands.
      skip.answersClaim = inFlight.allSatisfy { $0.pending == 0 }
    case .disabled, .killSwitch, .storeBehind, .accountBlocked, .inFlight, .clocks,
      .unpriced, .balanceUnread, .overtaken, .readTooLongAgo, .backOff, .cooldown, .noCard,
      .noConsent, .cardsRefused, .cardsRest, .ramp, .noQuote, .quoteFlaw, .debtTooLarge,
      .aboveRule, .belowRule,
      .aboveConsent, .capsUnread, .cap:
      break
    }
    return skip
  }

  /// The earliest that anything can be otherwise without an event: what stood in the way, the next
  /// line of the calendar, or the end of the one that waits (invariant 51).
  private func lookAgain(after cause: SkipCause) -> UnixTime? {
    let lapses = schedule.due.flatMap { $0.lapses > now ? $0.lapses : nil }
    return [cause.lookAgain(at: now), schedule.next, lapses].compactMap(\.self).min()
  }

  /// What begins when every condition holds.
  fileprivate func approved(_ known: Deliberation) -> Decision {
    guard let policy, let grounds = known.grounds, let purchase = purchase(known), let windows
    else { preconditionFailure("a decision without what its conditions have seen") }
    let isNew = state.episode.isArmed
    var plan = TopUpPlan(
      account: account, payer: policy.payer, grounds: grounds,
      episode: isNew ? state.episode.ordinal + 1 : state.episode.ordinal,
      ordinal: isNew ? 1 : state.episode.topUps + 1, amount: purchase.charge,
      fee: purchase.fee, quote: purchase.quote, credits: purchase.credits,
      cards: cards.compactMap { $0.isChargeable ? $0.card : nil }, windows: windows,
      policyVersion: policy.version, slippageBasisPoints: policy.slippageBasisPoints,
      effective: known.effective)
    plan.debtPart = debtPart
    return .topUp(plan)
  }

  /// One line for each condition; for the caps one for each window.
  fileprivate func findings(
    _ predicate: DecisionPredicate, _ values: ToldValues, _ standing: Explanation.Standing,
    _ known: Deliberation
  ) -> [Explanation.Finding] {
    guard predicate == .capsFit, let charge = purchase(known)?.charge, let windows, !windows.isEmpty
    else { return [Explanation.Finding(predicate, "", values, standing)] }
    var isOver = standing == .notReached
    return windows.map { window in
      let fit = Condition<ToldValues>(window, charge)
      defer { if case .refuses = fit.outcome { isOver = true } }
      return Explanation.Finding(
        predicate, window.name, fit.values,
        isOver ? .notReached : Explanation.Standing(fit.outcome))
    }
  }
}
