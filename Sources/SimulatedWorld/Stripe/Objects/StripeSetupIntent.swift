import StrictJSON
import TopUpCore

struct StripeSetupIntent: StripeObject {
  enum Status: String {
    case requiresPaymentMethod = "requires_payment_method"
    case requiresConfirmation = "requires_confirmation"
    case requiresAction = "requires_action"
    case succeeded
    case canceled
  }

  let id: String
  let clientSecret: String
  let created: UnixTime
  var status = Status.requiresPaymentMethod
  var usage = "off_session"
  var customer: String?
  var paymentMethod: String?
  var latestAttempt: String?
  var lastError: JSON?
  var nextAction: JSON?
  var metadata: [String: String] = [:]
  var description: String?
  var cancellationReason: String?
  var allowsCardOnly = false
  var excludesRedirects = false
  var requestThreeDSecure = "automatic"

  var json: JSON {
    let automatic: JSON =
      allowsCardOnly
      ? nil : ["allow_redirects": excludesRedirects ? "never" : "always", "enabled": true]
    let error: JSON = lastError ?? .null
    let action: JSON = nextAction ?? .null
    return [
      "id": .string(id), "object": "setup_intent",
      "allowed_payment_method_types": allowsCardOnly ? ["card"] : nil, "application": nil,
      "automatic_payment_methods": automatic,
      "cancellation_reason": .string(orNull: cancellationReason),
      "client_secret": .string(clientSecret), "created": .integer(created.seconds),
      "customer": .string(orNull: customer), "description": .string(orNull: description),
      "excluded_payment_method_types": nil, "flow_directions": nil, "last_setup_error": error,
      "latest_attempt": .string(orNull: latestAttempt), "livemode": false, "mandate": nil,
      "metadata": .metadata(metadata), "next_action": action, "on_behalf_of": nil,
      "payment_method": .string(orNull: paymentMethod),
      "payment_method_configuration_details": nil,
      "payment_method_options": [
        "card": [
          "mandate_options": nil, "network": nil,
          "request_three_d_secure": .string(requestThreeDSecure),
        ]
      ],
      "payment_method_types": ["card"], "single_use_mandate": nil,
      "status": .string(status.rawValue), "usage": .string(usage),
    ]
  }
}
