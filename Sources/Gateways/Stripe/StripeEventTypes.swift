/// The kinds of events that tell this service something.
package enum StripeEventTypes {
  /// Exactly what the webhook endpoint should be set up with; the list call takes up to 20.
  package static let taken = [
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.requires_action",
    "payment_intent.processing", "payment_intent.canceled",
    "setup_intent.succeeded", "setup_intent.setup_failed",
    "payment_method.detached", "payment_method.updated", "payment_method.automatically_updated",
    "charge.refunded",
    "refund.created", "refund.updated", "refund.failed",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
  ]
}
