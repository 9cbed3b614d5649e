/// Decides whether an account is funded now, and by how much.
///
/// The conditions stand in the order in which they are cheapest to explain: what a person set
/// first, what the balance says next, what guards the money last. The first that fails is the
/// reason (invariant 5).
/// - Source: facts/domain §11; invariants 1 to 11.
package func decide(_ input: DecisionInput) -> Decision {
  guard let policy = input.policy else {
    return .skip(
      Skip(.noPolicy, "no policy is set for this account", answersClaim: true))
  }
  if let skip = blocked(input, policy) { return .skip(skip) }
  guard case .ddc(let destination) = input.account else {
    // Nothing but a later release changes this: no balance is asked for, and no look follows.
    return .skip(Skip(.rampUnavailable, "automatic top-up of credits needs a price list"))
  }
  let effective: Int128
  switch effectiveBalance(input) {
  case .failure(let skip): return .skip(skip.skip)
  case .success(let value): effective = value
  }
  let runway = Runway(input, effective: effective)
  guard let trigger = trigger(input, policy, effective, runway) else {
    return .skip(
      Skip(
        .notLow,
        "\(input.account.text(effective)) is above the threshold of "
          + input.account.text(policy.threshold),
        effective: effective, rearms: isSeenAbove(policy, input),
        // What is only on its way may fail, and then the claim still stands.
        answersClaim: input.inFlight.allSatisfy { $0.pending == 0 }))
  }
  if let skip = untimely(input, policy, runway, effective) { return .skip(skip) }
  if let skip = noCard(input, policy, effective) { return .skip(skip) }
  if let objection = input.ramp.objection(at: input.now) {
    return .skip(Skip(objection, effective, at: input.now))
  }
  return priced(input, policy, trigger, effective, destination.cluster)
}

