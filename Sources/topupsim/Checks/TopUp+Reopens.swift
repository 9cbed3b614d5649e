import TopUpCore

extension TopUp {
  /// A refund that failed later opens the liability again; a reversal comes at any time.
  func reopens(as after: TopUp) -> Bool {
    switch state {
    case .refunded: true
    case .credited: after.state == .reversed || after.state == .credited
    case .reversed: true
    case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld,
      .depositing, .depositUnknown, .declined, .cancelled, .expired, .orderCancelling, .refunding,
      .refundUnknown, .refundFailed, .needsReview:
      false
    }
  }
}
