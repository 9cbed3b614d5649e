import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct RampClientTests {
  func create() throws -> CreateOrder {
    CreateOrder(
      id: RampFixtures.orderID, quote: QuoteID("q_1"),
      destination: try #require(RampFixtures.account), tokens: Planck(191_322_139_665_161),
      paymentReference: "ch_1")
  }

  // MARK: Requests

  @Test func `every request carries the key and keeps it out of the URL`() async throws {
    let transport = ScriptedTransport(
      .json(#"{"healthy":true,"headroom_planck":"5"}"#), .json(RampFixtures.order()))
    let client = try RampFixtures.client(transport)
    #expect(await client.health() == .answered(RampHealth(isHealthy: true, headroom: Planck(5))))
    _ = await client.cancelOrder(RampFixtures.orderID)
    #expect(
      transport.requests.map(\.url) == [
        "http://127.0.0.1:1/ramp/v1/health", "http://127.0.0.1:1/ramp/v1/orders/tu_1%3A1/cancel",
      ])
    #expect(transport.requests.map(\.method) == [.get, .post])
    for request in transport.requests {
      #expect(request.headers == [HTTPField("Authorization", "Bearer ramp-key-Zx81")])
      #expect(request.body.isEmpty)
    }
  }

  @Test func `an order is the same bytes each time`() async throws {
    let transport = ScriptedTransport(.json(RampFixtures.order()), .json(RampFixtures.order()))
    let client = try RampFixtures.client(transport)
    _ = await client.createOrder(try create())
    _ = await client.createOrder(try create())
    #expect(transport.requests[0] == transport.requests[1])
    #expect(transport.requests[0].header("Content-Type") == "application/json")
    #expect(
      transport.requests[0].bodyText
        == #"{"client_order_id":"tu_1:1","quote_id":"q_1","destination":{"#
        + #""cluster_id":"\#(RampFixtures.clusterHex)","owner":"\#(RampFixtures.ownerHex)"},"#
        + #""planck":"191322139665161","payment_reference":"ch_1"}"#
    )
  }

  @Test func `a quote fixes one side`() async throws {
    let account = try #require(RampFixtures.account)
    let transport = ScriptedTransport(
      .json(RampFixtures.quote()), .json(RampFixtures.quote()))
    let client = try RampFixtures.client(transport)
    _ = await client.quote(
      QuoteRequest(side: .fiat(StripeFixtures.usd25), cluster: account.cluster))
    _ = await client.quote(
      QuoteRequest(side: .tokens(Planck.cere, .usd), cluster: account.cluster))
    let cluster = #""cluster_id":"\#(RampFixtures.clusterHex)""#
    #expect(
      transport.requests.map(\.bodyText) == [
        #"{"side":"fiat","currency":"USD","minor_amount":2500,\#(cluster)}"#,
        #"{"side":"tokens","currency":"USD","planck":"10000000000",\#(cluster)}"#,
      ])
  }

  @Test func `orders are listed from a cursor on`() async throws {
    let transport = ScriptedTransport(
      .json(#"{"orders":[\#(RampFixtures.order())],"cursor":"c/2"}"#),
      .json(#"{"orders":[],"cursor":null}"#))
    let client = try RampFixtures.client(transport)
    guard case .answered(let page) = await client.orders(after: nil, limit: 100) else {
      Issue.record("not answered")
      return
    }
    #expect(page.orders.map(\.id) == [RampFixtures.orderID])
    #expect(page.cursor == "c/2")
    #expect(
      await client.orders(after: "c/2", limit: 5)
        == .answered(RampOrderPage(orders: [], cursor: nil)))
    #expect(
      transport.requests.map(\.url) == [
        "http://127.0.0.1:1/ramp/v1/orders?limit=100",
        "http://127.0.0.1:1/ramp/v1/orders?cursor=c%2F2&limit=5",
      ])
  }

  @Test func `only a stranger's order may be unreadable`() async throws {
    let theirs = RampFixtures.order(["client_order_id": "shop-7", "planck": "many"])
    let broken = RampFixtures.order(["planck": "many"])
    let nameless = RampFixtures.order(["client_order_id": nil])
    func page(_ orders: String...) -> HTTPOutcome {
      .json(#"{"orders":[\#(orders.joined(separator: ","))],"cursor":"c/2"}"#)
    }
    let ours = RampFixtures.order()
    let client = try RampFixtures.client(
      ScriptedTransport(page(theirs, ours), page(broken, ours), page(nameless, ours)))
    guard case .answered(let seen) = await client.orders(after: nil, limit: 100) else {
      Issue.record("not answered")
      return
    }
    #expect(seen.orders.map(\.id) == [RampFixtures.orderID])
    #expect(seen.skipped == 1 && seen.cursor == "c/2")
    #expect(Answers.isUnknown(await client.orders(after: nil, limit: 100)))
    #expect(Answers.isUnknown(await client.orders(after: nil, limit: 100)))
  }

  @Test func `an id that would name another thing is not sent`() async throws {
    let transport = ScriptedTransport()
    guard
      case .refused(let refusal) = try await RampFixtures.client(transport).order(ClientOrderID(""))
    else {
      Issue.record("sent")
      return
    }
    #expect(refusal.kind == .invalid)
    #expect(transport.requests.isEmpty)
  }

  // MARK: Orders

  @Test(arguments: [
    ("ACCEPTED", RampOrder.State.accepted), ("SUBMITTED", .submitted), ("ON_HOLD", .onHold),
    ("PARTIAL", .partial), ("FAILED", .failed), ("CANCELLED", .cancelled), ("EXPIRED", .expired),
    ("RETURNED", .returned), ("TELEPORTED", .unrecognised("TELEPORTED")),
    ("submitted", .unrecognised("submitted")),
  ])
  func `a state that is not known is kept and waited out`(
    text: String, state: RampOrder.State
  ) async throws {
    let transport = ScriptedTransport(.json(RampFixtures.order(["state": .string(text)])))
    guard
      case .answered(let order) = try await RampFixtures.client(transport).order(
        RampFixtures.orderID)
    else {
      Issue.record("not answered")
      return
    }
    #expect(order.state == state)
    #expect(order.version == 3)
    #expect(order.ordered == Planck(191_322_139_665_161))
    #expect(order.updated == UnixTime(milliseconds: 1_795_221_907_000))
  }

  @Test func `a completed order shows where on chain (invariant 30)`() async throws {
    let transport = ScriptedTransport(
      .json(
        RampFixtures.order([
          "state": "COMPLETED", "planck_credited": "191312139665161", "ed_skim": true,
          "tx": RampFixtures.transaction, "funds_moved": "yes", "reason": "done",
        ])))
    guard
      case .answered(let order) = try await RampFixtures.client(transport).order(
        RampFixtures.orderID)
    else {
      Issue.record("not answered")
      return
    }
    #expect(
      order
        == RampOrder(
          id: RampFixtures.orderID, state: .completed, version: 3,
          ordered: Planck(191_322_139_665_161), credited: Planck(191_312_139_665_161),
          evidence: ChainEvidence(
            extrinsicHash: RampFixtures.hash, blockHash: RampFixtures.hash, blockNumber: 123,
            eventIndex: 4), existentialSkim: true, reason: "done", fundsMoved: .yes,
          updated: UnixTime(milliseconds: 1_795_221_907_000)))
  }

  @Test(arguments: ["no", "yes", "unknown", "maybe"])
  func `whether funds moved is never guessed`(word: String) async throws {
    let transport = ScriptedTransport(.json(RampFixtures.order(["funds_moved": .string(word)])))
    guard
      case .answered(let order) = try await RampFixtures.client(transport).order(
        RampFixtures.orderID)
    else {
      Issue.record("not answered")
      return
    }
    #expect(order.fundsMoved == RampOrder.FundsMoved(rawValue: word) ?? .unknown)
  }

  static let unreadable: [[String: JSON?]] = [
    ["client_order_id": "tu_1:2"], ["client_order_id": nil], ["state": nil], ["version": nil],
    ["version": -1], ["version": "3"], ["planck": nil], ["planck": 191_322_139_665_161],
    ["planck": "-1"], ["planck": "1e3"], ["planck_credited": nil], ["ed_skim": nil],
    ["funds_moved": nil], ["updated_ms": nil], ["updated_ms": -1], ["state": "COMPLETED"],
    ["state": "IN_BLOCK"], ["tx": ["block_number": 1]], ["tx": "0x00"],
    [
      "tx": [
        "extrinsic_hash": "0xAB", "block_hash": .string(RampFixtures.hash), "block_number": 1,
        "event_index": 0,
      ]
    ],
  ]

  @Test(arguments: unreadable)
  func `an order that cannot be relied on is in doubt`(change: [String: JSON?]) async throws {
    let transport = ScriptedTransport(.json(RampFixtures.order(change)))
    let result = try await RampFixtures.client(transport).order(RampFixtures.orderID)
    #expect(Answers.isUnknown(result), "\(change): \(result)")
  }

  @Test func `an order made for another amount is in doubt`() async throws {
    let transport = ScriptedTransport(.json(RampFixtures.order(["planck": "1"])))
    #expect(
      try await RampFixtures.client(transport).createOrder(try create())
        == .unknown("unreadable answer: an order of another amount"))
  }

  // MARK: Refusals

  static let table: [(Int, String, Refusal.Kind?)] = [
    (400, "INVALID_REQUEST", .invalid), (400, "INVALID_DESTINATION", .invalid),
    (400, "CLUSTER_UNKNOWN", .invalid), (400, "BELOW_MIN", .invalid), (400, "ABOVE_MAX", .invalid),
    (401, "UNAUTHORIZED", .notAuthorised), (404, "NOT_FOUND", .notFound),
    (409, "IDEMPOTENCY_CONFLICT", .idempotencyConflict), (409, "QUOTE_EXPIRED", .quoteNotUsable),
    (409, "QUOTE_MISMATCH", .quoteNotUsable), (409, "NOT_CANCELLABLE", .unexpectedState),
    (422, "COMPLIANCE_REJECTED", .invalid), (429, "RATE_LIMITED", .rateLimited),
    (503, "INSUFFICIENT_LIQUIDITY", .insufficientLiquidity), (503, "UNAVAILABLE", nil),
    // Not the contract's words, or not with the contract's status.
    (400, "BRAND_NEW", nil), (500, "NOT_FOUND", nil), (404, "INVALID_REQUEST", nil),
    (200, "NOT_FOUND", nil), (201, "NOT_FOUND", nil),
  ]

  @Test(arguments: table)
  func `a refusal counts in the contract's own words alone`(
    status: Int, code: String, kind: Refusal.Kind?
  ) async throws {
    let transport = ScriptedTransport(RampFixtures.error(status, code, "1500"))
    let result = try await RampFixtures.client(transport).createOrder(try create())
    if let kind {
      #expect(
        result
          == .refused(
            Refusal(kind, code: code, message: "No.", retryAfter: .milliseconds(1500))))
    } else {
      #expect(Answers.isUnknown(result))
    }
  }

  @Test(arguments: [
    HTTPOutcome.json(404, "<html>"), .json(404, "{}"), .json(200, ""), .json(200, "[]"),
    .json(404, #"{"error":"NOT_FOUND"}"#), .unknown("no answer"),
  ])
  func `what does not speak the contract says nothing of the order`(
    outcome: HTTPOutcome
  ) async throws {
    let transport = ScriptedTransport(outcome)
    #expect(
      Answers.isUnknown(
        try await RampFixtures.client(transport).order(RampFixtures.orderID)))
  }

  @Test func `what never left is known as such`() async throws {
    let transport = ScriptedTransport(.notSent("no connection"))
    #expect(
      try await RampFixtures.client(transport).createOrder(try create())
        == .notSent("no connection"))
  }

  @Test func `a configuration needs a URL and a key`() {
    #expect(throws: RampConfigurationError.malformedBaseURL) {
      try RampConfiguration(baseURL: "ramp.test", key: Secret("k"))
    }
    #expect(throws: RampConfigurationError.malformedBaseURL) {
      try RampConfiguration(baseURL: "https://ramp.test/?a", key: Secret("k"))
    }
    for key in ["", "a b", "a\nb"] {
      #expect(throws: RampConfigurationError.malformedKey) {
        try RampConfiguration(baseURL: "https://ramp.test", key: Secret(key))
      }
    }
  }
}