/// What stops an account whatever its balance.
private func blocked(_ input: DecisionInput, _ policy: Policy) -> Skip? {
  if !policy.isEnabled { return Skip(.disabled, "automatic top-up is off for this account") }
  if input.isKillSwitchOn {
    // Its release names no account, so that each looks by itself (invariant 51).
    return Skip(
      .killSwitch, "an operator stopped charging", lookAgain: input.now.advanced(by: .seconds(60)))
  }
  if let reason = input.storeIsBehind {
    return Skip(.storeBehind, reason, lookAgain: input.now.advanced(by: .seconds(60)))
  }
  if input.state.isBlocked {
    return Skip(.accountBlocked, "the account is blocked after a dispute or by an operator")
  }
  if let other = input.inFlight.first(where: \.isAutomatic) {
    return Skip(.inFlight, "top-up \(other.id) is not finished")
  }
  if let objection = input.clocks.objection {
    return Skip(.clockSkew, objection, lookAgain: input.now.advanced(by: .seconds(60)))
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
  let least = max(input.state.lastCreditHeight, input.state.reading?.block.number ?? 0)
  guard reading.block.number >= least else {
    return .failure(
      Skipped(
        skip: Skip(
          .staleReading,
          "read at block \(reading.block.number), below the last credit or reading at \(least)",
          lookAgain: soon)))
  }
  guard input.now.since(reading.readAt) <= DecisionInput.readingAgeMax else {
    return .failure(
      Skipped(
        skip: Skip(
          .staleReading, "read more than \(DecisionInput.readingAgeMax) ago", lookAgain: soon)))
  }
  let pending = input.inFlight.reduce(Int128(0)) { $0.clampedSum($1.pending) }
  return .success(usable(reading, input).clampedSum(pending))
}

/// What is on chain and not used up yet.
private func usable(_ reading: KnownReading, _ input: DecisionInput) -> Int128 {
  reading.active.clampedDifference(input.claim?.unbilled ?? 0)
}

/// Whether the balance is back above the level that ends an episode. What is only on its way does
/// not count: it may still fail (invariant 4). What is claimed to be used and not billed yet does,
/// and the claimed burn: claims make it harder to end an episode, never easier (domain §11, rule 5).
private func isSeenAbove(_ policy: Policy, _ input: DecisionInput) -> Bool {
  guard let reading = input.reading else { return false }
  let burn = input.claim?.burnPerEra ?? 0
  return usable(reading, input) > max(policy.rearmLevel, policy.threshold.clampedSum(burn))
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
    let (product, overflow) = left.multipliedReportingOverflow(by: Int128(input.eraSeconds))
    seconds = overflow ? .max : product
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

/// Back-off and cooldown. Exhaustion shortens the cooldown after a success to the one after any
/// other end, and skips nothing else (domain §11, rule 6).
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
    claimsExhaustion(input) || effective <= 0 || (runway.eras.map { $0 < 2 } ?? false)
  if let finished = state.lastFinished {
    // Still low after an attempt that did not help: sooner than after one that did. When all that a
    // success brought is used up, nothing is waited for but the caps (domain §11, rule 6).
    let hasHelped = state.lastCredited == state.lastFinished && state.episode.isArmed
    if hasHelped, isExhausted { return nil }
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

/// An exhaustion that was claimed before the last credit is what the credit was for.
private func claimsExhaustion(_ input: DecisionInput) -> Bool {
  guard let claim = input.claim, claim.severity == .exhausted else { return false }
  return input.state.lastCredited.map { claim.severitySeen > $0 } ?? true
}

private func noCard(_ input: DecisionInput, _ policy: Policy, _ effective: Int128) -> Skip? {
  if input.cards.isEmpty {
    let why =
      input.policy?.cards.isEmpty == false
      ? "the payer has none of the cards that the rule names" : "the payer has no stored card"
    return Skip(.noPaymentMethod, why, effective: effective)
  }
  guard input.consent != nil else {
    return Skip(
      .noConsent, "no consent to charges without the payer present is recorded",
      effective: effective)
  }
  guard usableCards(input).isEmpty else { return nil }
  // A card that only rests comes back by itself; one that is refused does not.
  let rests = input.cards.filter { !$0.isBreakerOpen }.compactMap(\.restsUntil)
  guard let first = rests.min() else {
    return Skip(
      .breakerOpen, "every stored card is refused until it is replaced or corrected",
      effective: effective)
  }
  return Skip(
    .attemptsExhausted, "every card that may be charged was tried as often as it may be in 30 days",
    effective: effective, lookAgain: first)
}

private func usableCards(_ input: DecisionInput) -> [CardReference] {
  input.cards.filter { !$0.isBreakerOpen && $0.restsUntil == nil }.map(\.card)
}

/// The amount: known at once when it is fixed, from a quote when it is what a target costs.
private func priced(
  _ input: DecisionInput, _ policy: Policy, _ trigger: Trigger, _ effective: Int128,
  _ cluster: ClusterID
) -> Decision {
  let request = QuoteRequest(side: wanted(policy, effective), cluster: cluster)
  if input.ramp.headroom == .notAsked { return .needsQuote(request) }
  switch input.quote {
  case .notAsked: return .needsQuote(request)
  case .unavailable(let reason):
    return .skip(
      Skip(
        .rampUnavailable, "the ramp gave no quote: \(reason)", effective: effective,
        lookAgain: input.now.advanced(by: .seconds(30))))
  case .offered(let quote): return bounded(input, policy, trigger, effective, quote, cluster)
  }
}

/// The least that can be charged for the policy.
private func leastCharge(_ policy: Policy) -> Int64 {
  max(policy.minPerTopUp, policy.currency.chargeMinorUnitsMin)
}

/// What the policy buys; a fixed amount below the least charge is raised to it.
private func wanted(_ policy: Policy, _ effective: Int128) -> QuoteRequest.Side {
  switch policy.amount {
  case .fixed(let money):
    .fiat(Money(minorUnits: max(money.minorUnits, leastCharge(policy)), money.currency))
  case .refillTo(let target, let currency):
    // The whole gap in one charge.
    .tokens(Planck(max(target.clampedDifference(effective), 1)), currency)
  }
}

/// What is wrong with an offer for what was asked; the ramp's figures charge nobody unchecked.
private func flaw(_ quote: Quote, _ policy: Policy, _ effective: Int128) -> String? {
  guard quote.gross.currency == policy.currency else {
    return "it is in \(quote.gross.currency.code)"
  }
  guard quote.tokens > .zero else { return "it offers nothing" }
  guard quote.fee.minorUnits >= 0, quote.fee.minorUnits < quote.gross.minorUnits else {
    return "its fee is \(quote.fee) of \(quote.gross)"
  }
  switch wanted(policy, effective) {
  case .fiat(let money):
    return quote.gross == money ? nil : "it is for \(quote.gross), not \(money)"
  case .tokens(let gap, _):
    return quote.tokens >= gap ? nil : "it offers \(quote.tokens), not \(gap)"
  }
}

/// Raises a small amount to the least that can be charged, refuses a large one, and holds it
/// against every cap.
private func bounded(
  _ input: DecisionInput, _ policy: Policy, _ trigger: Trigger, _ effective: Int128,
  _ quote: Quote, _ cluster: ClusterID
) -> Decision {
  if let flaw = flaw(quote, policy, effective) {
    return .skip(
      Skip(
        .rampUnavailable, "the ramp's quote does not hold: \(flaw)", effective: effective,
        lookAgain: input.now.advanced(by: .seconds(30))))
  }
  // Before the amount is looked at: a price that is wrong makes every amount wrong.
  if let objection = input.ramp.priceObjection(to: quote, at: input.now) {
    return .skip(Skip(objection, effective, at: input.now))
  }
  let least = leastCharge(policy)
  if quote.gross.minorUnits < least {
    // A smaller charge is not possible: the price of the least one is asked for.
    return .needsQuote(
      QuoteRequest(side: .fiat(Money(minorUnits: least, policy.currency)), cluster: cluster))
  }
  let most = min(policy.maxPerTopUp, Money.chargeMinorUnitsMax)
  guard quote.gross.minorUnits <= most else {
    return .skip(
      Skip(
        .amountOutOfBounds,
        "\(quote.gross) is above the most of \(Money(minorUnits: most, policy.currency))",
        effective: effective))
  }
  if let limit = input.consent?.limit(against: quote.gross) {
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
  if let objection = windows.objection(to: quote.gross) {
    return .skip(
      Skip(
        .capReached, "\(objection)", effective: effective, lookAgain: objection.window.ends))
  }
  if let objection = input.ramp.objection(to: quote, at: input.now) {
    return .skip(Skip(objection, effective, at: input.now))
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
      explanation: explanation(of: trigger, input, policy, effective)))
}

/// Why an account is funded: what its trigger says, and nothing else.
private func explanation(
  of trigger: Trigger, _ input: DecisionInput, _ policy: Policy, _ effective: Int128
) -> String {
  let balance = input.account.text(effective)
  if trigger == .runway, let least = policy.minRunway,
    let seconds = Runway(input, effective: effective).seconds
  {
    return "\(balance) lasts about \(seconds) s at the claimed use, "
      + "less than \(least.components.seconds) s"
  }
  return "\(balance) is not above the threshold of \(input.account.text(policy.threshold))"
}

extension Skip {
  fileprivate init(_ objection: RampObjection, _ effective: Int128, at now: UnixTime) {
    self.init(
      objection.skip, "\(objection)", effective: effective, lookAgain: objection.lookAgain(at: now))
  }
}

extension Int128 {
  /// What sources and ramps say is not bounded by what exists: sums stay at the ends of the range.
  fileprivate func clampedSum(_ other: Int128) -> Int128 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  fileprivate func clampedDifference(_ other: Int128) -> Int128 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}

extension AccountKey {
  /// An amount in the account's unit, for people.
  fileprivate func text(_ units: Int128) -> String {
    switch self {
    case .ddc: Decimal.text(units, exponent: Planck.exponent, trimming: true) + " CERE"
    case .credits: "\(units) credits"
    }
  }
}
