import StrictJSON
import TopUpCore

@testable import SimulatedWorld

/// A caller at a simulated Stripe's desk: sends forms, reads answers, moves the clock.
struct Desk {
  struct Answer {
    let status: Int
    let json: JSON
    let response: HTTPResponse

    var id: String { json["id"]?.string ?? "" }
    var code: String? { json["error"]?["code"]?.string }
    var param: String? { json["error"]?["param"]?.string }
    var intentStatus: String? {
      json["status"]?.string ?? json["error"]?["payment_intent"]?["status"]?.string
    }
  }

  static let start = UnixTime(seconds: 1_795_221_900)

  var stripe: SimulatedStripe
  var now = Desk.start
  private var keys = 0

  init(_ configuration: StripeConfiguration = StripeConfiguration()) {
    stripe = SimulatedStripe(configuration)
  }

  static func request(
    _ method: HTTPRequest.Method, _ path: String, _ form: String = "", key: String? = nil
  ) -> HTTPRequest {
    var headers = [
      HTTPField("Authorization", "Bearer sk_test_sandbox"),
      HTTPField("Stripe-Version", "2026-10-28.endive"),
    ]
    if method == .post {
      headers.append(HTTPField("Content-Type", "application/x-www-form-urlencoded"))
    }
    if let key { headers.append(HTTPField("Idempotency-Key", key)) }
    let isPost = method == .post
    let url = "http://127.0.0.1/v1/\(path)" + (isPost || form.isEmpty ? "" : "?\(form)")
    return HTTPRequest(
      method, url, headers: headers, body: isPost ? Array(form.utf8) : [], timeout: .seconds(30))
  }

  mutating func send(
    _ request: HTTPRequest, _ disturbance: StripeDisturbance = .none
  ) -> Answer {
    let response = stripe.handle(request, now: now, disturbance: disturbance)
    let json = (try? JSON(parsing: response.body)) ?? .null
    return Answer(status: response.status, json: json, response: response)
  }

  /// Posts under a key of its own unless one is given.
  mutating func post(
    _ path: String, _ form: String = "", key: String? = nil,
    _ disturbance: StripeDisturbance = .none
  ) -> Answer {
    keys += 1
    return send(Desk.request(.post, path, form, key: key ?? "auto-\(keys)"), disturbance)
  }

  mutating func get(_ path: String, _ query: String = "") -> Answer {
    send(Desk.request(.get, path, query))
  }

  mutating func wait(_ span: Duration) {
    now = now.advanced(by: span)
    stripe.advance(to: now)
  }

  /// The types of the events since the last time.
  mutating func eventTypes() -> [String] { stripe.takeEvents().map(\.type) }

  // MARK: Common steps

  /// A customer with a saved card.
  mutating func customer(card: String = "pm_card_visa") -> (customer: String, card: String) {
    let customer = post("customers", "email=a@example.com").id
    return (customer, post("payment_methods/\(card)/attach", "customer=\(customer)").id)
  }

  /// An unconfirmed intent, as the service makes it.
  mutating func intent(
    customer: String, card: String, amount: Int = 2500, key: String? = nil
  ) -> Answer {
    post(
      "payment_intents",
      "amount=\(amount)&currency=usd&customer=\(customer)&payment_method=\(card)"
        + "&allowed_payment_method_types[0]=card&metadata[topup_id]=tu_1", key: key)
  }

  mutating func confirm(_ intent: String, _ form: String = "", key: String? = nil) -> Answer {
    post("payment_intents/\(intent)/confirm", form, key: key)
  }

  /// A paid intent of a new customer.
  mutating func paid(card: String = "pm_card_visa", amount: Int = 2500) -> String {
    let (customer, card) = customer(card: card)
    let id = intent(customer: customer, card: card, amount: amount).id
    return confirm(id, "off_session=true&payment_method=\(card)").id
  }
}
