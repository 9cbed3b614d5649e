internal import TopUpCore

extension Engine {
  /// What came of applying a webhook event.
  private enum Application {
    /// Committed together with the step it caused.
    case kept
    /// Nothing of ours, or these changes: it counts as applied with them.
    case finished([Change])
    /// Not now; it is tried again.
    case later(String)
  }

  func sweepInbox() async {
    repeat {
      inboxWasPoked = false
      do throws(StoreError) {
        let waiting = try store.read { snapshot throws(StoreError) in
          let (now, settings) = (self.clock.now, self.settings)
          return try snapshot.inboxWaiting(
            now, orBeyond: now.advanced(by: settings.inboxPatience.longestPause),
            limit: settings.inboxBatchMax)
        }
        for event in waiting where !isStopped { try await applyOne(event) }
        if waiting.count == settings.inboxBatchMax { inboxWasPoked = true }
      } catch {
        // A damaged file ends everything, as wherever work needs it.
        if case .corrupt = error { storeIsLost(error) } else { report(.storeTrouble(error)) }
        break
      }
    } while inboxWasPoked && !isStopped
    isSweepingInbox = false
    schedule.set(.inbox, at: clock.now.advanced(by: settings.inboxPeriod))
  }

  /// One event's failure is its own, and keeps no other waiting: it is tried again later like any that
  /// could not be applied.
  ///
  /// - Throws: what is the store's as a whole.
  private func applyOne(_ event: InboxEvent) async throws(StoreError) {
    do throws(StoreError) {
      do throws(StoreError) { try await applyInbox(event) } catch {
        guard case .conflict(let conflict) = error else { throw error }
        try await putOff(event, "the store: \(conflict)")
      }
    } catch {
      // Applied by somebody else meanwhile.
      guard case .conflict = error else { throw error }
    }
  }

  /// Applies a webhook event: the object is read again, and what it is now is applied
  /// (invariants 35, 36).
  ///
  /// Marked as applied in the same commit as its effects; an application that fails is tried
  /// again.
  func applyInbox(_ event: InboxEvent) async throws(StoreError) {
    switch try await application(of: event) {
    case .kept: return
    case .finished(let effects):
      do throws(StoreError) {
        try await store.commit(
          Commit(now: clock.now, fence: settings.fence, effects + [.applyInbox(event.id)]))
        if !effects.isEmpty { pokeEvaluations() }
      } catch {
        guard case .conflict(let conflict) = error else { throw error }
        try await putOff(event, "a concurrent change won: \(conflict)")
      }
    case .later(let reason): try await putOff(event, reason)
    }
  }

  /// Tried again later, or given up: then it is a dead letter.
  private func putOff(_ event: InboxEvent, _ reason: String) async throws(StoreError) {
    let stored = try store.read { snapshot throws(StoreError) in
      try snapshot.inboxEvent(event.id)
    }
    guard let stored, stored.applied == nil, stored.givenUp == nil else { return }
    let retry = settings.inboxPatience.next(afterTries: stored.tries + 1, at: clock.now)
    report(retry == nil ? .inboxGivenUp(event.id, reason) : .inboxFailed(event.id, reason))
    try await store.commit(
      Commit(
        now: clock.now, fence: settings.fence,
        [.failInbox(event.id, reason: reason, retry: retry)]))
  }

  /// Has an event tried again now, by a person's word; its effects come once all the same.
  ///
  /// - Returns: the event after it, applied or with why it was not.
  /// - Throws: `alreadyApplied` for one that is.
  func replayInbox(
    _ id: String, actor: String, reason: String
  ) async throws(ServiceError) -> StoredInboxEvent {
    let event = try waitingEvent(id).event
    do throws(ServiceError) {
      try await store.keep(
        [.replayInbox(id, actor: actor, reason: reason)], at: clock.now, fence: settings.fence)
    } catch {
      // Somebody was faster; it says so when it is looked at anew.
      if case .store(.conflict(.changed)) = error { _ = try waitingEvent(id) }
      throw error
    }
    do throws(StoreError) { try await applyInbox(event) } catch {
      // A sweep applied it meanwhile, or put it off.
      guard case .conflict = error else { throw .store(error) }
    }
    return try telling(of: "the replay") { () throws(ServiceError) in try storedEvent(id) }
  }

