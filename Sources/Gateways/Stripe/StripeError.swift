internal import StrictJSON
internal import TopUpCore

/// The error object of a Stripe answer, and what follows from it.
/// - Source: Stripe API reference, "Errors", "Idempotent requests" and "Advanced error handling".
struct StripeError: Hashable, Sendable {
  let status: Int
  /// `api_error`, `card_error`, `idempotency_error` or `invalid_request_error`.
  let type: String
  let code: String?
  let declineCode: String?
  let adviceCode: String?
  let networkDeclineCode: String?
  /// Without keys and client secrets.
  let message: String
  let charge: ChargeID?
  /// The intent that the request made or moved although it failed.
  let paymentIntent: JSON?

  /// - Returns: nil when the body is no error of Stripe's: a proxy's page, say.
  init?(status: Int, body: JSON) {
    guard let error = body["error"], let type = error.optionalWord("type") else { return nil }
    self.status = status
    self.type = type
    code = error.optionalWord("code")
    declineCode = error.optionalWord("decline_code")
    adviceCode = error.optionalWord("advice_code")
    networkDeclineCode = error.optionalWord("network_decline_code")
    message = SecretScrub.text(error["message"]?.string ?? "")
    charge = error.expandableID("charge").map { ChargeID($0) }
    paymentIntent = error["payment_intent"]
  }

  /// A card's failure, which is an outcome and no error.
  var isDecline: Bool { status == 402 || type == "card_error" }

  /// The intent is not in the state for what was asked: its present state is the answer.
  var isUnexpectedIntentState: Bool { code == "payment_intent_unexpected_state" }

  var decline: Decline {
    Decline(
      code: code ?? type, declineCode: declineCode, adviceCode: adviceCode,
      networkDeclineCode: networkDeclineCode, message: message, charge: charge)
  }

  /// Why Stripe did nothing.
  ///
  /// - Parameters:
  ///   - requestID: what Stripe's log calls the request.
  ///   - retryAfter: of the answer's field.
  ///   - shouldRetry: `Stripe-Should-Retry: true`, by which Stripe says that a refusal passes.
  /// - Returns: nil when it may have done something.
  func refusal(requestID: String?, retryAfter: Duration?, shouldRetry: Bool) -> Refusal? {
    guard var kind else { return nil }
    if shouldRetry, kind == .invalid { kind = .inProgress }
    return Refusal(
      kind, code: declineCode ?? code ?? type,
      message: requestID.map { "\(message) (\($0))" } ?? message, retryAfter: retryAfter)
  }

  private var kind: Refusal.Kind? {
    switch status {
    case 400, 402:
      if type == "idempotency_error" { return .idempotencyConflict }
      return Self.kind(ofCode: code)
    case 401, 403: return .notAuthorised
    case 404: return .notFound
    // Also of two requests that met at one object: either way nothing was done yet.
    case 409: return type == "idempotency_error" && !isKeyInUse ? .idempotencyConflict : .inProgress
    case 429: return .rateLimited
    // An external dependency failed, or the request was not read to its end: in doubt.
    case 408, 424: return nil
    case 405...499: return .invalid
    default: return nil
    }
  }

  private var isKeyInUse: Bool { code == "idempotency_key_in_use" }

  private static func kind(ofCode code: String?) -> Refusal.Kind {
    switch code {
    case "resource_missing": .notFound
    case "idempotency_key_in_use": .inProgress
    case "rate_limit", "lock_timeout": .rateLimited
    case "livemode_mismatch", "testmode_charges_only", "api_key_expired", "secret_key_required",
      "platform_api_key_expired":
      .notAuthorised
    case "payment_intent_unexpected_state", "payment_method_unexpected_state",
      "setup_intent_unexpected_state", "charge_already_refunded", "charge_disputed",
      "refund_disputed_payment", "resource_already_exists":
      .unexpectedState
    default: .invalid
    }
  }
}

extension JSON {
  /// The id under a name whose value is an id, or the whole object when it was expanded.
  func expandableID(_ name: String) -> String? {
    optionalWord(name) ?? self[name]?.optionalWord("id")
  }
}
