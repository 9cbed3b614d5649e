import SimulatedWorld
import Testing
import TopUpCore

@testable import Gateways

/// The clients against models that refuse every parameter, version and key that the real ones
/// would: what passes here is not only what these tests' own fixtures say.
@Suite struct ClientsInTheWorldTests {
  let stripe: WorldTransport
  let client: StripeClient
  let usd25 = Money(minorUnits: 2500, .usd)

  init() throws {
    stripe = WorldTransport(.stripe)
    client = StripeClient(
      try Gateways.StripeConfiguration(
        key: Secret("sk_test_sandbox"), livemode: false, statementDescriptorSuffix: "TOPUP"),
      over: stripe)
  }

  struct NotAnswered: Error { let result: String }

  func answer<Value>(_ result: OutsideResult<Value>) throws -> Value {
    guard case .answered(let value) = result else { throw NotAnswered(result: "\(result)") }
    return value
  }

  func customer(with card: String) async throws -> (CustomerID, CardSnapshot) {
    let customer = try answer(
      await client.createCustomer(
        CreateCustomer(store: "st_1", tenant: "acme", user: "u1", email: "u@b.test", key: "cu")))
    let card = try answer(
      await client.attach(PaymentMethodID(card), to: customer, key: "attach"))
    return (customer, card)
  }

  func create(_ customer: CustomerID, _ card: CardSnapshot, cents: Int64 = 2500) -> CreateIntent {
    CreateIntent(
      topUp: TopUpID("tu_1"), attempt: 1, amount: Money(minorUnits: cents, .usd),
      customer: customer, paymentMethod: card.id, description: "Top-up tu_1", key: "tu_1:1:create")
  }

  func confirm(_ intent: IntentSnapshot, _ card: CardSnapshot) -> ConfirmIntent {
    ConfirmIntent(
      intent: intent.id, paymentMethod: card.id, amount: intent.amount, offSession: true,
      key: "tu_1:1:confirm")
  }

  @Test func `a card is charged in two steps, found again, and refunded`() async throws {
    let (customer, card) = try await customer(with: "pm_card_visa")
    #expect(try answer(await client.paymentMethods(of: customer)) == [card])
    #expect(try answer(await client.paymentMethod(card.id, of: customer)) == card)

    let created = try answer(await client.createIntent(create(customer, card)))
    #expect(created.status == .requiresConfirmation)
    #expect(created.topUp == TopUpID("tu_1"))
    #expect(try answer(await client.createIntent(create(customer, card))) == created)
    let paid = try answer(await client.confirmIntent(confirm(created, card)))
    #expect(paid.status == .succeeded)
    #expect(paid.amountReceived == usd25)
    #expect(paid.refunded == Money(minorUnits: 0, .usd))
    #expect(paid.riskLevel == "normal")
    let found = try answer(await client.intents(of: customer, since: WorldTransport.start))
    #expect(found == [paid])

    let refund = try answer(
      await client.createRefund(
        CreateRefund(
          topUp: TopUpID("tu_1"), intent: paid.id, amount: Money(minorUnits: 700, .usd),
          key: "tu_1:refund:1")))
    #expect(refund.key == "tu_1:refund:1")
    #expect(try answer(await client.refunds(of: paid.id)).map(\.id) == [refund.id])
    #expect(
      try answer(await client.intent(paid.id)).refunded == Money(minorUnits: 700, .usd))