  private func waitingEvent(_ id: String) throws(ServiceError) -> StoredInboxEvent {
    let stored = try storedEvent(id)
    if let applied = stored.applied { throw .alreadyApplied(event: id, at: applied) }
    return stored
  }

  private func storedEvent(_ id: String) throws(ServiceError) -> StoredInboxEvent {
    let found = try store.look { snapshot throws(StoreError) in try snapshot.inboxEvent(id) }
    guard let found else { throw .notFound(resource: "webhook event", name: id) }
    return found
  }

  private func application(of event: InboxEvent) async throws(StoreError) -> Application {
    switch event.type {
    case "payment_intent.succeeded", "payment_intent.payment_failed",
      "payment_intent.requires_action", "payment_intent.processing", "payment_intent.canceled":
      try await intentApplication(event)
    case "setup_intent.succeeded": try await setupApplication(event)
    case "payment_method.updated", "payment_method.automatically_updated":
      try await updateApplication(PaymentMethodID(event.object))
    case "payment_method.detached": try removalApplication(PaymentMethodID(event.object))
    case "charge.refunded", "refund.created", "refund.updated", "refund.failed":
      try await refundApplication(event)
    case "charge.dispute.created", "charge.dispute.funds_withdrawn",
      "charge.dispute.funds_reinstated", "charge.dispute.closed":
      try await disputeApplication(event)
    case "charge.dispute.updated": try await disputeApplication(event)
    case "radar.early_fraud_warning.created": try await warningApplication(event)
    // Whoever entered the card was told there, and nothing is stored.
    case "setup_intent.setup_failed": .finished([])
    default: .later("an event of type \(event.type) is taken and not understood")
    }
  }

  private func intentApplication(_ event: InboxEvent) async throws(StoreError) -> Application {
    guard let intent = event.intent else { return .finished([]) }
    let seen: IntentSnapshot
    switch await outside.processor.intent(intent) {
    case .answered(let snapshot): seen = snapshot
    // Another product's on the same account.
    case .refused(let refusal) where refusal.isNotOurs: return .finished([])
    case .refused(let refusal): return .later("the intent could not be read: \(refusal.code)")
    case .unknown(let reason), .notSent(let reason):
      return .later("the intent could not be read: \(reason)")
    }
    if let reason = try lost(seen) {
      try await stopBehind(reason, shownBy: event.received)
      return .later(reason)
    }
    for _ in 0..<settings.conflictRetriesMax {
      guard let topUp = try owner(of: seen), let step = judge(.intentSeen(seen), on: topUp),
        !step.isWaiting
      else { return .finished([]) }
      do throws(StoreError) {
        try await keep(step, of: topUp, with: [.applyInbox(event.id)])
        poke(topUp.id)
        return .kept
      } catch { guard case .conflict = error else { throw error } }
    }
    return .later("the top-up changed again and again")
  }

  /// Why an intent that names this store, and a top-up or an attempt that it does not have, stops it
  /// from sending anything: it is a copy from before that, for each is recorded before it is sent
  /// (invariants 12, 50). Nil for every other intent.
  func lost(_ intent: IntentSnapshot) throws(StoreError) -> String? {
    let known = try owner(of: intent)
    let (settings, isSettled) = try store.read { snapshot throws(StoreError) in
      (try snapshot.settings(), try snapshot.isSettledByHand(intent.id.rawValue))
    }
    guard let named = intent.topUp, intent.store == settings.storeID, !isSettled else {
      return nil
    }
    let lacksAttempt = known.map { ($0.attempts.last?.number ?? 0) < intent.attempt ?? 0 }
    guard lacksAttempt ?? true else { return nil }
    // From before the day on which persons settled all that this store does not have.
    if let through = settings.settledThrough, intent.created <= through { return nil }
    let attempt = known == nil ? "" : ", attempt \(intent.attempt ?? 0)"
    return "the processor has \(intent.id) of \(named)\(attempt), which this store does not have"
  }

