/// The codes that this version knows.
///
/// - Source: Stripe documentation, "Decline codes" and "Error codes", as of 2026-10-28.endive.
enum DeclineCodes {
  static let declineCodes = table([
    .hard: [
      "lost_card", "stolen_card", "pickup_card", "restricted_card", "revocation_of_authorization",
      "revocation_of_all_authorizations", "stop_payment_order", "security_violation",
      "do_not_try_again", "invalid_account",
    ],
    .fraud: ["fraudulent", "merchant_blacklist"],
    .cardData: [
      "expired_card", "incorrect_number", "invalid_number", "invalid_expiry_month",
      "invalid_expiry_year", "incorrect_cvc", "invalid_cvc", "incorrect_zip",
      "new_account_information_available",
    ],
    .cardCannot: [
      "card_not_supported", "currency_not_supported", "transaction_not_allowed",
      "service_not_allowed", "not_permitted", "invalid_amount", "duplicate_transaction",
      "testmode_decline", "incorrect_pin", "invalid_pin", "pin_try_exceeded",
      "offline_pin_required", "online_or_offline_pin_required",
    ],
    .authentication: ["authentication_required"],
    .soft: [
      "insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded",
      "processing_error", "issuer_not_available", "try_again_later", "reenter_transaction",
      "approve_with_id",
    ],
    .opaque: ["generic_decline", "do_not_honor", "call_issuer", "no_action_taken"],
    .rateLimited: ["card_decline_rate_limit_exceeded"],
  ])

  /// Codes of the error itself, which decide where the processor gave no decline code.
  static let codes = table([
    .hard: ["payment_method_restricted"],
    .cardData: [
      "expired_card", "expired_payment_method", "incorrect_number", "invalid_number",
      "invalid_expiry_month", "invalid_expiry_year", "incorrect_cvc", "invalid_cvc",
      "incorrect_zip", "incorrect_postal_code", "incorrect_address",
    ],
    .cardCannot: ["payment_method_currency_mismatch"],
    .authentication: [
      "authentication_required", "authentication_failure",
      "payment_intent_authentication_failure", "setup_intent_authentication_failure",
    ],
    .soft: ["processing_error"],
    .opaque: ["card_declined"],
    .processorFault: [
      "api_error", "lock_timeout", "payment_method_provider_timeout", "api_key_expired",
      "platform_api_key_expired", "secret_key_required", "livemode_mismatch",
      "testmode_charges_only",
    ],
    .rateLimited: ["card_decline_rate_limit_exceeded", "rate_limit"],
  ])

  /// Codes that nobody who may hold the card is told.
  static let secret: Set<String> = [
    "lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist",
  ]

  private static func table(_ rows: [DeclineClass: [String]]) -> [String: DeclineClass] {
    Dictionary(uniqueKeysWithValues: rows.flatMap { row in row.value.map { ($0, row.key) } })
  }
}
