/// What a top-up that has ended leaves behind on its account (invariants 4, 18, 51).
package struct Aftermath: Sendable, Hashable {
  package var state: AccountState
  /// When the account is looked at again without any event.
  package var lookAgain: UnixTime
  /// Cards that are refused from now on, each with the reason for people.
  package var breakers: [OpenedBreaker] = []

  package struct OpenedBreaker: Sendable, Hashable {
    package var fingerprint: String
    package var reason: String
    /// Whether corrected card data clears it.
    package var awaitsCorrection: Bool
  }

  /// After something went wrong outside; as after a first decline.
  private static let backOff = DeclineVerdict.retryDelays[0]

  /// - Precondition: the top-up is terminal.
  package init(
    of topUp: TopUp, on state: AccountState, cooldown: Duration, lowCooldown: Duration,
    at now: UnixTime
  ) {
    precondition(topUp.state.isTerminal, "\(topUp.id) has not ended")
    self.state = state
    self.state.version += 1
    lookAgain = now
    // A card that is refused for good is refused whoever tried it, and whatever paid in the end.
    for attempt in topUp.attempts
    where attempt.decline?.verdict.declineClass.breaksImmediately == true { open(attempt) }
    // A reservation that nothing was sent for is no attempt: it is decided anew (invariant 47), in
    // the same episode, for only what invariant 4 lists ends one.
    guard topUp.state != .expired else { return }
    guard !topUp.isReopened else {
      endedAgain(topUp, now)
      return
    }
    guard topUp.trigger.isAutomatic || topUp.state == .credited else { return }
    self.state.lastFinished = now
    switch topUp.state {
    case .credited: credited(topUp, lowCooldown, now)
    case .declined: declined(topUp, lowCooldown, now)
    case .refunded, .reversed:
      // Something is wrong outside: the next try waits as after a decline.
      self.state.episode.isArmed = true
      // The card did pay.
      self.state.episode.declines = 0
      // Of what was given back a part may have been delivered.
      noteHeight(topUp)
      self.state.backOffUntil = now.advanced(by: Self.backOff)
      lookAgain = now.advanced(by: Self.backOff)
    case .cancelled:
      // What was put off is decided anew in the same episode, as what expired is.
      if !topUp.isPutOff { self.state.episode.isArmed = true }
      lookAgain = now.advanced(by: lowCooldown)
      cancelled(topUp, now)
    case .expired, .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld,
      .depositing, .depositUnknown, .orderCancelling, .refunding, .refundUnknown, .refundFailed,
      .needsReview:
      break
    }
  }

  /// Its episode ended when it ended first: the present one is another top-up's (invariant 4).
  private mutating func endedAgain(_ topUp: TopUp, _ now: UnixTime) {
    guard topUp.state == .credited else { return }
    state.lastFinished = now
    noteCredit(topUp, now)
  }

  private mutating func credited(_ topUp: TopUp, _ lowCooldown: Duration, _ now: UnixTime) {
    // A user's own credit ends no episode: the automatic top-up of it may be under way
    // (invariant 4). The balance, once seen, does.
    if topUp.trigger.isAutomatic {
      state.episode.isArmed = true
      // Another's card that paid says nothing of the one that was declined.
      if topUp.attempt?.paid != nil { state.episode.declines = 0 }
      state.backOffUntil = nil
    }
    noteCredit(topUp, now)
    lookAgain = now.advanced(by: lowCooldown)
  }

  private mutating func noteCredit(_ topUp: TopUp, _ now: UnixTime) {
    state.lastCredited = now
    noteHeight(topUp)
  }

  private mutating func noteHeight(_ topUp: TopUp) {
    state.lastCreditHeight = max(state.lastCreditHeight, topUp.creditHeight ?? 0)
  }

  private mutating func declined(_ topUp: TopUp, _ lowCooldown: Duration, _ now: UnixTime) {
    let counted = Self.counted(of: topUp)
    guard !counted.isEmpty else {
      // An outage is nobody's decline (invariant 17); the episode stays open.
      backOff(Self.backOff, now)
      return
    }
    if let wait = count(counted) {
      // The episode stays open: the retry is another top-up of the same episode.
      backOff(wait, now)
    } else {
      state.episode.isArmed = true
      lookAgain = now
    }
  }

  /// The cancel ends the episode; the declines of the cards that were tried before it stay in
  /// their row, which is the card's matter (invariants 4, 18).
  private mutating func cancelled(_ topUp: TopUp, _ now: UnixTime) {
    let counted = Self.counted(of: topUp)
    guard !counted.isEmpty else { return }
    guard let wait = count(counted) else {
      state.episode.isArmed = true
      return
    }
    let cooledDown = lookAgain
    backOff(wait, now)
    lookAgain = max(lookAgain, cooledDown)
  }

  private static func counted(of topUp: TopUp) -> [ChargeAttempt] {
    topUp.attempts.filter { $0.decline?.verdict.declineClass.countsTowardsBreaker == true }
  }

  /// Adds one decline to the row, and opens the breakers that it comes to (invariant 18).
  ///
  /// - Returns: how long to wait; nil where the row has ended in breakers.
  private mutating func count(_ counted: [ChargeAttempt]) -> Duration? {
    state.episode.declines += 1
    var wait: Duration?
    for attempt in counted {
      guard let verdict = attempt.decline?.verdict, !verdict.declineClass.breaksImmediately
      else { continue }
      if let delay = verdict.retryDelay(afterDeclines: state.episode.declines) {
        wait = max(wait ?? .zero, delay)
      } else {
        open(attempt)
      }
    }
    if wait == nil { state.episode.declines = 0 }
    return wait
  }

  private mutating func backOff(_ wait: Duration, _ now: UnixTime) {
    state.backOffUntil = now.advanced(by: wait)
    lookAgain = now.advanced(by: wait)
  }

  private mutating func open(_ attempt: ChargeAttempt) {
    guard let decline = attempt.decline else { return }
    let card = attempt.card
    breakers.append(
      OpenedBreaker(
        fingerprint: card.fingerprint,
        reason: decline.personMessage(brand: card.brand, last4: card.last4),
        awaitsCorrection: decline.verdict.declineClass == .cardData))
  }
}