  /// The top-up that an intent belongs to: by its recorded id, or by our metadata while the id is
  /// not recorded yet.
  private func owner(of intent: IntentSnapshot) throws(StoreError) -> TopUp? {
    try store.read { snapshot throws(StoreError) -> TopUp? in
      guard let id = try snapshot.intentOwner(intent.id) ?? intent.topUp else { return nil }
      return try snapshot.topUp(id)
    }
  }

  /// A person has finished entering a card.
  private func setupApplication(_ event: InboxEvent) async throws(StoreError) -> Application {
    let setup = try store.read { snapshot throws(StoreError) in
      try snapshot.setup(SetupIntentID(event.object))
    }
    guard let setup else { return .finished([]) }
    guard case .answered(let seen) = await outside.processor.setupIntent(setup.id),
      let method = seen.paymentMethod
    else { return .later("the set-up could not be read") }
    let keeper = CardKeeper(store: store, processor: outside.processor)
    guard
      let changes = try await keeper.changes(
        adding: method, setup.payer,
        makeDefault: setup.makeDefault, at: clock.now)
    else { return .later("the card could not be read") }
    return .finished(changes + [.evaluatePaid(by: setup.payer)])
  }

  /// A card's data changed, such as its expiry when the bank renewed it.
  private func updateApplication(
    _ card: PaymentMethodID
  ) async throws(StoreError) -> Application {
    let keeper = CardKeeper(store: store, processor: outside.processor)
    guard let changes = try await keeper.changes(updating: card, at: clock.now) else {
      return .later("the card could not be read")
    }
    return .finished(changes)
  }

  /// A card was detached, here or elsewhere; one that is not stored is none of ours.
  private func removalApplication(_ card: PaymentMethodID) throws(StoreError) -> Application {
    let stored = try store.read { snapshot throws(StoreError) in try snapshot.card(card) }
    return .finished(stored == nil ? [] : [.removeCard(card)])
  }

  /// How the refunds of a charge stand: ours move their top-up, also one that had ended
  /// (invariant 37); another's are reversals (invariant 38).
  private func refundApplication(_ event: InboxEvent) async throws(StoreError) -> Application {
    guard let intent = event.intent, let owner = try owner(of: intent) else { return .finished([]) }
    let seen: [RefundSnapshot]
    switch await outside.processor.refunds(of: intent) {
    case .answered(let refunds): seen = refunds
    case .refused(let refusal): return .later("the refunds could not be read: \(refusal.code)")
    case .unknown(let reason), .notSent(let reason):
      return .later("the refunds could not be read: \(reason)")
    }
    if let reason = try lost(seen, of: intent) {
      try await stopBehind(reason, shownBy: event.received)
      return .later(reason)
    }
    for _ in 0..<settings.conflictRetriesMax {
      let stored = try store.read { snapshot throws(StoreError) in try snapshot.topUp(owner) }
      guard let topUp = stored else { return .finished([]) }
      // A charge's event is about all of its refunds.
      let concerned = seen.filter { event.object == $0.id.rawValue || !event.isOfOneRefund }
      let others = seen.filter { !topUp.isOwn($0) }.map { ReversalSnapshot($0) }
      let isOurs = !concerned.isEmpty && concerned.allSatisfy { topUp.isOwn($0) }
      if let reason = topUp.awaitsCharge { return .later(reason) }
      // Ours move their top-up on; another's are taken into its books.
      guard let step = judge(isOurs ? .refundsSeen(seen) : .reversalsSeen(others), on: topUp),
        !step.isWaiting
      else { return .finished([]) }
      do throws(StoreError) {
        try await keep(step, of: topUp, with: [.applyInbox(event.id)])
        poke(owner)
        return .kept
      } catch { guard case .conflict = error else { throw error } }
    }
    return .later("the top-up changed again and again")
  }