    let events = try answer(await client.events(since: WorldTransport.start, after: nil)).events
    #expect(events.contains { $0.type == "payment_intent.succeeded" && $0.intent == paid.id })
    #expect(events.contains { $0.type == "charge.refunded" && $0.intent == paid.id })
  }

  @Test func `a decline shows itself on the intent, which is then cancelled`() async throws {
    let (customer, card) = try await customer(with: "pm_card_chargeCustomerFail")
    let created = try answer(await client.createIntent(create(customer, card)))
    let declined = try answer(await client.confirmIntent(confirm(created, card)))
    #expect(declined.id == created.id)
    #expect(declined.status == .requiresPaymentMethod)
    #expect(declined.lastError?.code == "card_declined")
    let cancelled = try answer(await client.cancelIntent(created.id, key: "tu_1:1:cancel"))
    #expect(cancelled.status == .canceled)
    // What comes too late sees how the intent stands.
    var late = confirm(created, card)
    late.key = "tu_1:1:confirm:again"
    #expect(try answer(await client.confirmIntent(late)).status == .canceled)
  }

  @Test func `a demand for authentication off-session is a decline of that name`() async throws {
    let (customer, card) = try await customer(with: "pm_card_authenticationRequired")
    let created = try answer(await client.createIntent(create(customer, card)))
    let demanded = try answer(await client.confirmIntent(confirm(created, card)))
    #expect(demanded.lastError?.code == "authentication_required")
    #expect(demanded.status == .requiresPaymentMethod)
  }

  @Test func `one key with another amount is refused as such`() async throws {
    let (customer, card) = try await customer(with: "pm_card_visa")
    _ = try answer(await client.createIntent(create(customer, card)))
    guard
      case .refused(let refusal) = await client.createIntent(create(customer, card, cents: 2600))
    else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.kind == .idempotencyConflict)
  }

  @Test func `what is not there is not found, and a wrong key is not let in`() async throws {
    guard case .refused(let missing) = await client.intent(PaymentIntentID("pi_nobody")) else {
      Issue.record("found")
      return
    }
    #expect(missing.kind == .notFound)
    let stranger = StripeClient(
      try Gateways.StripeConfiguration(key: Secret("sk_test_stranger"), livemode: false),
      over: stripe)
    guard case .refused(let refusal) = await stranger.intent(PaymentIntentID("pi_nobody")) else {
      Issue.record("let in")
      return
    }
    #expect(refusal.kind == .notAuthorised)
    #expect(!refusal.message.contains("stranger"))
  }

  @Test func `a card is set up, detached, and gone`() async throws {
    let (customer, card) = try await customer(with: "pm_card_visa")
    let setup = try answer(
      await client.createSetupIntent(
        CreateSetupIntent(customer: customer, paymentMethod: nil, key: "setup")))
    #expect(setup.status == "requires_payment_method")
    #expect(setup.clientSecret != nil)
    #expect(try answer(await client.setupIntent(setup.id)) == setup)
    #expect(try answer(await client.detach(card.id, key: "detach")).customer == nil)
    #expect(try answer(await client.paymentMethods(of: customer)).isEmpty)
  }

  @Test func `Stripe's clock is the world's`() async throws {
    stripe.wait(.seconds(77))
    #expect(
      try answer(await client.serverTime()) == WorldTransport.start.advanced(by: .seconds(77)))
  }

  // MARK: Ramp and chain

  @Test func `a paid top-up becomes a balance on chain`() async throws {
    let account = try #require(RampFixtures.account)
    let door = stripe.door(.ramp)
    let ramp = RampClient(
      try Gateways.RampConfiguration(
        baseURL: "https://ramp.test", key: Secret("ramp_key_sandbox")), over: door)
    let node = SubstrateNode(url: "http://127.0.0.1:9944/", over: stripe.door(.node))
    #expect(try answer(await node.balance(of: account)).ledger == nil)
    #expect(try answer(await ramp.health()).isHealthy)
    #expect(try answer(await ramp.capabilities()).feeFixedMinorUnits[.usd] == 100)

    let quote = try answer(
      await ramp.quote(QuoteRequest(side: .fiat(usd25), cluster: account.cluster)))
    #expect(quote.net == Money(minorUnits: 2362, .usd))
    let request = CreateOrder(
      id: ClientOrderID("tu_1:1"), quote: quote.id, destination: account, tokens: quote.tokens,
      paymentReference: "ch_1")
    let order = try answer(await ramp.createOrder(request))
    #expect(order.state == .accepted)
    #expect(try answer(await ramp.createOrder(request)) == order)
    for _ in 0..<20 { door.wait(.seconds(6)) }
    let done = try answer(await ramp.order(request.id))
    #expect(done.state == .completed)
    #expect(done.fundsMoved == .yes)
    #expect(done.version > order.version)
    let reading = try answer(await node.balance(of: account))
    #expect(reading.isFinalized)
    #expect(reading.active == done.credited)
    #expect(reading.block.number >= (try #require(done.evidence).blockNumber))
    #expect(try answer(await node.displayBalance(of: account)).block.number > reading.block.number)
    #expect(try answer(await node.finalizedHead()) == reading.block)
    let page = try answer(await ramp.orders(after: nil, limit: 100))
    #expect(page.orders.map(\.id) == [request.id])
  }

  @Test func `a tombstone refuses the order that comes late (invariant 33)`() async throws {
    let account = try #require(RampFixtures.account)
    let ramp = RampClient(
      try Gateways.RampConfiguration(
        baseURL: "https://ramp.test", key: Secret("ramp_key_sandbox")), over: stripe.door(.ramp))
    let quote = try answer(
      await ramp.quote(
        QuoteRequest(side: .tokens(Planck(500_000_000_000_000), .usd), cluster: account.cluster)))
    #expect(quote.tokens >= Planck(500_000_000_000_000))
    let id = ClientOrderID("tu_2:1")
    guard case .refused(let missing) = await ramp.order(id) else {
      Issue.record("found")
      return
    }
    #expect(missing.kind == .notFound)
    let tombstone = try answer(await ramp.cancelOrder(id))
    #expect(tombstone.state == .cancelled)
    #expect(tombstone.fundsMoved == .no)
    let late = await ramp.createOrder(
      CreateOrder(
        id: id, quote: quote.id, destination: account, tokens: quote.tokens,
        paymentReference: "ch_2"))
    if case .answered(let order) = late { #expect(order.state == .cancelled) }
    #expect(try answer(await ramp.order(id)).state == .cancelled)
  }
}
