internal import TopUpCore

extension Engine {
  /// Everything that is committed with a step: the transition, its entries, the reservation, the
  /// calls that end and begin with it, and what an ended top-up leaves on its account.
  ///
  /// - Returns: the changes, and whether the account's state is among them.
  func stepChanges(
    _ step: Step, of topUp: TopUp
  ) throws(StoreError) -> (changes: [Change], touchesAccount: Bool) {
    let after = step.topUp
    var changes: [Change] = [.moveTopUp(after, from: topUp.state, cause: step.cause)]
    changes += step.entries.map { .post($0) }
    if step.releasesReservation { changes.append(.release(topUp.id)) }
    changes += effectChanges(from: topUp, to: after)
    // The charge says it, whatever becomes of the deposit (invariant 18).
    if case .succeeded(let fingerprint) = step.cardOutcome {
      changes.append(.clearBreaker(after.account, fingerprint: fingerprint, actor: "charge"))
    }
    // An automatic one keeps the rule waiting until it has ended (invariant 2).
    let stopsCounting =
      topUp.state.countsAsPending && !after.state.countsAsPending && !topUp.trigger.isAutomatic
    guard after.state.isTerminal || stopsCounting else { return (changes, false) }
    let account = try store.read { snapshot throws(StoreError) in
      try snapshot.account(after.account)
    }
    guard after.state.isTerminal else {
      // What was held to be on its way no longer is: the rule looks anew (invariants 10, 51).
      if account.policy != nil {
        changes.append(.evaluate(after.account, due: clock.now, claim: nil))
      }
      return (changes, false)
    }
    let aftermath = Aftermath(
      of: after, on: account.state, cooldown: account.policy?.cooldown ?? .seconds(3600),
      lowCooldown: account.policy?.lowCooldown ?? .seconds(300), at: clock.now)
    changes.append(.putAccount(after.account, aftermath.state))
    for breaker in aftermath.breakers {
      changes.append(
        .openBreaker(
          after.account, fingerprint: breaker.fingerprint, reason: breaker.reason,
          awaitsCorrection: breaker.awaitsCorrection))
    }
    if account.policy != nil {
      changes.append(.evaluate(after.account, due: aftermath.lookAgain, claim: nil))
    }
    return (changes, true)
  }

  /// The row of the next call is there before it is sent, and goes with its answer
  /// (invariant 12).
  private func effectChanges(from before: TopUp, to after: TopUp) -> [Change] {
    let ended = before.next().flatMap(storedEffect(for: before))
    let begun = after.next().flatMap(storedEffect(for: after))
    guard ended?.key != begun?.key else { return [] }
    var changes: [Change] = []
    if let ended { changes.append(.endEffect(ended.key)) }
    if let begun { changes.append(.beginEffect(begun)) }
    return changes
  }

  private func storedEffect(for topUp: TopUp) -> (Effect) -> StoredEffect? {
    { effect in
      let key: IdempotencyKey
      let request: String
      switch effect {
      case .createIntent(let create):
        key = create.key
        request = "\(create.amount) from \(create.paymentMethod), attempt \(create.attempt)"
      case .confirmIntent(let confirm):
        key = confirm.key
        request = "\(confirm.intent), \(confirm.amount), off session \(confirm.offSession)"
      case .cancelIntent(let intent, let cancel):
        key = cancel
        request = "\(intent)"
      case .createOrder(let order):
        key = IdempotencyKey("order:\(order.id)")
        request = "\(order.tokens) under \(order.quote)"
      case .cancelOrder(let order):
        key = IdempotencyKey("cancel:\(order)")
        request = "\(order)"
      case .createRefund(let refund):
        key = refund.key
        request = "\(refund.amount) of \(refund.intent)"
      case .askIntent, .findIntent, .askQuote, .rereadBeforeOrder, .askOrder, .askFinality,
        .askRefunds:
        return nil
      }
      return StoredEffect(key: key, topUp: topUp.id, name: effect.name, request: request)
    }
  }

  /// Cancels a top-up that has not been charged: what was sent is cancelled first, and the top-up
  /// ends when the intent is seen `canceled` (invariant 13).
  ///
  /// - Throws: `wrongState` when it has been charged or has ended.
  func cancel(_ id: TopUpID, reason: String) async throws(ServiceError) -> TopUp {
    for _ in 0..<settings.conflictRetriesMax {
      let stored = try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
      guard let topUp = stored else { throw .notFound(resource: "top-up", name: id.rawValue) }
      if topUp.state == .cancelled || topUp.attempt?.phase == .abandoning { return topUp }
      guard let step = judge(.cancelRequested(reason), on: topUp) else {
        throw .wrongState(id: id, state: topUp.state, needs: "not charged yet")
      }
      do throws(StoreError) {
        try await keep(step, of: topUp)
        poke(id)
        return step.topUp
      } catch {
        guard case .conflict = error else { throw .store(error) }
      }
    }
    throw .store(.conflict(.changed("top-up \(id)")))
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
        isCardExhausted: try isExhausted(topUp, snapshot)
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
    if case .evaluate = self { true } else { false }
  }
}
