/// What the ramp says it can still deliver, and what of it is spoken for (invariant 6).
///
/// The claims are read *before* the ramp is asked. An order it takes on after it was asked is then
/// counted as a claim still, one it took on before is counted twice at worst; top-ups that begin
/// after the reading are counted by the store when the next one begins. So no two that begin at the
/// same time are promised the same tokens.
package struct Headroom: Sendable, Hashable {
  /// By the ramp's word, open orders taken off.
  package var said: Planck
  /// What top-ups in flight will be ordered for and the ramp has not been seen to take on.
  package var claimed: Planck
  /// The newest top-up that was there when the claims were read, by the store's count of them.
  package var through: Int64

  package init(said: Planck, claimed: Planck, through: Int64) {
    self.said = said
    self.claimed = claimed
    self.through = through
  }

  /// What is left for a top-up that begins now.
  package var free: Int128 { said.units - claimed.units }
}

extension Headroom {
  /// Claims as a store has them, for whoever asks the ramp next.
  package struct Claims: Sendable, Hashable {
    package var tokens: Planck
    package var through: Int64

    package init(tokens: Planck, through: Int64) {
      self.tokens = tokens
      self.through = through
    }
  }

  package enum Known: Sendable, Hashable {
    case notAsked
    case told(Headroom)
    /// The ramp did not say, or says that it is not well.
    case unavailable(String)
  }
}

extension TopUp {
  /// What the ramp will be asked for and has not been seen to take on (invariant 6). An order that may
  /// have arrived counts until the ramp shows it.
  package var claimedTokens: Planck {
    // Paid for a debt alone, or bought already: nothing is ordered for it.
    guard toOrder.minorUnits > 0 else { return .zero }
    switch state == .needsReview ? review?.resume ?? state : state {
    case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld,
      .depositing, .depositUnknown, .needsReview:
      guard let order, order.phase != .dead, order.phase != .completed else {
        return missingTokens ?? quote?.tokens ?? .zero
      }
      return order.seen == nil ? order.quote.tokens : .zero
    case .credited, .declined, .cancelled, .expired, .orderCancelling, .refunding, .refundUnknown,
      .refunded, .refundFailed, .reversed:
      return .zero
    }
  }
}
