import StrictJSON

/// A refusal as Stripe words it: the whole error object, and the HTTP status it comes with.
struct StripeFailure: Error, Hashable {
  enum Kind: String {
    case api = "api_error"
    case card = "card_error"
    case idempotency = "idempotency_error"
    case invalidRequest = "invalid_request_error"
  }

  var status: Int
  var kind: Kind
  var code: String?
  var message: String
  var param: String?
  var decline: CardDecline?
  var charge: String?
  var paymentIntent: JSON?
  var paymentMethod: JSON?
  var setupIntent: JSON?

  init(_ status: Int, _ kind: Kind, code: String?, _ message: String, param: String? = nil) {
    self.status = status
    self.kind = kind
    self.code = code
    self.message = message
    self.param = param
  }

  /// 400 `invalid_request_error`.
  static func invalid(
    _ code: String?, _ message: String, param: String? = nil
  ) -> StripeFailure {
    StripeFailure(400, .invalidRequest, code: code, message, param: param)
  }

  /// What a path names is not there: 404. Named by a parameter it is 400, as with Stripe.
  static func missing(_ what: String, _ id: String, param: String = "id") -> StripeFailure {
    StripeFailure(
      param == "id" ? 404 : 400, .invalidRequest, code: "resource_missing",
      "No such \(what): '\(id)'", param: param)
  }

  /// 402 `card_error`.
  static func card(_ decline: CardDecline, charge: String? = nil) -> StripeFailure {
    var failure = StripeFailure(402, .card, code: decline.code, decline.message)
    failure.decline = decline
    failure.charge = charge
    return failure
  }

  /// - Parameter requestID: named in the log's address.
  func json(requestID: String) -> JSON {
    var error = JSONObject()
    error["advice_code"] = decline?.adviceCode.map { .string($0) }
    error["charge"] = charge.map { .string($0) }
    error["code"] = code.map { .string($0) }
    error["decline_code"] = decline?.declineCode.map { .string($0) }
    error["doc_url"] = code.map {
      let page = String($0.map { $0 == "_" ? "-" : $0 })
      return .string("https://docs.stripe.com/error-codes#\(page)")
    }
    error["message"] = .string(message)
    error["network_decline_code"] = decline?.networkDeclineCode.map { .string($0) }
    error["param"] = param.map { .string($0) }
    error["payment_intent"] = paymentIntent
    error["payment_method"] = paymentMethod
    error["request_log_url"] = .string("https://dashboard.stripe.com/test/logs/\(requestID)")
    error["setup_intent"] = setupIntent
    error["type"] = .string(kind.rawValue)
    return ["error": .object(error)]
  }
}
