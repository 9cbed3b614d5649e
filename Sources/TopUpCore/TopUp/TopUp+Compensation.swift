// Giving a charge back that will not be delivered: first the order is tombstoned, and only when it
// is known to be dead is the card refunded (invariants 15, 33).

extension TopUp {
  func compensate(_ reason: String, _ now: UnixTime) -> Step {
    if let order, order.phase.mayDeliver {
      var cancelling = order
      cancelling.phase = .cancelling
      return Step(with(cancelling, .orderCancelling, now), "cancelling the order: \(reason)")
    }
    if let step = unseenFor(now) { return step }
    var topUp = moved(to: .refunding, now)
    // Given back for what the hold was for: the ramp has no part in it.
    if state == .depositHeld { topUp.hold?.phase = .refused }
    if var planned = order, planned.phase == .planned {
      planned.phase = .dead
      topUp = with(planned, .refunding, now)
    }
    return refunding(topUp, reason, now)
  }

  /// What is older than the ramp keeps its orders is a person's: one that was sent by what this store,
  /// an older copy, lacks may have been delivered, and the ramp would not know (invariants 28, 33, 50).
  ///
  /// - Returns: nil where it is younger, where others took all of it, or a person has said so.
  func unseenFor(_ now: UnixTime) -> Step? {
    let end = created.advanced(by: Timings.orderForgotten)
    guard case .ddc = account, now >= end, state == .charged || state == .depositHeld,
      !isRefundOrdered, resumed.map({ $0 < end }) ?? true, books.held + debtToUnpay > 0
    else { return nil }
    var topUp = self
    if hold?.phase == .waiting { topUp.hold?.phase = .over }
    if let planned = order, planned.phase == .planned {
      topUp.orders[planned.number - 1].phase = .dead
    }
    return topUp.parked(
      "older than the ramp keeps its orders: whether one was delivered is for a person to look up",
      resume: .charged, now)
  }

  /// Begins the refund of all that is held.
  func refunding(_ topUp: TopUp, _ cause: String, _ now: UnixTime) -> Step {
    var topUp = topUp
    let unpaid = topUp.unpayDebt()
    // Others took all of it back already.
    guard topUp.books.held > 0 else { return Step(topUp.takenWhole(now), cause) }
    topUp.refunds.append(
      RefundAttempt(
        number: topUp.refunds.count + 1,
        amount: Money(minorUnits: topUp.books.held, amount.currency)))
    var step = Step(topUp, "refunding: \(cause)")
    if !unpaid.isEmpty { step.entries = [Entry(topUp: id, "debt owed again", unpaid)] }
    return step
  }

  /// How the charge's refunds stand. Ours is known by its key; another's is for reconciliation.
  func refundsSeen(_ seen: [RefundSnapshot], _ now: UnixTime) throws(TransitionError) -> Step? {
    // Whichever it was, and whatever has become of the top-up since.
    for refund in refunds where refund.phase == .succeeded {
      guard let ours = snapshot(of: refund, in: seen) else { continue }
      if ours.status == .failed || ours.status == .canceled { return reopened(refund, ours, now) }
    }
    // The one that a person has in hand is taken for what it is, below, where it comes alone: an event
    // tells of each but once.
    let inHand = review?.resume == .refundFailed ? refunds.last : nil
    let late = lateRefunds(in: seen)
    if !late.allSatisfy({ late in inHand.map { $0.isRefused && isSame($0, late) } ?? false }) {
      return try reversalsSeen(late.map { ReversalSnapshot($0) }, now)
    }
    guard var refund = refunds.last else { return nil }
    switch state {
    case .refunding, .refundUnknown: break
    case .needsReview: guard refund.isUnresolved else { return refusedSeen(seen, now) }
    case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld,
      .depositing, .depositUnknown, .credited, .declined, .cancelled, .expired, .orderCancelling,
      .refunded, .refundFailed, .reversed:
      return nil
    }
    guard let ours = snapshot(of: refund, in: seen) else {
      guard refund.refund == nil, let other = seen.first(where: { $0.key == refundKey(refund) })
      else { return refundNotFound(refund, now) }
      return gaveNothing(
        refund, "refund \(other.id) of \(other.amount) has the key of the one of \(refund.amount)",
        now)
    }
    guard ours.amount == refund.amount else {
      return state == .needsReview
        ? nil : parked("refund \(ours.id) is of \(ours.amount)", resume: state, now)
    }
    refund.refund = ours.id
    refund.notFoundSince = nil
    switch ours.status {
    case .succeeded: return refunded(refund, now)
    case .pending, .requiresAction, .unrecognised:
      guard state != .needsReview else {
        return waiting(Timings.reviewPeriod, "the refund is pending", now)
      }
      guard refund.phase != .pending || state != .refunding else {
        return waiting(Timings.ask(looks), "the refund is pending", now)
      }
      refund.phase = .pending
      return Step(with(refund, .refunding, now), "the refund is pending")
    case .failed, .canceled:
      return gaveNothing(
        refund, "the refund failed: \(ours.failureReason ?? "no reason given")", now)
    }
  }

