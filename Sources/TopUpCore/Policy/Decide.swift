/// Decides whether an account is funded now, and by how much.
///
/// The conditions stand in the order in which they are cheapest to explain: what a person set
/// first, what the balance says next, what guards the money last. The first that fails is the
/// reason (invariant 5).
/// - Source: facts/domain §11; invariants 1 to 11.
package func decide(_ input: DecisionInput) -> Decision {
  guard let policy = input.policy else {
    return .skip(Skip(.noPolicy, "no policy is set for this account"))
  }
  if let skip = blocked(input, policy) { return .skip(skip) }
  let effective: Int128
  switch effectiveBalance(input) {
  case .failure(let skip): return .skip(skip.skip)
  case .success(let value): effective = value
  }
  let runway = Runway(input, effective: effective)
  guard let trigger = trigger(input, policy, effective, runway) else {
    let rearms = effective > policy.rearmLevel
    return .skip(
      Skip(
        .notLow, "effective \(effective) is above the threshold \(policy.threshold)",
        effective: effective, rearms: rearms))
  }
  if let skip = untimely(input, policy, runway, effective) { return .skip(skip) }
  if let skip = noCard(input, policy, effective) { return .skip(skip) }
  return priced(input, policy, trigger, effective)
}

/// What stops an account whatever its balance.
private func blocked(_ input: DecisionInput, _ policy: Policy) -> Skip? {
  if !policy.isEnabled { return Skip(.disabled, "automatic top-up is off for this account") }
  if input.isKillSwitchOn {
    return Skip(.killSwitch, "an operator stopped charging")
  }
  if input.state.isBlocked {
    return Skip(.accountBlocked, "the account is blocked after a dispute or by an operator")
  }
  if let other = input.inFlight.first(where: \.isAutomatic) {
    return Skip(.inFlight, "top-up \(other.id) is not finished")
  }
  if !input.clocksAgree {
    return Skip(
      .clockSkew, "our clock and the processor's differ by more than 60 s",
      lookAgain: input.now.advanced(by: .seconds(60)))
  }
  return nil
}

private struct Skipped: Error { let skip: Skip }

/// Active less unbilled, plus what is on its way, at a height that may decide (invariant 10).
private func effectiveBalance(_ input: DecisionInput) -> Result<Int128, Skipped> {
  let soon = input.now.advanced(by: .seconds(10))
  guard let reading = input.reading else {
    return .failure(
      Skipped(
        skip: Skip(.balanceUnreadable, "the balance could not be read", lookAgain: soon)))
  }
  guard reading.block.number >= input.state.lastCreditHeight else {
    return .failure(
      Skipped(
        skip: Skip(
          .staleReading,
          "read at block \(reading.block.number), below the last credit at "
            + "\(input.state.lastCreditHeight)", lookAgain: soon)))
  }
  let unbilled = input.claim?.unbilled ?? 0
  let pending = input.inFlight.reduce(Int128(0)) { $0 + $1.pending }
  return .success(reading.active - unbilled + pending)
}

/// How long the balance lasts at the claimed burn (domain §11, rule 7).
private struct Runway {
  /// Nil when no source knows the burn: unknown, not endless.
  let seconds: Int128?
  let eras: Int128?

  init(_ input: DecisionInput, effective: Int128) {
    guard let burn = input.claim?.burnPerEra, burn > 0 else {
      seconds = nil
      eras = nil
      return
    }
    let left = max(0, effective) / burn
    eras = left
    seconds = left * Int128(input.eraSeconds)
  }
}

private func trigger(
  _ input: DecisionInput, _ policy: Policy, _ effective: Int128, _ runway: Runway
) -> Trigger? {
  if effective <= policy.threshold { return .threshold }
  if let least = policy.minRunway, let seconds = runway.seconds,
    seconds < Int128(least.components.seconds)
  {
    return .runway
  }
  return nil
}

/// Hysteresis, back-off and cooldown. Exhaustion skips the cooldown after a success, never
/// anything else (domain §11, rule 6).
private func untimely(
  _ input: DecisionInput, _ policy: Policy, _ runway: Runway, _ effective: Int128
) -> Skip? {
  let state = input.state
  if let until = state.backOffUntil, input.now < until {
    return Skip(
      .backOff, "a card was declined; the next try is due later", effective: effective,
      lookAgain: until)
  }
  let isExhausted =
    input.claim?.severity == .exhausted || effective <= 0 || (runway.eras.map { $0 < 2 } ?? false)
  if let finished = state.lastFinished, !isExhausted {
    // Still low after an attempt that finished: sooner than after one that helped.
    let hasHelped = state.lastCredited == state.lastFinished && state.episode.isArmed
    let span = hasHelped ? policy.cooldown : policy.lowCooldown
    let until = finished.advanced(by: span)
    if input.now < until {
      return Skip(
        .cooldown, "the last top-up ended less than \(span) ago", effective: effective,
        lookAgain: until)
    }
  }
  return nil
}

