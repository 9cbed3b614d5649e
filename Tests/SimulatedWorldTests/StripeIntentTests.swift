import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct StripeIntentTests {
  @Test func `an intent is charged in two steps, and its charge settles later`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    _ = desk.eventTypes()
    let created = desk.intent(customer: customer, card: card)
    #expect(created.intentStatus == "requires_confirmation")
    #expect(desk.eventTypes() == ["payment_intent.created"])
    let paid = desk.confirm(
      created.id,
      "off_session=true&amount_to_confirm=2500&payment_method=\(card)"
        + "&expand[0]=latest_charge.balance_transaction")
    #expect(paid.status == 200)
    #expect(paid.json["amount_received"]?.int64 == 2500)
    #expect(paid.json["latest_charge"]?["outcome"]?["risk_level"] == "normal")
    #expect(paid.json["latest_charge"]?["balance_transaction"] == nil)
    #expect(desk.eventTypes() == ["charge.succeeded", "payment_intent.succeeded"])
    desk.wait(.seconds(2))
    #expect(desk.eventTypes() == ["charge.updated"])
    let settled = desk.get(
      "payment_intents/\(created.id)", "expand[0]=latest_charge.balance_transaction")
    let transaction = settled.json["latest_charge"]?["balance_transaction"]
    #expect(transaction?["fee"]?.int64 == 103)  // 2.9 % of 2500, rounded up, and 30.
    #expect(transaction?["net"]?.int64 == 2397)
  }

  @Test func `confirming twice charges once`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    #expect(desk.confirm(intent, "off_session=true").status == 200)
    #expect(desk.confirm(intent, "off_session=true").code == "payment_intent_unexpected_state")
    #expect(desk.get("charges", "payment_intent=\(intent)").json["data"]?.array?.count == 1)
  }

  @Test func `a confirm is odd while another intent of the top-up is not canceled`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let (first, second) = (
      desk.intent(customer: customer, card: card).id,
      desk.intent(customer: customer, card: card).id
    )
    _ = desk.post("payment_intents/\(first)/cancel")
    _ = desk.confirm(second, "off_session=true")
    #expect(desk.stripe.oddities.isEmpty)
    let third = desk.intent(customer: customer, card: card).id
    _ = desk.confirm(third, "off_session=true")
    #expect(
      desk.stripe.oddities == ["\(third) of tu_1 was confirmed while \(second) is succeeded"])
  }

  @Test func `a confirm of another amount is refused and charges nothing`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    let answer = desk.confirm(intent, "off_session=true&amount_to_confirm=2501")
    #expect(answer.status == 400)
    #expect(answer.param == "amount_to_confirm")
    #expect(desk.get("payment_intents/\(intent)").intentStatus == "requires_confirmation")
    #expect(desk.confirm(intent, "off_session=true&amount_to_confirm=2500").status == 200)
  }

  @Test func `another customer's card is refused at every door`() {
    var desk = Desk()
    let (alice, card) = desk.customer()
    let (bob, _) = desk.customer()
    let created = desk.intent(customer: bob, card: card)
    #expect(created.code == "resource_missing")
    #expect(created.param == "payment_method")
    let own = desk.post(
      "payment_intents",
      "amount=2500&currency=usd&customer=\(bob)&allowed_payment_method_types[0]=card"
    ).id
    #expect(desk.confirm(own, "off_session=true&payment_method=\(card)").code == "resource_missing")
    #expect(desk.post("payment_methods/\(card)/attach", "customer=\(bob)").status == 400)
    #expect(desk.get("customers/\(bob)/payment_methods/\(card)").status == 404)
    #expect(desk.get("customers/\(alice)/payment_methods/\(card)").id == card)
    #expect(
      desk.post("customers/\(bob)", "invoice_settings[default_payment_method]=\(card)").status
        == 404)
    #expect(desk.get("charges", "customer=\(bob)").json["data"]?.array?.isEmpty == true)
  }

  @Test func `without the person only an attached card of a customer is charged`() {
    var desk = Desk()
    let customer = desk.post("customers").id
    let intent = desk.intent(customer: customer, card: "pm_card_visa").id
    #expect(desk.confirm(intent, "off_session=true").code == "payment_method_unexpected_state")
    #expect(desk.confirm(intent).intentStatus == "succeeded")
  }

  @Test func `a card used once without being saved is spent`() {
    var desk = Desk()
    let customer = desk.post("customers").id
    let intent = desk.intent(customer: customer, card: "pm_card_visa")
    let card = intent.json["payment_method"]?.string ?? ""
    #expect(desk.confirm(intent.id).status == 200)
    #expect(desk.intent(customer: customer, card: card).status == 400)
  }

  @Test func `a detached card can neither be charged nor attached again`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    #expect(desk.post("payment_methods/\(card)/detach").json["customer"] == nil)
    #expect(desk.intent(customer: customer, card: card).code == "payment_method_unexpected_state")
    #expect(desk.post("payment_methods/\(card)/attach", "customer=\(customer)").status == 400)
    #expect(desk.post("payment_methods/\(card)/detach").status == 400)
    let cards = desk.get("payment_methods", "customer=\(customer)&type=card")
    #expect(cards.json["data"]?.array?.isEmpty == true)
  }

  @Test func `each use of a test card's name makes a card with the same fingerprint`() {
    var desk = Desk()
    let (customer, first) = desk.customer()
    let second = desk.post("payment_methods/pm_card_visa/attach", "customer=\(customer)")
    #expect(second.id != first)
    let old = desk.get("payment_methods/\(first)").json["card"]?["fingerprint"]
    #expect(second.json["card"]?["fingerprint"] == old)
  }

  @Test func `an intent open to redirects needs a return address`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let form = "amount=2500&currency=usd&customer=\(customer)&payment_method=\(card)"
    let open = desk.post("payment_intents", form).id
    #expect(desk.confirm(open).param == "return_url")
    let closed = desk.post(
      "payment_intents",
      form + "&automatic_payment_methods[enabled]=true"
        + "&automatic_payment_methods[allow_redirects]=never"
    ).id
    #expect(desk.confirm(closed).status == 200)
  }

  @Test func `cancelling ends an intent for good, and a paid one cannot be cancelled`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    let canceled = desk.post(
      "payment_intents/\(intent)/cancel", "cancellation_reason=abandoned")
    #expect(canceled.intentStatus == "canceled")
    #expect(canceled.json["cancellation_reason"] == "abandoned")
    #expect(desk.confirm(intent, "off_session=true").intentStatus == "canceled")
    #expect(desk.post("payment_intents/\(intent)/cancel").status == 400)
    let paid = desk.paid()
    let late = desk.post("payment_intents/\(paid)/cancel")
    #expect(late.code == "payment_intent_unexpected_state")
    #expect(late.intentStatus == "succeeded")
  }

  @Test func `a confirm can be processing, cannot be cancelled then, and ends later`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    let slow = StripeDisturbance(processing: .seconds(30))
    let answer = desk.post("payment_intents/\(intent)/confirm", "off_session=true", slow)
    #expect(answer.intentStatus == "processing")
    #expect(desk.post("payment_intents/\(intent)/cancel").status == 400)
    desk.wait(.seconds(29))
    #expect(desk.get("payment_intents/\(intent)").intentStatus == "processing")
    desk.wait(.seconds(1))
    #expect(desk.get("payment_intents/\(intent)").intentStatus == "succeeded")
  }

  @Test func `manual capture holds the amount until it is captured once`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.post(
      "payment_intents",
      "amount=2500&currency=usd&customer=\(customer)&payment_method=\(card)"
        + "&capture_method=manual&allowed_payment_method_types[]=card"
    ).id
    #expect(desk.confirm(intent).intentStatus == "requires_capture")
    #expect(desk.post("refunds", "payment_intent=\(intent)").status == 400)
    let captured = desk.post("payment_intents/\(intent)/capture", "amount_to_capture=2000")
    #expect(captured.json["amount_received"]?.int64 == 2000)
    #expect(desk.post("payment_intents/\(intent)/capture").status == 400)
  }

  @Test func `a customer's intents are listed by time, newest first`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let first = desk.intent(customer: customer, card: card).id
    desk.wait(.seconds(10))
    let second = desk.intent(customer: customer, card: card).id
    let all = desk.get("payment_intents", "customer=\(customer)").json["data"]?.array
    #expect(all?.compactMap { $0["id"]?.string } == [second, first])
    let late = desk.get(
      "payment_intents", "customer=\(customer)&created[gte]=\(desk.now.seconds)")
    #expect(late.json["data"]?.array?.compactMap { $0["id"]?.string } == [second])
  }

  @Test func `an expansion of what cannot be expanded is refused`() {
    var desk = Desk()
    let intent = desk.paid()
    #expect(desk.get("payment_intents/\(intent)", "expand[]=amount").param == "expand")
    #expect(desk.get("payment_intents/\(intent)", "expand[]=nothing").param == "expand")
    #expect(desk.get("payment_intents/\(intent)", "expand[]=a.b.c.d.e").param == "expand")
    let list = desk.get("payment_intents", "expand[]=data.latest_charge")
    #expect(list.json["data"]?.array?.first?["latest_charge"]?["paid"] == true)
  }
}
