import StrictJSON
import TopUpCore

/// A payment intent: succeeds at most once, however often it is confirmed.
struct StripeIntent: StripeObject {
  enum Status: String {
    case requiresPaymentMethod = "requires_payment_method"
    case requiresConfirmation = "requires_confirmation"
    case requiresAction = "requires_action"
    case requiresCapture = "requires_capture"
    case processing
    case succeeded
    case canceled
  }

  let id: String
  let clientSecret: String
  let created: UnixTime
  var status = Status.requiresPaymentMethod
  var amount: Int64
  var amountReceived: Int64 = 0
  var amountCapturable: Int64 = 0
  /// In lower case.
  var currency: String
  var customer: String?
  var paymentMethod: String?
  var latestCharge: String?
  var lastError: JSON?
  var nextAction: JSON?
  var metadata: [String: String] = [:]
  var description: String?
  var statementDescriptorSuffix: String?
  var receiptEmail: String?
  var setupFutureUsage: String?
  var captureMethod = "automatic_async"
  var cancellationReason: String?
  var canceledAt: UnixTime?
  /// Whether `allowed_payment_method_types` named the card.
  var allowsCardOnly = false
  /// Whether methods that redirect are excluded.
  var excludesRedirects = false
  var requestThreeDSecure = "automatic"
  var returnURL: String?
  /// Whether the confirm under way said that the person is away.
  var isOffSession = false

  var json: JSON {
    let automatic: JSON =
      allowsCardOnly
      ? nil : ["allow_redirects": excludesRedirects ? "never" : "always", "enabled": true]
    return [
      "id": .string(id), "object": "payment_intent",
      "allowed_payment_method_types": allowsCardOnly ? ["card"] : nil,
      "amount": .integer(amount), "amount_capturable": .integer(amountCapturable),
      "amount_details": ["tip": [:]], "amount_received": .integer(amountReceived),
      "application": nil, "application_fee_amount": nil, "automatic_payment_methods": automatic,
      "canceled_at": .integer(orNull: canceledAt?.seconds),
      "cancellation_reason": .string(orNull: cancellationReason),
      "capture_method": .string(captureMethod), "client_secret": .string(clientSecret),
      "confirmation_method": "automatic", "created": .integer(created.seconds),
      "currency": .string(currency), "customer": .string(orNull: customer),
      "description": .string(orNull: description), "excluded_payment_method_types": nil,
      "last_payment_error": orNull(lastError), "latest_charge": .string(orNull: latestCharge),
      "livemode": false, "metadata": .metadata(metadata), "next_action": orNull(nextAction),
      "on_behalf_of": nil, "payment_method": .string(orNull: paymentMethod),
      "payment_method_configuration_details": nil,
      "payment_method_options": [
        "card": [
          "installments": nil, "mandate_options": nil, "network": nil,
          "request_three_d_secure": .string(requestThreeDSecure),
        ]
      ],
      "payment_method_types": ["card"], "processing": nil,
      "receipt_email": .string(orNull: receiptEmail), "review": nil,
      "setup_future_usage": .string(orNull: setupFutureUsage), "shipping": nil, "source": nil,
      "statement_descriptor": nil,
      "statement_descriptor_suffix": .string(orNull: statementDescriptorSuffix),
      "status": .string(status.rawValue), "transfer_data": nil, "transfer_group": nil,
    ]
  }

  private func orNull(_ value: JSON?) -> JSON { value ?? .null }
}