  private func owner(of intent: PaymentIntentID) throws(StoreError) -> TopUpID? {
    try store.read { snapshot throws(StoreError) in try snapshot.intentOwner(intent) }
  }

  /// A dispute: what it took stands in the books, and the account is blocked until it is given back
  /// (invariant 38). An inquiry moves nothing.
  private func disputeApplication(_ event: InboxEvent) async throws(StoreError) -> Application {
    guard let intent = event.intent, let owner = try owner(of: intent) else { return .finished([]) }
    let seen: [DisputeSnapshot]
    switch await outside.processor.disputes(of: intent) {
    case .answered(let disputes): seen = disputes
    case .refused(let refusal): return .later("the disputes could not be read: \(refusal.code)")
    case .unknown(let reason), .notSent(let reason):
      return .later("the disputes could not be read: \(reason)")
    }
    for _ in 0..<settings.conflictRetriesMax {
      let stored = try store.read { snapshot throws(StoreError) in try snapshot.topUp(owner) }
      guard let topUp = stored else { return .finished([]) }
      if let reason = topUp.awaitsCharge { return .later(reason) }
      let disputes = seen.map { ReversalSnapshot($0) }
      guard let step = judge(.reversalsSeen(disputes), on: topUp), !step.isWaiting else {
        return .finished([])
      }
      do throws(StoreError) {
        try await keep(step, of: topUp, with: [.applyInbox(event.id)])
        poke(owner)
        return .kept
      } catch { guard case .conflict = error else { throw error } }
    }
    return .later("the top-up changed again and again")
  }

  /// The bank warns that the cardholder may not have paid: nothing more is charged for the account
  /// until an operator has looked, and what was not ordered yet is given back (facts/stripe §7).
  private func warningApplication(_ event: InboxEvent) async throws(StoreError) -> Application {
    guard let intent = event.intent, let owner = try owner(of: intent) else { return .finished([]) }
    for _ in 0..<settings.conflictRetriesMax {
      let (stored, block) = try store.read { snapshot throws(StoreError) -> (TopUp?, [Change]) in
        guard let topUp = try snapshot.topUp(owner) else { return (nil, []) }
        let state = try snapshot.account(topUp.account).state
        let block = AccountBlock(
          .fraudWarning, actor: AccountBlock.service, reason: "\(event.type) of \(topUp.id)",
          since: self.clock.now)
        return (topUp, state.changes(beginning: block, of: topUp.account, topUp.payer))
      }
      guard let topUp = stored else { return .finished([]) }
      do throws(StoreError) {
        if !block.isEmpty {
          try await store.commit(Commit(now: clock.now, fence: settings.fence, block))
          feed.ring(after: block)
        }
        // What it warns of is a success that we have not heard of: it is needed when we have.
        if topUp.books.charged == 0, !topUp.state.isTerminal {
          return .later("the charge it warns of is not known yet")
        }
        guard let step = judge(.fraudWarned, on: topUp), !step.isWaiting else {
          return .finished([])
        }
        try await keep(step, of: topUp, with: [.applyInbox(event.id)])
        poke(owner)
        return .kept
      } catch { guard case .conflict = error else { throw error } }
    }
    return .later("the top-up changed again and again")
  }
}

extension InboxEvent {
  /// Whether its object is a refund, and not the charge that was refunded.
  fileprivate var isOfOneRefund: Bool { type.hasPrefix("refund.") }
}

extension TopUp {
  /// Why what was taken back of its charge cannot be booked yet: the event was faster than the charge's
  /// own; nil where it can.
  fileprivate var awaitsCharge: String? {
    books.charged == 0 && !state.isTerminal ? "the charge itself is not known yet" : nil
  }
}
