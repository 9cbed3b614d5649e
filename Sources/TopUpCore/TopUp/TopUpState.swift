/// Where a top-up stands (docs/ARCHITECTURE.md, "The life of a top-up").
package enum TopUpState: String, Sendable, Hashable, CaseIterable {
  case reserved
  case charging
  /// A create, confirm or cancel is in doubt: asked about, never repeated blindly (invariant 15).
  case chargeUnknown
  /// A person must authenticate the same intent (invariant 21).
  case actionRequired
  case charged
  /// Charged; the deposit waits, for it cannot be undone (facts/stripe §7).
  case depositHeld
  case depositing
  case depositUnknown
  case credited
  case declined
  case cancelled
  case expired
  /// The order is being tombstoned before the card is refunded (invariant 33).
  case orderCancelling
  case refunding
  case refundUnknown
  case refunded
  case refundFailed
  case reversed
  /// Parked with a reason and the next look; not terminal.
  case needsReview

  package var isTerminal: Bool {
    switch self {
    case .credited, .declined, .cancelled, .expired, .refunded, .reversed: true
    case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld,
      .depositing, .depositUnknown, .orderCancelling, .refunding, .refundUnknown, .refundFailed,
      .needsReview:
      false
    }
  }

  /// Whether its next step with time is one that an older copy of the store must not take: the top-up
  /// may have gone further since (invariants 8, 33, 50).
  package var isBeforeSending: Bool {
    self == .reserved || self == .charged || self == .depositHeld
  }

  /// The state whose call is in doubt; itself where none is.
  var outOfDoubt: TopUpState {
    switch self {
    case .chargeUnknown: .charging
    case .depositUnknown: .depositing
    case .refundUnknown: .refunding
    case .reserved, .charging, .actionRequired, .charged, .depositHeld, .depositing, .credited,
      .declined, .cancelled, .expired, .orderCancelling, .refunding, .refunded, .refundFailed,
      .reversed, .needsReview:
      self
    }
  }

  /// Whether what it will bring counts towards the effective balance (invariant 10). What waits for
  /// long, or for a person, may never come.
  package var countsAsPending: Bool {
    switch self {
    case .reserved, .charging, .chargeUnknown, .charged, .depositing, .depositUnknown: true
    case .actionRequired, .depositHeld, .credited, .declined, .cancelled, .expired,
      .orderCancelling, .refunding, .refundUnknown, .refunded, .refundFailed, .reversed,
      .needsReview:
      false
    }
  }
}
