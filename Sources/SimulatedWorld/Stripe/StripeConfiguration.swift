import TopUpCore

/// How a simulated Stripe account is set up.
package struct StripeConfiguration: Sendable {
  /// The keys that are let in; each starts `sk_test_` or `rk_test_`.
  package var keys: Set<String> = ["sk_test_sandbox"]
  /// The only version that requests may name, and that events are rendered in.
  package var apiVersion = "2026-10-28.endive"
  /// Stripe lets a POST without a key through; here it is refused, since it may charge twice.
  package var requiresIdempotencyKeys = true
  /// From success to the balance transaction and `charge.updated`.
  package var settleDelay = Duration.seconds(2)
  /// From success to what a dispute card brings.
  package var disputeDelay = Duration.seconds(5)
  /// From a refund to its late end on the cards that have one.
  package var refundDelay = Duration.seconds(5)
  /// The account's fee: 2.9 % and 30 minor units.
  package var feeBasisPoints: Int64 = 290
  package var feeFixed: Int64 = 30
  /// Payout delay of the balance.
  package var availableDelay = Duration.seconds(2 * 86_400)
  package var seed: UInt64 = 1

  package init() {}
}

/// What a fault script does to one call of Stripe.
package struct StripeDisturbance: Sendable, Hashable {
  /// How long the answer takes; the idempotency key is in use till then.
  package var takes = Duration.zero
  /// The call has its effects and answers 500, which then stands for the key.
  package var failsAfterApplying = false
  /// A confirm answers `processing` and ends this much later.
  package var processing: Duration?
  /// A charge is assessed so, whatever its card.
  package var riskLevel: String?
  /// A charge is declined with such a code, whatever its card.
  package var declineCode: String?

  package static let none = StripeDisturbance()

  package init(
    takes: Duration = .zero, failsAfterApplying: Bool = false, processing: Duration? = nil
  ) {
    self.takes = takes
    self.failsAfterApplying = failsAfterApplying
    self.processing = processing
  }
}
