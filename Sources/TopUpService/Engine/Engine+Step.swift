internal import TopUpCore

extension Engine {
  /// What an event does; one that contradicts the record moves no money, and a person is told.
  func judge(_ event: TopUpEvent, on topUp: TopUp) -> Step? {
    do throws(TransitionError) { return try topUp.applying(event, at: clock.now) } catch {
      report(.contradiction(topUp.id, error))
      return topUp.contradicted(error, at: clock.now)
    }
  }

  /// Everything that is committed with a step: the transition, its entries, the reservation,
  /// and what an ended top-up leaves on its account. The row with its attempt, order and refund is
  /// what the next call is made by (invariant 12).
  ///
  /// - Parameter version: of the account that the step was made by; nil where that does not matter.
  /// - Returns: the changes, and whether the account's state or the ramp's is among them.
  func stepChanges(
    _ step: Step, of topUp: TopUp, at version: Int64?
  ) throws(StoreError) -> (changes: [Change], touchesOthers: Bool) {
    let ramp = try rampChanges(step.topUp, of: topUp)
    let (changes, touchesAccount) = try ownChanges(step, of: topUp, at: version)
    return (changes + ramp, touchesAccount || !ramp.isEmpty)
  }

  private func ownChanges(
    _ step: Step, of topUp: TopUp, at version: Int64?
  ) throws(StoreError) -> (changes: [Change], touchesAccount: Bool) {
    let after = step.topUp
    var changes: [Change] = [.moveTopUp(after, cause: step.cause)]
    changes += step.entries.map { .post($0) }
    if step.releasesReservation { changes.append(.release(topUp.id)) }
    // The charge says it, whatever becomes of the deposit (invariant 18).
    if let fingerprint = step.chargedCard {
      changes.append(.clearBreaker(after.account, fingerprint: fingerprint, actor: "charge"))
    }
    // An automatic one keeps the rule waiting until it has ended (invariant 2).
    let stopsCounting =
      topUp.state.countsAsPending && !after.state.countsAsPending && !topUp.trigger.isAutomatic
    let isEnding = after.state.isTerminal && !topUp.state.isTerminal
    let isReversal = after.reversals != topUp.reversals
    let debtMoved = step.debtMoved
    // A part of it has arrived: no reading from below decides anything (invariant 10).
    let isPart = after.creditHeight != topUp.creditHeight
    guard isEnding || stopsCounting || isReversal || isPart || debtMoved != 0 || version != nil
    else {
      return (changes + told(step, topUp), false)
    }
    var (account, transitions) = try store.read { snapshot throws(StoreError) in
      (
        try snapshot.account(after.account),
        after.state == .credited && isEnding ? try snapshot.transitions(of: topUp.id) : []
      )
    }
    if let span = LeadTime.sample(of: after, after: transitions, at: clock.now), isEnding {
      changes.append(.noteLeadTime(topUp.id, span))
    }
    // What was read of its debts is of that version, and of no other.
    if let version { account.state.version = version }
    let before = account.state
    if debtMoved != 0 { changes += try debtChanges(step, on: &account) }
    guard isEnding else {
      account.state.lastCreditHeight = max(before.lastCreditHeight, after.creditHeight ?? 0)
      // What moves the debt, or was made by what is owed, moves the account: two such commits see each
      // other.
      let isChanged = account.state != before || debtMoved != 0 || version != nil
      if isChanged {
        account.state.version += 1
        changes.append(.putAccount(after.account, account.state))
      }
      // What was held to be on its way no longer is, or the account is free again: the rule looks
      // anew (invariants 10, 51).
      if account.policy != nil, stopsCounting || isReversal {
        changes.append(.evaluate(after.account, due: clock.now, claim: nil))
      }
      return (changes + told(step, topUp), isChanged)
    }
    let aftermath = Aftermath(
      of: after, on: account.state, cooldown: account.policy?.cooldown ?? .seconds(3600),
      lowCooldown: account.policy?.lowCooldown ?? .seconds(300), at: clock.now)
    changes.append(.putAccount(after.account, aftermath.state))
    if after.answersClaim { changes.append(.answerClaim(after.account)) }
    for breaker in aftermath.breakers {
      changes.append(
        .openBreaker(
          after.account, fingerprint: breaker.fingerprint, reason: breaker.reason,
          awaitsCorrection: breaker.awaitsCorrection))
    }
    if account.policy != nil {
      changes.append(.evaluate(after.account, due: aftermath.lookAgain, claim: nil))
    }
    return (changes + told(step, topUp, aftermath), true)
  }

  /// What people are to be told of it, kept with it (invariant 45).
  private func told(_ step: Step, _ before: TopUp, _ aftermath: Aftermath? = nil) -> [Change] {
    step.notices(from: before, aftermath, at: clock.now).map { .tell($0) }
  }

  /// What a step says of the ramp (invariant 4): whoever waited for it is looked at when its breaker
  /// closes.
  private func rampChanges(_ after: TopUp, of before: TopUp) throws(StoreError) -> [Change] {
    guard let news = RampNews(before, after) else { return [] }
    let standing = try store.read { snapshot throws(StoreError) in try snapshot.rampStanding() }
    guard let next = standing.hearing(news, at: clock.now, probeSpan: settings.ramp.probeSpan)
    else { return [] }
    return standing.isOpen && !next.isOpen
      ? [.putRamp(next), .evaluateSkipped([.rampBreakerOpen], tenant: nil)] : [.putRamp(next)]
  }