private func noCard(_ input: DecisionInput, _ policy: Policy, _ effective: Int128) -> Skip? {
  if input.cards.isEmpty {
    return Skip(.noPaymentMethod, "the payer has no stored card", effective: effective)
  }
  guard input.consent != nil else {
    return Skip(
      .noConsent, "no consent to charges without the payer present is recorded",
      effective: effective)
  }
  if usableCards(input).isEmpty {
    return Skip(
      .breakerOpen, "every stored card is refused until it is replaced or corrected",
      effective: effective)
  }
  return nil
}

private func usableCards(_ input: DecisionInput) -> [CardReference] {
  input.cards
    .filter { !$0.isBreakerOpen && $0.attemptsIn30Days < CardChoice.attemptsIn30DaysMax }
    .map(\.card)
}

/// The amount: known at once when it is fixed, from a quote when it is what a target costs.
private func priced(
  _ input: DecisionInput, _ policy: Policy, _ trigger: Trigger, _ effective: Int128
) -> Decision {
  guard case .ddc(let destination) = input.account else {
    return .skip(
      Skip(
        .rampUnavailable, "automatic top-up of credits needs a price list",
        effective: effective))
  }
  let request: QuoteRequest
  switch policy.amount {
  case .fixed(let money):
    request = QuoteRequest(side: .fiat(money), cluster: destination.cluster)
  case .refillTo(let target, let currency):
    // The whole gap in one charge.
    let gap = max(target - effective, 1)
    request = QuoteRequest(side: .tokens(Planck(gap), currency), cluster: destination.cluster)
  }
  switch input.quote {
  case .notAsked: return .needsQuote(request)
  case .unavailable(let reason):
    return .skip(
      Skip(
        .rampUnavailable, "the ramp gave no quote: \(reason)", effective: effective,
        lookAgain: input.now.advanced(by: .seconds(30))))
  case .offered(let quote): return bounded(input, policy, trigger, effective, quote)
  }
}

/// Raises a small amount to the least that can be charged, refuses a large one, and holds it
/// against every cap.
private func bounded(
  _ input: DecisionInput, _ policy: Policy, _ trigger: Trigger, _ effective: Int128,
  _ quote: Quote
) -> Decision {
  let least = max(policy.minPerTopUp, policy.currency.chargeMinorUnitsMin)
  if quote.gross.minorUnits < least {
    // A smaller charge is not possible: the price of the least one is asked for.
    guard case .ddc(let destination) = input.account else {
      return .skip(Skip(.rampUnavailable, "no deposit leg", effective: effective))
    }
    return .needsQuote(
      QuoteRequest(
        side: .fiat(Money(minorUnits: least, policy.currency)), cluster: destination.cluster))
  }
  let most = min(policy.maxPerTopUp, Money.chargeMinorUnitsMax)
  guard quote.gross.minorUnits <= most, quote.gross.currency == policy.currency else {
    return .skip(
      Skip(
        .amountOutOfBounds,
        "\(quote.gross) is above the most of \(Money(minorUnits: most, policy.currency))",
        effective: effective))
  }
  if let limit = input.consent?.maxPerCharge, limit.currency == quote.gross.currency,
    quote.gross.minorUnits > limit.minorUnits
  {
    return .skip(
      Skip(
        .amountOutOfBounds, "\(quote.gross) is above the \(limit) the payer agreed to",
        effective: effective))
  }
  guard let windows = input.windows else {
    return .skip(
      Skip(
        .capsUnreadable, "the caps' counters could not be read", effective: effective,
        lookAgain: input.now.advanced(by: .seconds(10))))
  }
  if let full = windows.first(where: { !$0.fits(quote.gross.minorUnits) }) {
    return .skip(
      Skip(
        .capReached, "\(quote.gross) does not fit into \(full.key)", effective: effective,
        lookAgain: full.ends))
  }
  let isNew = input.state.episode.isArmed
  let episode = isNew ? input.state.episode.ordinal + 1 : input.state.episode.ordinal
  return .topUp(
    TopUpPlan(
      account: input.account, payer: policy.payer, trigger: trigger, episode: episode,
      ordinal: isNew ? 1 : input.state.episode.topUps + 1, amount: quote.gross,
      fee: quote.fee.minorUnits, quote: quote, credits: nil, cards: usableCards(input),
      windows: windows, policyVersion: policy.version,
      slippageBasisPoints: policy.slippageBasisPoints, effective: effective,
      explanation: "effective \(effective) against threshold \(policy.threshold)"))
}