  /// Whether this top-up asked for a refund; another's was made in the processor's dashboard, or by
  /// a store of which this one is an older copy.
  package func isOwn(_ seen: RefundSnapshot) -> Bool {
    refunds.contains { isSame($0, seen) }
  }

  /// By its id, or by its key while it has none: one that is booked as another's already, or is of
  /// another sum, is not counted as this (invariants 24, 38).
  package func isSame(_ refund: RefundAttempt, _ seen: RefundSnapshot) -> Bool {
    if let known = refund.refund { return known == seen.id }
    return refundKey(refund) == seen.key && refund.amount == seen.amount
      && !reversals.contains { $0.id == seen.id.rawValue }
  }

  private func snapshot(
    of refund: RefundAttempt, in seen: [RefundSnapshot]
  ) -> RefundSnapshot? {
    seen.first { isSame(refund, $0) }
  }

  /// Refunds that were given up and are there all the same: what has been done since counts on their
  /// not being so, and they take what they take as another's would (invariants 15, 24, 38).
  package func lateRefunds(in seen: [RefundSnapshot]) -> [RefundSnapshot] {
    seen.filter { late in
      ReversalSnapshot(late).taken.minorUnits > 0
        && refunds.contains { $0.isRefused && isSame($0, late) }
    }
  }

  /// A refund that was refused is there all the same: an earlier send of it had arrived.
  private func refusedSeen(_ seen: [RefundSnapshot], _ now: UnixTime) -> Step? {
    guard var refund = refunds.last, refund.isRefused, review?.resume == .refundFailed,
      let ours = snapshot(of: refund, in: seen)
    else { return nil }
    refund.refund = ours.id
    switch ours.status {
    case .succeeded: return refunded(refund, now)
    case .pending, .requiresAction, .unrecognised:
      refund.phase = .pending
      return Step(with(refund, .refunding, now), "the refund was refused, and is pending")
    case .failed, .canceled: return nil
    }
  }

  /// The processor refunds no more than was charged, and the key makes it the same request while it
  /// is remembered; two looks must agree before it is sent again.
  private func refundNotFound(_ refund: RefundAttempt, _ now: UnixTime) -> Step? {
    guard state == .refundUnknown else { return nil }
    var refund = refund
    // A moment by a clock that was ahead is none (invariant 48).
    let known = refund.notFoundSince.flatMap { $0 <= now ? $0 : nil }
    guard let since = known, now >= since.advanced(by: Timings.notFoundSpacing) else {
      refund.notFoundSince = known ?? now
      var copy = self
      copy.refunds[refund.number - 1] = refund
      return copy.waiting(Timings.notFoundSpacing, "no refund is known yet", now)
    }
    refund.notFoundSince = nil
    refund.phase = .sending
    return Step(with(refund, .refunding, now), "no refund is known: sending it again")
  }

