// Ledger against processor, in both directions (invariants 16, 38, 40).

extension ThreeBooks {
  func chargeDifferences(_ now: UnixTime) -> [Difference] {
    var found = intents.compactMap { difference(of: $0, now) }
    for attempt in topUp?.attempts ?? [] where attempt.phase == .succeeded {
      guard let intent = attempt.intent, absentIntents.contains(intent) else { continue }
      found.append(
        Difference(
          .chargeNotTaken, id, object: intent.rawValue, ours: "\(charged)",
          theirs: "no such payment"))
    }
    return found
  }

  private func difference(of intent: IntentSnapshot, _ now: UnixTime) -> Difference? {
    let isSecond = intent.status == .succeeded && topUp?.succeededIntent != nil
    if let topUp, !isSecond, (topUp.attempts.last?.number ?? 0) < intent.attempt ?? 0 {
      return ofLostAttempt(intent)
    }
    guard intent.status == .succeeded else { return notTaken(intent) }
    let taken = intent.amountReceived
    // Given back in whole, nothing of it is left to be counted.
    let isGivenBack = intent.refunded == taken
    func different(
      _ kind: Difference.Kind, _ ours: String, repair: [TopUpEvent] = []
    ) -> Difference {
      Difference(
        kind, id, object: intent.id.rawValue, ours: ours, theirs: "\(taken) taken", repair: repair)
    }
    guard let topUp else {
      return isGivenBack ? nil : different(.chargeWithoutTopUp, "no such top-up")
    }
    let attempt = topUp.attempts.first { $0.intent == intent.id }
    if attempt?.phase == .succeeded {
      return charged == taken ? nil : different(.chargeAmount, "\(charged) charged")
    }
    if isGivenBack { return nil }
    if let other = topUp.succeededIntent {
      return different(.secondCharge, "\(charged) charged by \(other)")
    }
    return different(
      .chargeNotCounted, "\(topUp.state.rawValue), \(charged) charged",
      repair: useful([.intentSeen(intent)], now))
  }

  /// Of an attempt that an older copy of the store does not have: the top-up cannot follow it, whatever
  /// becomes of it (invariant 50).
  private func ofLostAttempt(_ intent: IntentSnapshot) -> Difference? {
    let isOver =
      intent.status == .canceled
      || (intent.status == .succeeded && intent.refunded == intent.amountReceived)
    guard !isOver else { return nil }
    return Difference(
      .chargeWithoutTopUp, id, object: intent.id.rawValue, ours: "no such attempt",
      theirs: "\(intent.amount), \(intent.status)")
  }

  /// An intent that has taken nothing.
  private func notTaken(_ intent: IntentSnapshot) -> Difference? {
    guard let topUp else {
      // What can still take money of a top-up that is forgotten is somebody's to settle.
      return intent.status == .canceled
        ? nil
        : Difference(
          .chargeWithoutTopUp, id, object: intent.id.rawValue, ours: "no such top-up",
          theirs: "\(intent.amount), \(intent.status)")
    }
    guard topUp.succeededIntent == intent.id else { return nil }
    return Difference(
      .chargeNotTaken, id, object: intent.id.rawValue, ours: "\(charged) charged",
      theirs: "\(intent.status)")
  }

  var charged: Money {
    Money(minorUnits: topUp?.books.charged ?? 0, topUp?.amount.currency ?? .usd)
  }

  // MARK: What was taken back

  func reversalDifferences(_ now: UnixTime) -> [Difference] {
    guard let topUp, topUp.books.charged > 0,
      let intent = intents.first(where: { $0.id == topUp.succeededIntent })
    else { return [] }
    return [refundDifference(topUp, intent, now), disputeDifference(topUp, intent, now)]
      .compactMap { $0 }
  }

  private func refundDifference(
    _ topUp: TopUp, _ intent: IntentSnapshot, _ now: UnixTime
  ) -> Difference? {
    let ours = Money(minorUnits: topUp.books.refunded, topUp.amount.currency)
    func different(_ theirs: Money, repair: [TopUpEvent] = []) -> Difference {
      Difference(
        .refundSum, id, object: intent.id.rawValue, ours: "\(ours) refunded",
        theirs: "\(theirs) refunded", repair: repair)
    }
    guard let refunds else {
      guard let theirs = intent.refunded, theirs != ours else { return nil }
      return different(theirs)
    }
    let own = refunds.filter { topUp.isOwn($0) }
    let others = refunds.filter { !topUp.isOwn($0) }.map { ReversalSnapshot($0) }
    let known = topUp.reversals.filter { $0.kind == .refund }
    let isSame =
      own.allSatisfy { refund in
        topUp.hasSucceeded(refund) == (refund.status == .succeeded)
      } && agree(others, known)
    let sum =
      own.reduce(0) { $0 + ($1.status == .succeeded ? $1.amount.minorUnits : 0) }
      + others.reduce(0) { $0 + $1.taken.minorUnits }
    guard !isSame || sum != ours.minorUnits else { return nil }
    return different(
      Money(minorUnits: sum, ours.currency),
      repair: useful([.refundsSeen(own), .reversalsSeen(others)], now))
  }

  private func disputeDifference(
    _ topUp: TopUp, _ intent: IntentSnapshot, _ now: UnixTime
  ) -> Difference? {
    let ours = Money(minorUnits: topUp.books.disputed, topUp.amount.currency)
    let known = topUp.reversals.filter { $0.kind == .dispute }
    func different(_ theirs: String, repair: [TopUpEvent] = []) -> Difference {
      Difference(
        .disputeSum, id, object: intent.id.rawValue, ours: "\(ours) disputed", theirs: theirs,
        repair: repair)
    }
    guard let disputes else {
      // The flag stays once it was set; only a dispute that nobody knows of is news.
      return intent.isDisputed && known.isEmpty ? different("disputed") : nil
    }
    let seen = disputes.map { ReversalSnapshot($0) }
    let sum = seen.reduce(0) { $0 + $1.taken.minorUnits }
    guard !agree(seen, known) || sum != ours.minorUnits else { return nil }
    return different(
      "\(Money(minorUnits: sum, ours.currency)) disputed",
      repair: useful([.reversalsSeen(seen)], now))
  }

  /// Whether each stands as it is known to.
  private func agree(_ seen: [ReversalSnapshot], _ known: [Reversal]) -> Bool {
    seen.allSatisfy { snapshot in
      snapshot.taken.minorUnits == known.first { $0.id == snapshot.id }?.taken ?? 0
    }
      && known.allSatisfy { reversal in
        reversal.taken == 0 || seen.contains { $0.id == reversal.id }
      }
  }

  /// Those of the events that the top-up's own machine would follow, or would ask a person about:
  /// nothing is mended around it.
  func useful(_ events: [TopUpEvent], _ now: UnixTime) -> [TopUpEvent] {
    guard let topUp else { return [] }
    return events.filter { event in
      do throws(TransitionError) {
        guard let step = try topUp.applying(event, at: now) else { return false }
        return !step.isWaiting
      } catch { return topUp.contradicted(error, at: now) != nil }
    }
  }
}

extension TopUp {
  /// Whether one of our own refunds counts as paid out.
  fileprivate func hasSucceeded(_ seen: RefundSnapshot) -> Bool {
    refunds.contains { isSame($0, seen) && $0.phase == .succeeded }
  }
}
