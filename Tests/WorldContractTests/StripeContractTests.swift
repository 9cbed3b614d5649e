import Gateways
import SimulatedWorld
import Testing
import TopUpCore

/// The real Stripe client against the strict stand-in: each request it makes passes the schema, and
/// each answer is one that it reads.
@Suite struct StripeContractTests {
  private let transport = WorldTransport()
  private let client: StripeClient

  init() throws {
    client = StripeClient(
      try StripeConfiguration(
        key: Secret("sk_test_sandbox"), livemode: false,
        baseURL: WorldTransport.stripeURL), over: transport)
  }

  private func customer() async throws -> CustomerID {
    try #require(
      answer(
        await client.createCustomer(
          CreateCustomer(
            store: "store", tenant: "t", user: "u", email: "a@example.com",
            key: IdempotencyKey("cus")))))
  }

  /// A customer with that card, set up through the form.
  private func card(_ number: String) async throws -> (CustomerID, PaymentMethodID) {
    let customer = try await customer()
    let setup = try #require(
      answer(
        await client.createSetupIntent(
          CreateSetupIntent(
            customer: customer, paymentMethod: nil, key: IdempotencyKey("seti")))))
    #expect(await transport.typeCard(number, for: setup.id).status == 200)
    let cards = try #require(answer(await client.paymentMethods(of: customer)))
    return (customer, try #require(cards.first?.id))
  }

  private func create(
    _ customer: CustomerID, _ card: PaymentMethodID, key: String = "create"
  ) async -> OutsideResult<IntentSnapshot> {
    await client.createIntent(
      CreateIntent(
        topUp: TopUpID("tu_1"), attempt: 1, amount: Money(minorUnits: 2500, .usd),
        customer: customer, paymentMethod: card, description: "Top-up tu_1",
        key: IdempotencyKey(key)))
  }

  private func confirm(
    _ intent: PaymentIntentID, _ card: PaymentMethodID, offSession: Bool = true,
    minor: Int64 = 2500, key: String = "confirm"
  ) async -> OutsideResult<IntentSnapshot> {
    await client.confirmIntent(
      ConfirmIntent(
        intent: intent, paymentMethod: card, amount: Money(minorUnits: minor, .usd),
        offSession: offSession, key: IdempotencyKey(key)))
  }

  @Test func `a top-up is charged, found, seen in events and refunded`() async throws {
    let (customer, card) = try await card("4242424242424242")
    let created = try #require(answer(await create(customer, card)))
    #expect(created.status == .requiresConfirmation)
    let paid = try #require(answer(await confirm(created.id, card)))
    #expect(paid.status == .succeeded)
    #expect(paid.amountReceived == Money(minorUnits: 2500, .usd))
    #expect(paid.topUp == TopUpID("tu_1"))
    let found = try #require(
      answer(await client.intents(of: customer, since: WorldTransport.start)))
    #expect(found.map(\.id) == [created.id])
    let events = try #require(
      answer(await client.events(since: WorldTransport.start, after: nil)))
    #expect(events.events.contains { $0.type == "payment_intent.succeeded" })
    let refund = CreateRefund(
      topUp: TopUpID("tu_1"), intent: created.id, amount: Money(minorUnits: 1000, .usd),
      key: IdempotencyKey("refund"))
    #expect(answer(await client.createRefund(refund))?.status == .succeeded)
    let refunds = try #require(answer(await client.refunds(of: created.id)))
    #expect(refunds.map(\.amount.minorUnits) == [1000])
    #expect(answer(await client.intent(created.id))?.refunded?.minorUnits == 1000)
    #expect(answer(await client.serverTime())?.seconds == (await transport.now).seconds)
    #expect(await transport.world.stripe.oddities.isEmpty)
  }

  @Test func `a decline is an answer, and a repeat of it the same one`() async throws {
    let (customer, card) = try await card("4000000000000341")
    let created = try #require(answer(await create(customer, card)))
    let declined = try #require(answer(await confirm(created.id, card)))
    #expect(declined.status == .requiresPaymentMethod)
    #expect(declined.lastError?.declineCode == "generic_decline")
    #expect(declined.lastError?.adviceCode == "try_again_later")
    #expect(answer(await confirm(created.id, card)) == declined)
    #expect(
      answer(await client.cancelIntent(created.id, key: IdempotencyKey("x")))?.status == .canceled)
  }

  @Test func `authentication is asked for when nobody is there, and an action when somebody is`()
    async throws
  {
    let (customer, card) = try await card("4242424242424242")
    _ = customer
    let other = try #require(
      answer(
        await client.attach(
          PaymentMethodID("pm_card_authenticationRequired"), to: customer,
          key: IdempotencyKey("att"))))
    #expect(other.id != card)
    let away = try #require(answer(await create(customer, other.id)))
    let answered = try #require(answer(await confirm(away.id, other.id)))
    #expect(answered.lastError?.code == "authentication_required")
    let there = try #require(
      answer(await confirm(away.id, other.id, offSession: false, key: "there")))
    #expect(there.status == .requiresAction)
  }

  @Test func `a confirm of a paid intent shows it paid`() async throws {
    let (customer, card) = try await card("4242424242424242")
    let created = try #require(answer(await create(customer, card)))
    _ = await confirm(created.id, card)
    #expect(answer(await confirm(created.id, card, key: "other"))?.status == .succeeded)
  }

  @Test func `a lost answer is unknown, and the same key finds what was done`() async throws {
    let (customer, card) = try await card("4242424242424242")
    let created = try #require(answer(await create(customer, card)))
    await transport.setFaults(FaultRule(.stripe, pathSuffix: "/confirm", .nth(1), .dropAfter))
    guard case .unknown = await confirm(created.id, card) else {
      Issue.record("a cut connection was taken for an answer")
      return
    }
    #expect(answer(await client.intent(created.id))?.status == .succeeded)
    #expect(answer(await confirm(created.id, card))?.status == .succeeded)
  }

  @Test func `silence ends by the client's own time-out, unknown`() async throws {
    let (customer, card) = try await card("4242424242424242")
    await transport.setFaults(FaultRule(.stripe, .nth(1), .hang))
    guard case .unknown = await create(customer, card) else {
      Issue.record("silence was taken for an answer")
      return
    }
    #expect(answer(await create(customer, card)) != nil)
  }

  @Test func `refusals are told apart`() async throws {
    let (customer, card) = try await card("4242424242424242")
    let created = try #require(answer(await create(customer, card)))
    #expect(refusal(await create(customer, card, key: "cus")) == .idempotencyConflict)
    #expect(refusal(await client.intent(PaymentIntentID("pi_none"))) == .notFound)
    #expect(
      refusal(await client.paymentMethod(PaymentMethodID("pm_none"), of: customer)) == .notFound)
    #expect(refusal(await confirm(created.id, card, minor: 2501, key: "o")) == .invalid)
    await transport.setFaults(FaultRule(.stripe, .all, .rateLimit(retryAfterSeconds: 7)))
    let limited = await client.intent(created.id)
    #expect(refusal(limited) == .rateLimited)
    await transport.setFaults(FaultRule(.stripe, .all, .answer(status: 502, body: "<html>")))
    guard case .unknown = await client.intent(created.id) else {
      Issue.record("a proxy's page was taken for an answer")
      return
    }
  }

  // MARK: Webhooks

  @Test func `webhooks verify and are read; forged and stale ones do not`() async throws {
    let signature = try #require(StripeSignature(secrets: [Secret("whsec_sandbox")]))
    let header = { (delivery: WebhookDelivery) in
      delivery.headers.first { $0.name == "stripe-signature" }?.value
    }
    _ = try await customer()
    await transport.wait(.seconds(1))
    let good = await transport.takeWebhooks()
    #expect(good.map(\.type) == ["customer.created"])
    for delivery in good {
      try signature.verify(
        header: header(delivery), body: delivery.body, now: await transport.now)
      _ = try StripeEventDecoder.delivery(delivery.body)
    }
    var forged = WebhookDisturbance()
    forged.isForged = true
    var stale = WebhookDisturbance()
    stale.signedAgo = .seconds(400)
    for disturbance in [forged, stale] {
      await transport.setFaults(FaultRule(.webhook, .all, .webhook(disturbance)))
      _ = await client.createSetupIntent(
        CreateSetupIntent(
          customer: try await customer(), paymentMethod: nil,
          key: IdempotencyKey("\(disturbance.isForged)")))
      await transport.wait(.seconds(1))
      let bad = await transport.takeWebhooks()
      #expect(bad.count == 1)
      let now = await transport.now
      for delivery in bad {
        #expect(throws: StripeSignatureError.self) {
          try signature.verify(header: header(delivery), body: delivery.body, now: now)
        }
      }
    }
  }
}
