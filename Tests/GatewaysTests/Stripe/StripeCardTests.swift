import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeCardTests {
  let customer = CustomerID("cus_1")
  let card = PaymentMethodID("pm_1")
  let snapshot = CardSnapshot(
    id: PaymentMethodID("pm_1"), customer: CustomerID("cus_1"), brand: "visa", last4: "4242",
    expiryMonth: 12, expiryYear: 2030, funding: "credit", country: "US",
    fingerprint: "Xt5EWLLDS7FJjR1c")

  @Test func `a customer is made under its key and names the store`() async throws {
    let transport = ScriptedTransport(
      .json(#"{"id":"cus_9","object":"customer","livemode":false}"#))
    let result = try await StripeFixtures.client(transport).createCustomer(
      CreateCustomer(store: "st_1", tenant: "acme", user: "u 42", email: "a@b.test", key: "k"))
    #expect(result == .answered(CustomerID("cus_9")))
    #expect(
      transport.requests.first?.form == [
        "email=a%40b.test", "metadata[topup_store]=st_1", "metadata[topup_tenant]=acme",
        "metadata[topup_user]=u%2042",
      ])
  }

  @Test func `a card is set up for charges while its owner is away`() async throws {
    let body = #"""
      {"id":"seti_1","object":"setup_intent","livemode":false,"status":"requires_payment_method",
      "client_secret":"seti_1_secret_Zx81","payment_method":null}
      """#
    let transport = ScriptedTransport(.json(body), .json(body), .json(body))
    let client = try StripeFixtures.client(transport)
    let created = await client.createSetupIntent(
      CreateSetupIntent(customer: customer, paymentMethod: nil, key: "k"))
    let expected = SetupIntentSnapshot(
      id: SetupIntentID("seti_1"), status: "requires_payment_method",
      clientSecret: Secret("seti_1_secret_Zx81"), paymentMethod: nil)
    #expect(created == .answered(expected))
    #expect(
      transport.requests[0].form == [
        "customer=cus_1", "usage=off_session", "allowed_payment_method_types[0]=card",
      ])
    #expect(await client.setupIntent(SetupIntentID("seti_1")) == .answered(expected))
    #expect(Answers.isUnknown(await client.setupIntent(SetupIntentID("seti_2"))))
  }

  @Test func `a customer's cards are listed and each is read`() async throws {
    let transport = ScriptedTransport(StripeFixtures.list([StripeFixtures.card()]))
    #expect(
      try await StripeFixtures.client(transport).paymentMethods(of: customer)
        == .answered([snapshot]))
    #expect(
      transport.requests.first?.url
        == "http://127.0.0.1:1/v1/customers/cus_1/payment_methods?type=card&limit=100")
  }

  @Test func `one card is asked for on its customer's own path`() async throws {
    let transport = ScriptedTransport(
      .json(StripeFixtures.card()),
      StripeFixtures.error(404, "invalid_request_error", "resource_missing"),
      .json(StripeFixtures.card(["id": "pm_2"])))
    let client = try StripeFixtures.client(transport)
    #expect(await client.paymentMethod(card, of: customer) == .answered(snapshot))
    #expect(
      transport.requests[0].url
        == "http://127.0.0.1:1/v1/customers/cus_1/payment_methods/pm_1")
    guard case .refused(let refusal) = await client.paymentMethod(card, of: customer) else {
      Issue.record("another's card is not found")
      return
    }
    #expect(refusal.kind == .notFound)
    #expect(Answers.isUnknown(await client.paymentMethod(card, of: customer)))
  }

  @Test func `attaching and detaching carry their keys`() async throws {
    let transport = ScriptedTransport(
      .json(StripeFixtures.card()), .json(StripeFixtures.card(["customer": nil])))
    let client = try StripeFixtures.client(transport)
    #expect(await client.attach(card, to: customer, key: "k:a") == .answered(snapshot))
    var detached = snapshot
    detached.customer = nil
    #expect(await client.detach(card, key: "k:d") == .answered(detached))
    #expect(
      transport.requests.map(\.path) == [
        "http://127.0.0.1:1/v1/payment_methods/pm_1/attach",
        "http://127.0.0.1:1/v1/payment_methods/pm_1/detach",
      ])
    #expect(transport.requests.map { $0.header("Idempotency-Key") } == ["k:a", "k:d"])
    #expect(transport.requests[0].form == ["customer=cus_1"])
  }

  @Test func `an expiry is corrected under its key, and of the card that was meant`() async throws {
    let transport = ScriptedTransport(
      .json(StripeFixtures.card()), .json(StripeFixtures.card(["id": "pm_2"])))
    let client = try StripeFixtures.client(transport)
    let request = UpdateCard(id: card, expiryMonth: 7, expiryYear: 2_031, key: "k:u")
    #expect(await client.updateCard(request) == .answered(snapshot))
    #expect(transport.requests[0].path == "http://127.0.0.1:1/v1/payment_methods/pm_1")
    #expect(transport.requests[0].header("Idempotency-Key") == "k:u")
    #expect(transport.requests[0].form == ["card[exp_month]=7", "card[exp_year]=2031"])
    guard case .unknown = await client.updateCard(request) else {
      Issue.record("another card was taken for it")
      return
    }
  }

  @Test func `a card that is declined when attached is refused with its code`() async throws {
    let transport = ScriptedTransport(
      StripeFixtures.error(
        402, "card_error", "card_declined", ["decline_code": "\"stolen_card\""]))
    guard
      case .refused(let refusal) = try await StripeFixtures.client(transport).attach(
        card, to: customer, key: "k")
    else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.code == "stolen_card")
  }

  @Test(
    arguments: [
      ["card": nil], ["card": ["brand": "visa"]], ["id": nil], ["livemode": true],
      [
        "card": [
          "brand": "visa", "last4": "4242", "exp_month": 13, "exp_year": 2030, "fingerprint": "f",
        ]
      ],
    ] as [[String: JSON?]])
  func `a card without what is used of it is unreadable`(change: [String: JSON?]) async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.card(change)))
    #expect(
      Answers.isUnknown(
        try await StripeFixtures.client(transport).paymentMethod(card, of: customer)))
  }

  @Test func `a card without a fingerprint counts as a number of its own`() async throws {
    let transport = ScriptedTransport(
      .json(
        StripeFixtures.card([
          "card": ["brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 2030]
        ])))
    guard
      case .answered(let seen) = try await StripeFixtures.client(transport).paymentMethod(
        card, of: customer)
    else {
      Issue.record("not answered")
      return
    }
    #expect(seen.fingerprint == "pm_1")
    #expect(seen.country == "")
  }
}
