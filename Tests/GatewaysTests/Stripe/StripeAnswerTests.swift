import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeAnswerTests {
  /// What a refusal of Stripe's becomes; nil is `unknown`.
  static let table: [(Int, String, String?, Refusal.Kind?)] = [
    (400, "invalid_request_error", "parameter_unknown", .invalid),
    (400, "invalid_request_error", "amount_too_small", .invalid),
    (400, "invalid_request_error", nil, .invalid),
    (400, "invalid_request_error", "resource_missing", .notFound),
    (400, "invalid_request_error", "livemode_mismatch", .notAuthorised),
    (400, "invalid_request_error", "charge_already_refunded", .unexpectedState),
    (400, "invalid_request_error", "charge_disputed", .unexpectedState),
    (400, "invalid_request_error", "payment_method_unexpected_state", .unexpectedState),
    (400, "idempotency_error", nil, .idempotencyConflict),
    (401, "invalid_request_error", "api_key_expired", .notAuthorised),
    (402, "card_error", "card_declined", .invalid),
    (403, "invalid_request_error", nil, .notAuthorised),
    (404, "invalid_request_error", "resource_missing", .notFound),
    (405, "invalid_request_error", nil, .invalid),
    (408, "api_error", nil, nil),
    (409, "idempotency_error", "idempotency_key_in_use", .inProgress),
    (409, "invalid_request_error", "idempotency_key_in_use", .inProgress),
    (409, "api_error", nil, .inProgress),
    (424, "api_error", nil, nil),
    (429, "invalid_request_error", "rate_limit", .rateLimited),
    (429, "invalid_request_error", "lock_timeout", .rateLimited),
    (500, "api_error", nil, nil),
    (502, "api_error", nil, nil),
    (503, "api_error", nil, nil),
    (302, "api_error", nil, nil),
  ]

  @Test(arguments: table)
  func `an error of Stripe's says what was done, or that it is not known`(
    status: Int, type: String, code: String?, kind: Refusal.Kind?
  ) {
    guard
      case .response(let response) = StripeFixtures.error(status, type, code)
    else { return }
    switch StripeAnswer(response) {
    case .failed(_, let refusal):
      #expect(refusal.kind == kind)
      #expect(refusal.code == code ?? type)
      #expect(refusal.message == "It failed. (req_1)")
    case .unknown(let reason):
      #expect(kind == nil)
      #expect(reason == "HTTP \(status), request req_1")
    case .object: Issue.record("an error was taken for an object")
    }
  }

  @Test(arguments: [
    (404, "<html>not here</html>"), (404, "{}"), (404, #"{"error":"not_found"}"#),
    (401, #"{"error":{"message":"who are you"}}"#), (200, "<html>maintenance</html>"), (200, ""),
    (200, #"{"id":"pi_1""#), (429, "slow down"), (204, ""),
  ])
  func `what does not speak as Stripe does says nothing of what was done`(
    status: Int, body: String
  ) {
    guard case .response(let response) = HTTPOutcome.json(status, body) else { return }
    guard case .unknown = StripeAnswer(response) else {
      Issue.record("\(StripeAnswer(response))")
      return
    }
  }

  @Test(arguments: [
    ("30", Duration.seconds(30)), ("86400", .seconds(86_400)), ("86401", nil), ("-1", nil),
    ("Sun, 06 Nov 1994 08:49:37 GMT", nil), ("", nil),
  ])
  func `how long to wait is taken from the answer when it says so`(
    field: String, expected: Duration?
  ) throws {
    let refusal = try refusal(
      StripeFixtures.error(
        429, "invalid_request_error", "rate_limit", [:], [HTTPField("retry-after", field)]))
    #expect(refusal.kind == .rateLimited)
    #expect(refusal.retryAfter == expected)
  }

  @Test func `a refusal that Stripe says will pass is not taken for a lasting one`() throws {
    for (field, kind) in [("true", Refusal.Kind.inProgress), ("false", .invalid)] {
      let refusal = try refusal(
        StripeFixtures.error(
          400, "invalid_request_error", "some_new_code", [:],
          [HTTPField("stripe-should-retry", field)]))
      #expect(refusal.kind == kind)
    }
  }

  @Test func `a refusal shows no keys`() throws {
    let refusal = try refusal(
      StripeFixtures.error(
        401, "invalid_request_error", nil,
        ["message": "\"Invalid API Key provided: sk_test_****Zx81, for pi_1_secret_abc.\""]))
    #expect(
      refusal.message == "Invalid API Key provided: (secret), for (secret). (req_1)")
  }

  private func refusal(_ outcome: HTTPOutcome) throws -> Refusal {
    guard case .response(let response) = outcome,
      case .failed(_, let refusal) = StripeAnswer(response)
    else { throw NoRefusal() }
    return refusal
  }

  private struct NoRefusal: Error {}
}