  func reportRamp(_ changes: [Change]) {
    for case .putRamp(let standing) in changes { report(.rampStands(standing)) }
  }

  /// Parks the top-up as it is stored, without what the store refused to keep of it (invariant 39).
  ///
  /// - Returns: false when it is parked already, has ended, or cannot be kept so either.
  func parkForbidden(_ id: TopUpID, _ rule: String) async -> Bool {
    do throws(StoreError) {
      guard let topUp = try current(id),
        let step = topUp.contradicted(.contradicts(rule), at: clock.now)
      else { return false }
      try await keep(step, of: topUp)
      return true
    } catch { return false }
  }

  /// Cancels a top-up that has not been charged: what was sent is cancelled first, and the top-up
  /// ends when the intent is seen `canceled` (invariant 13).
  ///
  /// - Throws: `wrongState` when it has been charged or has ended.
  func cancel(_ id: TopUpID, reason: String) async throws(ServiceError) -> TopUp {
    for _ in 0..<settings.conflictRetriesMax {
      let stored = try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
      guard let topUp = stored else { throw .notFound(resource: "top-up", name: id.rawValue) }
      if topUp.state == .cancelled, try await giveUp(topUp) { return topUp }
      if topUp.state == .cancelled { continue }
      if topUp.attempt?.phase == .abandoning, !topUp.isPutOff { return topUp }
      // That nothing was sent is known of a store alone that is the whole truth (invariants 8, 50).
      if topUp.state == .reserved, let reason = await whyNotReady() {
        throw .dependencyUnavailable(name: "store", detail: reason)
      }
      guard let step = judge(.cancelRequested(reason), on: topUp) else {
        throw .wrongState(id: id, state: topUp.state, needs: "not charged yet")
      }
      do throws(StoreError) {
        let kept = try await keep(step, of: topUp)
        poke(id)
        return kept
      } catch {
        guard case .conflict = error else { throw .store(error) }
      }
    }
    throw .store(.conflict(.changed("top-up \(id)")))
  }

  /// Ends the episode of one that was put off: what it was begun for is not tried again. Where its
  /// episode has another top-up by now, or none was open, there is nothing to end.
  ///
  /// - Returns: false when the account moved meanwhile.
  private func giveUp(_ topUp: TopUp) async throws(ServiceError) -> Bool {
    guard topUp.isPutOff, topUp.trigger.isAutomatic else { return true }
    let (account, others) = try store.look { snapshot throws(StoreError) in
      (try snapshot.account(topUp.account), try snapshot.inFlight(topUp.account))
    }
    var state = account.state
    let latest = TopUpID.automatic(
      account: topUp.account, episode: state.episode.ordinal, ordinal: state.episode.topUps)
    guard !state.episode.isArmed, latest == topUp.id,
      !others.contains(where: \.trigger.isAutomatic)
    else { return true }
    state.episode.isArmed = true
    state.version += 1
    do throws(StoreError) {
      try await store.commit(
        Commit(now: clock.now, fence: settings.fence, [.putAccount(topUp.account, state)]))
      return true
    } catch {
      guard case .conflict(.changed) = error else { throw .store(error) }
      return false
    }
  }

  /// Waits for a top-up's turn to be confirmed, and looks behind the wait at what forbids it.
  ///
  /// - Returns: false when it is not to be confirmed now; what follows is committed.
  func mayConfirm(_ topUp: TopUp) async throws(StoreError) -> Bool {
    let hasTurn = await outside.processor.acting(for: topUp.payer.tenant).turnToConfirm()
    // It may have been cancelled while it waited.
    guard !isStopped, try current(topUp.id)?.version == topUp.version else { return false }
    guard hasTurn else {
      try await apply(.notSent(LimitedProcessor.noTurn), to: topUp)
      return false
    }
    guard let reason = try forbids(topUp) else { return true }
    try await apply(.chargeForbidden(reason), to: topUp)
    return false
  }

  /// Why a top-up may not be confirmed any more (invariant 47); nil when it may.
  func forbids(_ topUp: TopUp) throws(StoreError) -> String? {
    try store.read { snapshot throws(StoreError) in
      let payer = try snapshot.payer(topUp.payer)
      let account = try snapshot.account(topUp.account)
      return ChargeGuard(
        isKillSwitchOn: try snapshot.settings().isKillSwitchOn,
        cards: Set(payer.cards.map(\.card.id)), consent: payer.consent,
        isPolicyEnabled: account.policy?.isEnabled == true,
        isAccountBlocked: account.state.isBlocked,
        isCardExhausted: try isExhausted(topUp, snapshot), ramp: try snapshot.rampStanding()
      ).forbids(topUp)
    }
  }

  /// Whether the attempt is one too many of its card. Looked at when it is recorded and about to be
  /// confirmed, for what was seen before could be seen by many at once (invariant 19).
  private func isExhausted(
    _ topUp: TopUp, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> Bool {
    guard let attempt = topUp.attempt else { return false }
    let ceiling = settings.attemptCeiling
    let newest = try snapshot.attempts(
      fingerprint: attempt.card.fingerprint, through: attempt.started, limit: ceiling.most + 1)
    return !ceiling.allows(attemptAt: attempt.started, among: newest)
  }
}

extension Change {
  /// Whether it has an account looked at.
  var isLook: Bool {
    if case .evaluate = self { return true }
    if case .evaluateSkipped = self { return true }
    if case .evaluatePaid = self { return true }
    return false
  }
}
