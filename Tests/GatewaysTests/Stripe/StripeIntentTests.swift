import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeIntentTests {
  let create = CreateIntent(
    topUp: TopUpID("tu_1"), attempt: 2, amount: StripeFixtures.usd25, customer: CustomerID("cus_1"),
    paymentMethod: PaymentMethodID("pm_1"), description: "Top-up tu_1", key: "tu_1:2:create")

  func confirm(offSession: Bool) -> ConfirmIntent {
    ConfirmIntent(
      intent: StripeFixtures.intentID, paymentMethod: PaymentMethodID("pm_1"),
      amount: StripeFixtures.usd25, offSession: offSession, key: "tu_1:2:confirm")
  }

  func snapshot(_ result: OutsideResult<IntentSnapshot>) throws -> IntentSnapshot {
    guard case .answered(let snapshot) = result else { throw NotAnswered(result: "\(result)") }
    return snapshot
  }

  struct NotAnswered: Error { let result: String }

  // MARK: Requests

  @Test func `an intent is made for one card and not confirmed (invariant 13)`() async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent()))
    let snapshot = try snapshot(await StripeFixtures.client(transport).createIntent(create))
    #expect(snapshot.status == .requiresConfirmation)
    let request = try #require(transport.requests.first)
    #expect(request.method == .post)
    #expect(request.url == "http://127.0.0.1:1/v1/payment_intents")
    #expect(request.header("Idempotency-Key") == "tu_1:2:create")
    #expect(
      request.form == [
        "amount=2500", "currency=usd", "customer=cus_1", "payment_method=pm_1",
        "allowed_payment_method_types[0]=card", "description=Top-up%20tu_1",
        "metadata[topup_id]=tu_1", "metadata[attempt]=2",
        "expand[0]=latest_charge", "expand[1]=customer",
      ])
  }

  @Test func `the same create is the same bytes`() async throws {
    let transport = ScriptedTransport(
      .json(StripeFixtures.intent()), .json(StripeFixtures.intent()))
    let client = try StripeFixtures.client(transport)
    _ = await client.createIntent(create)
    _ = await client.createIntent(create)
    #expect(transport.requests[0] == transport.requests[1])
  }

  @Test func `a confirm with nobody there says so and takes a demand for a decline`() async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent(["status": "succeeded"])))
    _ = try await StripeFixtures.client(transport).confirmIntent(confirm(offSession: true))
    let request = try #require(transport.requests.first)
    #expect(request.url == "http://127.0.0.1:1/v1/payment_intents/pi_1/confirm")
    #expect(request.header("Idempotency-Key") == "tu_1:2:confirm")
    #expect(
      request.form == [
        "payment_method=pm_1", "amount_to_confirm=2500", "off_session=true",
        "error_on_requires_action=true", "expand[0]=latest_charge", "expand[1]=customer",
      ])
  }

  @Test func `a confirm with the person there claims nothing else`() async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent(["status": "requires_action"])))
    let result = try await StripeFixtures.client(transport).confirmIntent(
      confirm(offSession: false))
    #expect(try snapshot(result).status == .requiresAction)
    #expect(
      transport.requests.first?.form == [
        "payment_method=pm_1", "amount_to_confirm=2500", "expand[0]=latest_charge",
        "expand[1]=customer",
      ])
  }

  @Test func `a cancel names the intent and a reason`() async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent(["status": "canceled"])))
    let result = try await StripeFixtures.client(transport).cancelIntent(
      StripeFixtures.intentID, key: "tu_1:2:cancel")
    #expect(try snapshot(result).status == .canceled)
    let request = try #require(transport.requests.first)
    #expect(request.url == "http://127.0.0.1:1/v1/payment_intents/pi_1/cancel")
    #expect(
      request.form == [
        "cancellation_reason=abandoned", "expand[0]=latest_charge", "expand[1]=customer",
      ])
  }

  // MARK: Answers

  @Test func `a cancel's replayed answer says nothing of now, unless it was the end (13)`()
    async throws
  {
    let replayed = [HTTPField("idempotent-replayed", "true")]
    let refusal = StripeFixtures.error(
      400, "invalid_request_error", "payment_intent_unexpected_state",
      ["payment_intent": StripeFixtures.intent(["status": "processing"])], replayed)
    let cancelled = HTTPOutcome.json(200, StripeFixtures.intent(["status": "canceled"]), replayed)
    let now = HTTPOutcome.json(StripeFixtures.intent(["status": "requires_payment_method"]))
    let transport = ScriptedTransport(refusal, now, cancelled)
    let client = try StripeFixtures.client(transport)
    func cancel() async throws -> IntentSnapshot.Status {
      try snapshot(await client.cancelIntent(StripeFixtures.intentID, key: "k")).status
    }
    #expect(try await cancel() == .requiresPaymentMethod)
    #expect(try await cancel() == .canceled)
    #expect(transport.requests.map(\.method) == [.post, .get, .post])
  }

  @Test func `an intent is read with its charge, expanded or not`() async throws {
    let charge: JSON = [
      "id": "ch_1", "object": "charge", "amount_refunded": 300, "disputed": true,
    ]
    let transport = ScriptedTransport(
      .json(
        StripeFixtures.intent([
          "status": "succeeded", "amount_received": 2500, "latest_charge": charge,
          "customer": [
            "id": "cus_1", "object": "customer", "metadata": ["topup_store": "another"],
          ], "brand_new_field": ["x": 1],
        ])),
      .json(StripeFixtures.intent(["status": "processing", "latest_charge": "ch_2"])))
    let client = try StripeFixtures.client(transport)
    let whole = try snapshot(await client.intent(StripeFixtures.intentID))
    #expect(whole.status == .succeeded)
    #expect(whole.amount == StripeFixtures.usd25)
    #expect(whole.amountReceived == StripeFixtures.usd25)
    #expect(whole.customer == CustomerID("cus_1"))
    #expect(whole.customerStore == "another")
    #expect(whole.latestCharge == ChargeID("ch_1"))
    #expect(whole.refunded == Money(minorUnits: 300, .usd))
    #expect(whole.isDisputed)
    #expect(whole.topUp == TopUpID("tu_1"))
    #expect(whole.attempt == 2)
    #expect(whole.created == UnixTime(seconds: 1_795_221_904))
    #expect(whole.clientSecret?.reveal() == "pi_1_secret_Zx81")
    #expect(!"\(whole)".contains("Zx81"))
    let bare = try snapshot(await client.intent(StripeFixtures.intentID))
    #expect(bare.latestCharge == ChargeID("ch_2"))
    #expect(bare.refunded == nil)
    #expect(
      transport.requests[0].url
        == "http://127.0.0.1:1/v1/payment_intents/pi_1?expand%5B0%5D=latest_charge&expand%5B1%5D=customer"
    )
  }

  @Test(arguments: [
    ("requires_payment_method", IntentSnapshot.Status.requiresPaymentMethod),
    ("requires_confirmation", .requiresConfirmation), ("requires_action", .requiresAction),
    ("processing", .processing), ("requires_capture", .requiresCapture), ("succeeded", .succeeded),
    ("canceled", .canceled), ("requires_magic", .unrecognised("requires_magic")),
  ])
  func `a status that is not known is kept and not guessed at`(
    text: String, status: IntentSnapshot.Status
  ) async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent(["status": .string(text)])))
    let result = try await StripeFixtures.client(transport).intent(StripeFixtures.intentID)
    #expect(try snapshot(result).status == status)
  }

  static let unreadable: [[String: JSON?]] = [
    ["id": nil], ["id": ""], ["id": 5], ["id": "pi_2"], ["object": "charge"], ["object": nil],
    ["status": nil], ["status": 1], ["amount": nil], ["amount": 0], ["amount": -2500],
    ["amount": .number("2500.0")], ["amount": "2500"], ["amount": .number("1e3")],
    ["amount": .number("99999999999999999999")], ["amount_received": nil],
    ["amount_received": -1], ["currency": nil], ["currency": "xxx"], ["currency": "usdd"],
    ["livemode": nil], ["livemode": true], ["livemode": "false"], ["created": nil],
    ["created": .number("9223372036854775807")],
    ["latest_charge": ["id": "ch_1", "amount_refunded": -1]],
  ]

  @Test(arguments: unreadable)
  func `an answer that cannot be relied on leaves the call in doubt`(
    change: [String: JSON?]
  ) async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent(change)))
    let result = try await StripeFixtures.client(transport).confirmIntent(
      confirm(offSession: true))
    #expect(Answers.isUnknown(result), "\(change): \(result)")
    #expect(!"\(result)".contains("Zx81"))
  }

  @Test func `an object of the other mode is named as such`() async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.intent(["livemode": true])))
    let result = try await StripeFixtures.client(transport).intent(StripeFixtures.intentID)
    #expect(result == .unknown("unreadable answer: the payment_intent is of live mode"))
  }

  @Test func `what the transport knows passes through`() async throws {
    let transport = ScriptedTransport(.notSent("no connection"), .unknown("no answer"))
    let client = try StripeFixtures.client(transport)
    #expect(await client.createIntent(create) == .notSent("no connection"))
    #expect(await client.createIntent(create) == .unknown("no answer"))
  }

  // MARK: Declines and states

  @Test func `a decline is an answer that shows the intent and why`() async throws {
    let failed = StripeFixtures.intent(["status": "requires_payment_method"])
    let transport = ScriptedTransport(
      StripeFixtures.error(
        402, "card_error", "card_declined",
        [
          "decline_code": "\"insufficient_funds\"", "advice_code": "\"try_again_later\"",
          "network_decline_code": "\"51\"", "charge": "\"ch_1\"", "payment_intent": failed,
        ]))
    let result = try await StripeFixtures.client(transport).confirmIntent(
      confirm(offSession: true))
    let snapshot = try snapshot(result)
    #expect(snapshot.status == .requiresPaymentMethod)
    #expect(
      snapshot.lastError
        == Decline(
          code: "card_declined", declineCode: "insufficient_funds", adviceCode: "try_again_later",
          networkDeclineCode: "51", message: "It failed.", charge: ChargeID("ch_1")))
  }

  @Test func `the intent's own word for its failure is kept`() async throws {
    let failed = StripeFixtures.intent([
      "status": "requires_payment_method",
      "last_payment_error": [
        "code": "authentication_required", "decline_code": "authentication_required",
        "message": "It needs authentication.", "charge": ["id": "ch_1"],
      ],
    ])
    let transport = ScriptedTransport(
      StripeFixtures.error(
        402, "card_error", "authentication_required", ["payment_intent": failed]))
    let result = try await StripeFixtures.client(transport).confirmIntent(
      confirm(offSession: true))
    let error = try #require(try snapshot(result).lastError)
    #expect(error.declineCode == "authentication_required")
    #expect(error.message == "It needs authentication.")
    #expect(error.charge == ChargeID("ch_1"))
  }

  @Test func `a decline without its intent, or with another's, is in doubt`() async throws {
    let transport = ScriptedTransport(
      StripeFixtures.error(402, "card_error", "card_declined"),
      StripeFixtures.error(
        402, "card_error", "card_declined",
        ["payment_intent": StripeFixtures.intent(["id": "pi_2"])]))
    let client = try StripeFixtures.client(transport)
    for _ in 0..<2 {
      #expect(Answers.isUnknown(await client.confirmIntent(confirm(offSession: true))))
    }
  }

  @Test func `an intent in another state answers with that state`() async throws {
    let done = StripeFixtures.intent(["status": "succeeded", "amount_received": 2500])
    let transport = ScriptedTransport(
      StripeFixtures.error(
        400, "invalid_request_error", "payment_intent_unexpected_state",
        ["payment_intent": done]),
      StripeFixtures.error(
        400, "invalid_request_error", "payment_intent_unexpected_state"))
    let client = try StripeFixtures.client(transport)
    let seen = try snapshot(await client.cancelIntent(StripeFixtures.intentID, key: "k"))
    #expect(seen.status == .succeeded)
    #expect(seen.lastError == nil)
    guard case .refused(let refusal) = await client.cancelIntent(StripeFixtures.intentID, key: "k")
    else {
      Issue.record("a state that is not shown is a refusal")
      return
    }
    #expect(refusal.kind == .unexpectedState)
  }

  @Test func `another refusal stays one though it shows the intent`() async throws {
    let transport = ScriptedTransport(
      StripeFixtures.error(
        400, "invalid_request_error", "amount_to_confirm_mismatch",
        ["payment_intent": StripeFixtures.intent()]))
    let result = try await StripeFixtures.client(transport).confirmIntent(
      confirm(offSession: true))
    guard case .refused(let refusal) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(refusal.kind == .invalid)
    #expect(refusal.code == "amount_to_confirm_mismatch")
  }

  // MARK: Finding a lost create

  @Test func `a customer's intents are read page after page`() async throws {
    let transport = ScriptedTransport(
      StripeFixtures.list([StripeFixtures.intent(["id": "pi_3"])], hasMore: true),
      StripeFixtures.list([StripeFixtures.intent(["id": "pi_2"])]))
    let result = try await StripeFixtures.client(transport).intents(
      of: CustomerID("cus_1"), since: UnixTime(seconds: 1000))
    guard case .answered(let intents) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(intents.map(\.id.rawValue) == ["pi_3", "pi_2"])
    #expect(
      transport.requests.map(\.query) == [
        [
          "customer=cus_1", "created[gte]=1000", "expand[0]=data.latest_charge",
          "expand[1]=data.customer",
          "limit=100",
        ],
        [
          "customer=cus_1", "created[gte]=1000", "expand[0]=data.latest_charge",
          "expand[1]=data.customer",
          "limit=100",
          "starting_after=pi_3",
        ],
      ])
  }

  @Test func `a list that fails half-way is not taken for a whole one`() async throws {
    for outcome in [
      HTTPOutcome.unknown("cut"), .notSent("refused"), .json(500, "{}"),
      .json(#"{"object":"list","data":[],"has_more":true}"#),
      .json(#"{"object":"list","data":[]}"#),
    ] {
      let transport = ScriptedTransport(
        StripeFixtures.list([StripeFixtures.intent()], hasMore: true), outcome)
      let result = try await StripeFixtures.client(transport).intents(
        of: CustomerID("cus_1"), since: UnixTime(seconds: 0))
      if case .answered = result { Issue.record("\(outcome)") }
    }
  }

  @Test func `a list without an end is given up`() async throws {
    let page = StripeFixtures.list([StripeFixtures.intent()], hasMore: true)
    let transport = ScriptedTransport(Array(repeating: page, count: StripeClient.pagesMax))
    let result = try await StripeFixtures.client(transport).intents(
      of: CustomerID("cus_1"), since: UnixTime(seconds: 0))
    #expect(result == .unknown("a list of more than 2000 elements"))
  }

  @Test func `only a stranger's intent may be unreadable`() async throws {
    let stranger = StripeFixtures.intent(["currency": "vnd", "metadata": ["order": "7"]])
    let ours = StripeFixtures.intent()
    let broken = StripeFixtures.intent(["currency": "vnd"])
    let transport = ScriptedTransport(
      StripeFixtures.list([stranger, ours]), StripeFixtures.list([broken, ours]))
    let client = try StripeFixtures.client(transport)
    let seen = await client.intents(of: CustomerID("cus_1"), since: UnixTime(seconds: 0))
    guard case .answered(let intents) = seen else {
      Issue.record("\(seen)")
      return
    }
    #expect(intents.count == 1)
    #expect(
      Answers.isUnknown(
        await client.intents(of: CustomerID("cus_1"), since: UnixTime(seconds: 0))))
  }

  @Test func `a stranger's intent that cannot be read is refused as not ours`() async throws {
    let stranger = StripeFixtures.intent(["currency": "brl", "metadata": ["order": "7"]])
    let ours = StripeFixtures.intent(["currency": "brl"])
    let another = StripeFixtures.intent(["id": "pi_2", "currency": "brl", "metadata": [:]])
    let bare = StripeFixtures.intent(["currency": "brl", "metadata": nil])
    let transport = ScriptedTransport([stranger, ours, another, bare].map { .json($0) })
    let client = try StripeFixtures.client(transport)
    guard case .refused(let refusal) = await client.intent(StripeFixtures.intentID) else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.isNotOurs && refusal.kind == .notFound)
    for _ in 0..<3 {
      #expect(Answers.isUnknown(await client.intent(StripeFixtures.intentID)))
    }
  }

  @Test func `an empty text is left out, for Stripe refuses it`() async throws {
    let transport = ScriptedTransport(
      .json(StripeFixtures.intent()), .json(#"{"object":"customer","id":"cus_1"}"#))
    let client = try StripeFixtures.client(transport)
    var silent = create
    silent.description = ""
    _ = await client.createIntent(silent)
    _ = await client.createCustomer(
      CreateCustomer(store: "s", tenant: "t", user: "u", email: "", key: "k"))
    for request in transport.requests {
      #expect(!request.form.isEmpty && !request.form.contains { $0.hasSuffix("=") })
    }
  }
}
