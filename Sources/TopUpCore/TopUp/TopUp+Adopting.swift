// An order of this top-up that the ramp has and that this row never sent: an older copy of the store
// is in its place, and what came after it did (invariants 28, 50).

extension TopUp {
  /// The same with the order as one of its own that is under way, so that it is followed to its end,
  /// and stopped before anything is given back beside it (invariant 33).
  ///
  /// - Returns: nil for an order that the row has sent, and where it changes nothing.
  func adopting(_ seen: RampOrder, _ now: UnixTime) -> TopUp? {
    guard let number = adoptedNumber(seen) else { return nil }
    let planned = orders.count >= number ? orders[number - 1] : nil
    let pinned = planned?.quote ?? quote
    let order = DepositOrder(
      number: number,
      // One that ended before it was seen names no amount.
      quote: pinned.flatMap { $0.tokens == seen.ordered || seen.isDead ? $0 : nil }
        ?? priced(seen, like: pinned, now),
      phase: .open, created: planned?.created ?? now)
    var topUp = self
    if planned == nil { topUp.orders.append(order) } else { topUp.orders[number - 1] = order }
    switch state {
    case .charged: topUp.state = .depositing
    case .depositHeld:
      topUp.state = .depositing
      topUp.hold?.phase = .over
    case .refunding:
      // Not sent: a store that lacks orders sends nothing.
      if let last = topUp.refunds.indices.last { topUp.refunds[last].phase = .failed }
      topUp.state = .orderCancelling
    case .needsReview:
      if let review { topUp.review = Review(reason: review.reason, resume: .depositing) }
    case .reserved, .charging, .chargeUnknown, .actionRequired, .depositing, .depositUnknown,
      .credited, .declined, .cancelled, .expired, .orderCancelling, .refundUnknown, .refunded,
      .refundFailed, .reversed:
      break
    }
    return topUp
  }

  /// Whether its next step with time is one that an older copy of the store must not take: it may have
  /// gone further since.
  package var isBeforeSending: Bool {
    state == .reserved || state == .charged || state == .depositHeld
  }

  /// The number of an order that is known to be ours, and was not sent by this row.
  private func adoptedNumber(_ seen: RampOrder) -> Int? {
    guard case .ddc = account, let parts = seen.id.parts, parts.topUp == id,
      parts.number <= orders.count + 1, parts.number >= orders.count
    else { return nil }
    switch state {
    case .charged, .depositHeld: break
    // What was parked on its way to an order, or to be given back without one.
    case .needsReview: guard review?.resume == .charged else { return nil }
    case .refunding: guard refunds.last?.phase == .sending else { return nil }
    case .reserved, .charging, .chargeUnknown, .actionRequired, .depositing, .depositUnknown,
      .credited, .declined, .cancelled, .expired, .orderCancelling, .refundUnknown, .refunded,
      .refundFailed, .reversed:
      return nil
    }
    guard parts.number <= orders.count else { return seen.isDead ? nil : parts.number }
    let known = orders[parts.number - 1]
    switch known.phase {
    case .planned: return parts.number
    case .dead: return known.seen == nil && !seen.isDead ? parts.number : nil
    case .sending, .open, .finalizing, .cancelling, .completed: return nil
    }
  }

  /// A quote that nobody has any more, by what was ordered under it: it was for what was left of the
  /// charge.
  private func priced(_ seen: RampOrder, like pinned: Quote?, _ now: UnixTime) -> Quote {
    let gross = toOrder
    let fee = Money(
      minorUnits: min(pinned?.fee.minorUnits ?? fee, gross.minorUnits), gross.currency)
    return Quote(
      id: QuoteID("unknown"), rateNano: pinned?.rateNano ?? 0, gross: gross, fee: fee,
      net: Money(minorUnits: gross.minorUnits - fee.minorUnits, gross.currency),
      tokens: seen.ordered, created: now, expires: now)
  }
}
