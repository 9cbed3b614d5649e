// What was charged and has not bought anything yet is given back by a tenant's or an operator's word:
// the same way as what cannot be delivered, the order's tombstone first (invariants 15, 33).

extension TopUp {
  /// - Throws: ``TransitionError/notRefunded(_:)`` where the charge is not to be given back.
  func refundWished(_ wish: RefundWish, _ now: UnixTime) throws(TransitionError) -> Step {
    do throws(RefundRefusal) {
      guard !wish.actor.isEmpty, !wish.reason.isEmpty else { throw .unsigned }
      try isRefundable()
      // What it paid of a debt is owed again with it.
      let left = Money(minorUnits: books.held + debtToUnpay, amount.currency)
      guard left.minorUnits > 0 else { throw .nothingLeft }
      if let asked = wish.amount, asked != left {
        guard asked.currency == left.currency, asked.minorUnits <= left.minorUnits else {
          throw .aboveLeft(left)
        }
        throw .spokenFor(left)
      }
      var wished = self
      wished.isRefundWished = true
      return wished.compensate("\(wish.actor), \(wish.reason)", now)
    } catch {
      throw .notRefunded(error)
    }
  }

  /// Whether the charge is there, nobody gives it back yet, and nothing was delivered for it.
  private func isRefundable() throws(RefundRefusal) {
    switch state {
    case .charged, .depositHeld: break
    case .depositing, .depositUnknown:
      // An order that is being stopped or may be: the ramp's word decides. One that has moved
      // something is nothing to stop.
      if let order, order.hasMovedFunds { throw .delivered }
    case .reserved, .charging, .chargeUnknown, .actionRequired, .declined, .cancelled, .expired:
      throw .notCharged(state)
    case .credited: throw .delivered
    case .orderCancelling, .refunding, .refundUnknown, .refunded, .refundFailed:
      throw .underWay(state)
    case .reversed: throw books.delivered > 0 ? .delivered : .nothingLeft
    case .needsReview: throw .inReview
    }
  }
}
