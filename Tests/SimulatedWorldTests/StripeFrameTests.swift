import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

/// What every request has to have, whatever it asks for.
@Suite struct StripeFrameTests {
  private func refused(
    _ headers: [HTTPField], _ method: HTTPRequest.Method = .post, url: String = "/v1/customers"
  ) -> Desk.Answer {
    var desk = Desk()
    return desk.send(HTTPRequest(method, url, headers: headers, timeout: .seconds(1)))
  }

  private let key = HTTPField("authorization", "Bearer sk_test_sandbox")
  private let version = HTTPField("stripe-version", "2026-10-28.endive")
  private let form = HTTPField("content-type", "application/x-www-form-urlencoded")
  private let once = HTTPField("idempotency-key", "k")

  @Test func `a complete request is let in`() {
    #expect(refused([key, version, form, once]).status == 200)
  }

  @Test func `a missing or wrong key is 401`() {
    #expect(refused([version, form, once]).status == 401)
    #expect(
      refused([HTTPField("authorization", "Bearer sk_test_other"), version, form, once]).status
        == 401)
  }

  @Test func `a request without the pinned version is refused`() {
    #expect(refused([key, form, once]).status == 400)
    #expect(
      refused([key, HTTPField("stripe-version", "2026-09-30.endive"), form, once]).status == 400)
  }

  @Test func `a POST needs its content type, also with an empty body`() {
    #expect(refused([key, version, once]).status == 400)
    #expect(
      refused([key, version, once, HTTPField("content-type", "application/json")]).status == 400)
  }

  @Test func `a POST needs one idempotency key of a sane length`() {
    #expect(refused([key, version, form]).status == 400)
    #expect(refused([key, version, form, once, HTTPField("idempotency-key", "l")]).status == 400)
    let long = HTTPField("idempotency-key", String(repeating: "x", count: 256))
    #expect(refused([key, version, form, long]).status == 400)
  }

  @Test func `an unknown path is 404 with a whole error object`() {
    let answer = refused([key, version], .get, url: "/v1/nothing/here")
    #expect(answer.status == 404)
    #expect(answer.json["error"]?["type"] == "invalid_request_error")
    #expect(answer.json["error"]?["request_log_url"] != nil)
  }

  @Test func `an error has an address for its code and names its parameter`() {
    var desk = Desk()
    let error = desk.post("payment_intents", "currency=usd").json["error"]
    #expect(error?["code"] == "parameter_missing")
    #expect(error?["param"] == "amount")
    #expect(error?["doc_url"] == "https://docs.stripe.com/error-codes#parameter-missing")
  }

  @Test func `answers carry an id, the date and the version`() {
    let response = refused([key, version], .get, url: "/v1/balance").response
    #expect(response.header("request-id")?.hasPrefix("req_") == true)
    #expect(response.header("date") == HTTPDate.text(Desk.start))
    #expect(response.header("stripe-version") == "2026-10-28.endive")
  }

  // MARK: Parameters

  @Test(arguments: [
    ("amount=2500&currency=usd&foo=1", "parameter_unknown", "foo"),
    ("amount=2500&currency=usd&metadata=x", nil, "metadata"),
    (
      "amount=2500&currency=usd&payment_method_options[card][speed]=1", "parameter_unknown",
      "payment_method_options[card][speed]"
    ),
    (
      "amount=2500&currency=usd&payment_method_options[sepa][x]=1", "parameter_unknown",
      "payment_method_options[sepa]"
    ),
    ("amount=25.00&currency=usd", "parameter_invalid_integer", "amount"),
    ("amount=%2B25&currency=usd", "parameter_invalid_integer", "amount"),
    ("amount=&currency=usd", "parameter_invalid_integer", "amount"),
    ("amount=2500", "parameter_missing", "currency"),
    ("amount=49&currency=usd", "amount_too_small", "amount"),
    ("amount=100000000&currency=usd", "amount_too_large", "amount"),
    ("amount=2500&currency=USD", "parameter_invalid_string", "currency"),
    (
      "amount=2500&currency=usd&payment_method_types[0]=card",
      "payment_method_types_no_longer_supported", "payment_method_types"
    ),
    ("amount=2500&currency=usd&off_session=true", nil, "off_session"),
    ("amount=2500&currency=usd&confirm=maybe", nil, "confirm"),
    ("amount=2500&currency=usd&customer=cus_none", "resource_missing", "customer"),
    ("amount=2500&currency=usd&statement_descriptor=X", nil, "statement_descriptor"),
    (
      "amount=2500&currency=usd&statement_descriptor_suffix=WAYTOOLONGFORIT", nil,
      "statement_descriptor_suffix"
    ),
    (
      "amount=2500&currency=usd&statement_descriptor_suffix=1234", nil,
      "statement_descriptor_suffix"
    ),
    ("amount=2500&currency=usd&amount=1", nil, "amount"),
  ])
  func `a bad parameter is refused by name`(form: String, code: String?, param: String) {
    var desk = Desk()
    let answer = desk.post("payment_intents", form)
    #expect(answer.status == 400)
    #expect(answer.code == code)
    #expect(answer.param == param)
    #expect(desk.eventTypes().isEmpty, "a refused request leaves nothing behind")
  }

  @Test func `parameters of a GET are checked too`() {
    var desk = Desk()
    #expect(desk.get("events", "limit=101").code == "parameter_invalid_integer")
    #expect(desk.get("events", "created[since]=1").param == "created[since]")
    #expect(desk.get("payment_methods", "type=card").code == "parameter_missing")
  }

  @Test func `an empty text is refused outside metadata, where it unsets`() {
    var desk = Desk()
    let intent = desk.post("payment_intents", "amount=500&currency=usd&description=")
    #expect(intent.status == 400)
    #expect(intent.code == "parameter_invalid_empty" && intent.param == "description")
    #expect(desk.post("customers", "email=").code == "parameter_invalid_empty")
    #expect(desk.post("customers", "metadata[note]=").status == 200)
  }
}
