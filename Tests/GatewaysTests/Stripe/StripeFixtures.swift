import StrictJSON
import TopUpCore

@testable import Gateways

/// Objects of Stripe's, each with the members that a test wants changed.
enum StripeFixtures {
  static let key = Secret("rk_test_Zx81")
  static let intentID = PaymentIntentID("pi_1")
  static let usd25 = Money(minorUnits: 2500, .usd)

  static func client(_ transport: ScriptedTransport) throws -> StripeClient {
    StripeClient(
      try StripeConfiguration(
        key: key, livemode: false, baseURL: "http://127.0.0.1:1/"), over: transport)
  }

  static func intent(_ changes: [String: JSON?] = [:]) -> String {
    Answers.text(
      [
        ("id", "pi_1"), ("object", "payment_intent"), ("amount", 2500), ("amount_received", 0),
        ("client_secret", "pi_1_secret_Zx81"), ("created", 1_795_221_904), ("currency", "usd"),
        ("customer", "cus_1"), ("last_payment_error", nil), ("latest_charge", nil),
        ("livemode", false), ("metadata", ["topup_id": "tu_1", "attempt": "2"]),
        ("payment_method", "pm_1"), ("status", "requires_confirmation"),
      ], changes)
  }

  static func card(_ changes: [String: JSON?] = [:]) -> String {
    Answers.text(
      [
        ("id", "pm_1"), ("object", "payment_method"), ("customer", "cus_1"), ("livemode", false),
        ("type", "card"),
        (
          "card",
          [
            "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
            "funding": "credit",
            "country": "US", "fingerprint": "Xt5EWLLDS7FJjR1c",
          ]
        ),
      ], changes)
  }

  static func refund(_ changes: [String: JSON?] = [:]) -> String {
    Answers.text(
      [
        ("id", "re_1"), ("object", "refund"), ("amount", 1000), ("currency", "usd"),
        ("metadata", ["topup_id": "tu_1", "refund_key": "k:refund"]), ("payment_intent", "pi_1"),
        ("status", "pending"),
      ], changes)
  }

  static func list(_ elements: [String], hasMore: Bool = false) -> HTTPOutcome {
    .json(
      #"{"object":"list","data":[\#(elements.joined(separator: ","))],"has_more":\#(hasMore)}"#)
  }

  /// An error object, with members beside its type.
  static func error(
    _ status: Int, _ type: String, _ code: String?, _ members: [String: String] = [:],
    _ headers: [HTTPField] = [HTTPField("request-id", "req_1")]
  ) -> HTTPOutcome {
    var all = ["type": "\"\(type)\"", "message": "\"It failed.\""]
    if let code { all["code"] = "\"\(code)\"" }
    let text = all.merging(members) { $1 }.sorted { $0.key < $1.key }
      .map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    return .json(status, "{\"error\":{\(text)}}", headers)
  }
}
