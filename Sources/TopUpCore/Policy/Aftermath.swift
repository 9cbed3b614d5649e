/// What a top-up that has ended leaves behind on its account (invariants 4, 18, 51).
package struct Aftermath: Sendable, Hashable {
  package var state: AccountState
  /// When the account is looked at again without any event.
  package var lookAgain: UnixTime
  /// A card that is refused from now on, with the reason for people.
  package var breaker: OpenedBreaker?

  package struct OpenedBreaker: Sendable, Hashable {
    package var fingerprint: String
    package var reason: String
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
    guard topUp.trigger.isAutomatic || topUp.state == .credited else { return }
    self.state.lastFinished = now
    switch topUp.state {
    case .credited: credited(topUp, lowCooldown, now)
    case .declined: declined(topUp, lowCooldown, now)
    case .refunded, .reversed:
      // Something is wrong outside: the next try waits as after a decline.
      self.state.episode.isArmed = true
      self.state.backOffUntil = now.advanced(by: Self.backOff)
      lookAgain = now.advanced(by: Self.backOff)
    case .cancelled, .expired:
      self.state.episode.isArmed = true
      lookAgain = topUp.state == .expired ? now : now.advanced(by: lowCooldown)
    case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositing,
      .depositUnknown, .orderCancelling, .refunding, .refundUnknown, .refundFailed, .needsReview:
      break
    }
  }

  private mutating func credited(_ topUp: TopUp, _ lowCooldown: Duration, _ now: UnixTime) {
    state.episode.isArmed = true
    state.episode.declines = 0
    state.lastCredited = now
    state.backOffUntil = nil
    if let block = topUp.order?.seen?.evidence?.blockNumber {
      state.lastCreditHeight = max(state.lastCreditHeight, block)
    }
    lookAgain = now.advanced(by: lowCooldown)
  }

  private mutating func declined(_ topUp: TopUp, _ lowCooldown: Duration, _ now: UnixTime) {
    guard let attempt = topUp.attempts.last(where: { $0.decline != nil }),
      let decline = attempt.decline
    else {
      state.episode.isArmed = true
      lookAgain = now.advanced(by: lowCooldown)
      return
    }
    let verdict = decline.verdict
    guard verdict.declineClass.countsTowardsBreaker else {
      // An outage is nobody's decline (invariant 17); the episode stays open.
      state.backOffUntil = now.advanced(by: Self.backOff)
      lookAgain = now.advanced(by: Self.backOff)
      return
    }
    state.episode.declines += 1
    if !verdict.declineClass.breaksImmediately,
      let wait = verdict.retryDelay(afterDeclines: state.episode.declines)
    {
      // The episode stays open: the retry is another top-up of the same episode.
      state.backOffUntil = now.advanced(by: wait)
      lookAgain = now.advanced(by: wait)
    } else {
      let card = attempt.card
      breaker = OpenedBreaker(
        fingerprint: card.fingerprint,
        reason: decline.personMessage(brand: card.brand, last4: card.last4))
      state.episode.isArmed = true
      state.episode.declines = 0
      lookAgain = now
    }
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
      copy.episode = Episode(ordinal: episode, isArmed: false, topUps: 0, declines: 0)
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
    if skip.rearms, !copy.episode.isArmed {
      copy.episode.isArmed = true
      copy.episode.declines = 0
      copy.backOffUntil = nil
    }
    return copy
  }

  /// Of two readings the one from higher up: a node that lags changes nothing (invariant 10).
  private func newer(_ other: KnownReading?) -> KnownReading? {
    guard let other else { return reading }
    guard let reading, reading.block.number > other.block.number else { return other }
    return reading
  }
}