  /// A refund that had succeeded failed after all: the money is back with us, and owed once more
  /// (invariant 37).
  private func reopened(_ refund: RefundAttempt, _ seen: RefundSnapshot, _ now: UnixTime) -> Step {
    var topUp = self
    topUp.refunds[refund.number - 1].phase = .failed
    topUp.books.refunded -= refund.amount.minorUnits
    topUp.books.held += refund.amount.minorUnits
    // Taken back by others beside the refund, that had become a debt: now it is no refund.
    let paid = topUp.offsetDebt()
    let reason = "the refund failed later: \(seen.failureReason ?? "no reason given")"
    var step: Step
    if !state.isTerminal {
      // It goes on as it did, with other books.
      step = Step(topUp, reason)
    } else if topUp.books.held > 0 {
      step = topUp.parked(reason, resume: .refundFailed, now)
    } else {
      step = Step(topUp.takenWhole(now), "\(reason); others had taken it back")
    }
    step.entries = [
      Entry(
        topUp: id, "refund failed",
        Entry.net(
          Entry.move(
            Int128(refund.amount.minorUnits), from: .held(account, amount.currency),
            to: .processor(amount.currency)) + paid))
    ]
    return step
  }

  private func refunded(_ refund: RefundAttempt, _ now: UnixTime) -> Step {
    var refund = refund
    refund.phase = .succeeded
    var topUp = with(refund, .refunded, now)
    let shortfall = topUp.coverShortfall(of: refund.amount.minorUnits)
    topUp.books.held -= refund.amount.minorUnits
    topUp.books.refunded += refund.amount.minorUnits
    let rest = orders.contains(where: \.isPart) ? ", what was not delivered" : ""
    var step = Step(topUp, "refunded \(refund.amount)\(rest)")
    if topUp.books.held > 0 {
      let back = Money(minorUnits: topUp.books.held, amount.currency)
      step = topUp.parked(
        "\(back) came back while \(refund.amount) was refunded: refund it", resume: .charged, now)
    }
    step.entries = [
      Entry(
        topUp: id, "charge refunded",
        Entry.net(
          shortfall
            + Entry.move(
              Int128(refund.amount.minorUnits), from: .processor(amount.currency),
              to: .held(account, amount.currency))))
    ]
    return step
  }

  func refundRefused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    switch refusal.kind {
    case .rateLimited, .inProgress, .notAuthorised, .insufficientLiquidity, .notFound,
      .quoteNotUsable:
      waiting(refusal.retryAfter ?? Timings.ask(looks), "put off: \(refusal.code)", now)
    case .idempotencyConflict:
      parked("the refund was refused: \(refusal.code)", resume: state, now)
    case .unexpectedState, .invalid: refusedForGood(refusal, now)
    }
  }

  /// It was not made, and is not made under this key any more: what is held is given back by another,
  /// if others have not taken it (invariants 37, 39). A question that is refused says nothing.
  private func refusedForGood(_ refusal: Refusal, _ now: UnixTime) -> Step {
    let reason = "the refund was refused: \(refusal.code)"
    guard let refund = refunds.last, case .createRefund = next(), refund.refund == nil else {
      return parked(reason, resume: state, now)
    }
    return gaveNothing(refund, reason, now)
  }

  /// What stands against a refund was seen before it was sent.
  func refundWithheld(_ reason: String, _ now: UnixTime) -> Step? {
    guard state == .refunding, let refund = refunds.last, refund.phase == .sending else {
      return nil
    }
    return gaveNothing(refund, reason, now)
  }

  /// It gave nothing back: what is held is given back by another, if others have not taken it.
  private func gaveNothing(_ refund: RefundAttempt, _ reason: String, _ now: UnixTime) -> Step {
    var refund = refund
    refund.phase = .failed
    let topUp = with(refund, .refundFailed, now)
    guard topUp.books.held > 0 else {
      return Step(topUp.takenWhole(now), "\(reason); others had taken it back")
    }
    return topUp.parked(reason, resume: .refundFailed, now)
  }

  private func with(_ refund: RefundAttempt, _ state: TopUpState, _ now: UnixTime) -> TopUp {
    var topUp = moved(to: state, now)
    topUp.refunds[refund.number - 1] = refund
    return topUp
  }
}
