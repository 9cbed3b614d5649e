import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct IdempotencyTests {
  private static let form = "amount=2500&currency=usd"

  @Test func `a repeated key returns the stored answer, marked as a replay`() {
    var desk = Desk()
    let first = desk.post("payment_intents", Self.form, key: "k")
    let second = desk.post("payment_intents", Self.form, key: "k")
    #expect(second.response.body == first.response.body)
    #expect(first.response.header("idempotent-replayed") == nil)
    #expect(second.response.header("idempotent-replayed") == "true")
    #expect(second.response.header("request-id") == first.response.header("request-id"))
    #expect(desk.eventTypes() == ["payment_intent.created"])
  }

  @Test func `the order of parameters makes no other request`() {
    var desk = Desk()
    let first = desk.post("payment_intents", Self.form, key: "k")
    #expect(desk.post("payment_intents", "currency=usd&amount=2500", key: "k").id == first.id)
  }

  @Test func `another parameter or endpoint under the key is refused and does nothing`() {
    var desk = Desk()
    let first = desk.post("payment_intents", Self.form, key: "k")
    _ = desk.eventTypes()
    for (path, form) in [
      ("payment_intents", "amount=2501&currency=usd"), ("customers", ""),
      ("payment_intents", Self.form + "&metadata[a]=b"),
      ("payment_intents/\(first.id)/cancel", ""),
    ] {
      let answer = desk.post(path, form, key: "k")
      #expect(answer.status == 400)
      #expect(answer.json["error"]?["type"] == "idempotency_error")
    }
    #expect(desk.eventTypes().isEmpty)
  }

  @Test func `a decline is a stored answer`() {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_chargeCustomerFail")
    let intent = desk.intent(customer: customer, card: card).id
    let form = "off_session=true&payment_method=\(card)"
    let first = desk.confirm(intent, form, key: "c")
    let second = desk.confirm(intent, form, key: "c")
    #expect(first.status == 402)
    #expect(second.response.body == first.response.body)
    #expect(desk.get("charges", "payment_intent=\(intent)").json["data"]?.array?.count == 1)
  }

  @Test func `a refusal before execution is not stored`() {
    var desk = Desk()
    #expect(desk.post("payment_intents", "amount=1&currencies=usd", key: "k").status == 400)
    #expect(desk.post("payment_intents", Self.form, key: "k").status == 200)
  }

  @Test func `a 500 after it was done stands for the key, and the effect stays`() {
    var desk = Desk()
    let customer = desk.post("customers").id
    let form = Self.form + "&customer=\(customer)"
    let failed = desk.post(
      "payment_intents", form, key: "k", StripeDisturbance(failsAfterApplying: true))
    #expect(failed.status == 500)
    #expect(desk.post("payment_intents", form, key: "k").status == 500)
    let found = desk.get("payment_intents", "customer=\(customer)").json["data"]?.array
    #expect(found?.count == 1)
  }

  @Test func `while the first request runs its key is in use`() {
    var desk = Desk()
    let slow = StripeDisturbance(takes: .seconds(3))
    let first = desk.post("payment_intents", Self.form, key: "k", slow)
    desk.wait(.seconds(2))
    let early = desk.post("payment_intents", Self.form, key: "k")
    #expect(early.status == 409)
    #expect(early.code == "idempotency_key_in_use")
    #expect(early.response.header("stripe-should-retry") == "true")
    desk.wait(.seconds(1))
    #expect(desk.post("payment_intents", Self.form, key: "k").id == first.id)
  }

  @Test func `after a day a key acts as new`() {
    var desk = Desk()
    let first = desk.post("payment_intents", Self.form, key: "k")
    desk.wait(.seconds(86_399))
    #expect(desk.post("payment_intents", Self.form, key: "k").id == first.id)
    desk.wait(.seconds(1))
    #expect(desk.post("payment_intents", Self.form, key: "k").id != first.id)
  }

  @Test func `a forgotten key on the confirm of a paid intent does not charge again`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    let form = "off_session=true&payment_method=\(card)"
    #expect(desk.confirm(intent, form, key: "c").intentStatus == "succeeded")
    desk.wait(.seconds(86_400))
    let late = desk.confirm(intent, form, key: "c")
    #expect(late.status == 400)
    #expect(late.code == "payment_intent_unexpected_state")
    #expect(late.intentStatus == "succeeded", "the refusal shows the intent as it is")
    #expect(desk.get("charges", "payment_intent=\(intent)").json["data"]?.array?.count == 1)
  }

  @Test func `a GET pays no heed to keys`() {
    var desk = Desk()
    let customer = desk.post("customers", "", key: "k").id
    let request = Desk.request(.get, "customers/\(customer)", key: "k")
    #expect(desk.send(request).id == customer)
  }
}