extension TopUp {
  /// The highest block in which something of it was delivered for good, by our own node's word
  /// (invariant 10): a height that it never had would bar every later reading.
  package var creditHeight: UInt64? {
    orders.filter(\.isFinalized).compactMap { $0.seen?.evidence?.blockNumber }.max()
  }
}

extension AccountState {
  /// The state after a top-up of an episode has begun.
  package func fired(_ plan: TopUpPlan, reading: KnownReading?) -> AccountState {
    var copy = self
    copy.version += 1
    copy.reading = newer(reading)
    guard let episode = plan.episode else { return copy }
    if episode != self.episode.ordinal {
      // Declines in a row are a card's matter, not the episode's: only a charge that succeeds, or
      // the breaker that they open, ends the row (invariant 18).
      copy.episode = Episode(
        ordinal: episode, isArmed: false, topUps: 0, declines: self.episode.declines)
    }
    copy.episode.isArmed = false
    copy.episode.topUps = plan.ordinal
    return copy
  }

  /// The state after a look that began nothing.
  package func skipped(_ skip: Skip, reading: KnownReading?) -> AccountState {
    var copy = self
    copy.version += 1
    copy.reading = newer(reading)
    // The episode ends; what a decline left behind does not (invariants 4, 18).
    if skip.rearms { copy.episode.isArmed = true }
    return copy
  }

  /// Of two readings the one from higher up: a node that lags changes nothing (invariant 10).
  private func newer(_ other: KnownReading?) -> KnownReading? {
    guard let other else { return reading }
    guard let reading, reading.block.number > other.block.number else { return other }
    return reading
  }
}
