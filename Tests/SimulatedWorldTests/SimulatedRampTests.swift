import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct SimulatedRampTests {
  /// A client of the ramp, with the chain it delivers on.
  struct Client {
    static let start = UnixTime(seconds: 1_795_221_900)
    static let cluster = "0x0059f5ada35eee46802d80750d5ca4a490640511"
    static let owner = "0x" + String(repeating: "07", count: 32)

    var ramp: SimulatedRamp
    var chain = SimulatedChain(ChainConfiguration(started: start))
    var now = start

    init(_ change: (inout RampConfiguration) -> Void = { _ in }) {
      var configuration = RampConfiguration()
      change(&configuration)
      ramp = SimulatedRamp(configuration)
    }

    mutating func send(
      _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil,
      _ disturbance: RampDisturbance = .none, key: String = "ramp_key_sandbox"
    ) -> (status: Int, json: JSON) {
      let response = ramp.handle(
        HTTPRequest(
          method, "http://127.0.0.1/v1/\(path)",
          headers: [
            HTTPField("authorization", "Bearer \(key)"),
            HTTPField("content-type", "application/json"),
          ], body: body?.utf8 ?? [], timeout: .seconds(1)), now: now, disturbance: disturbance)
      return (response.status, (try? JSON(parsing: response.body)) ?? .null)
    }

    /// A quote for $25, by default.
    mutating func quote(minor: Int64 = 2500) -> JSON {
      send(
        .post, "quotes",
        [
          "side": "fiat", "currency": "USD", "minor_amount": .integer(minor),
          "cluster_id": .string(Self.cluster),
        ]
      ).json
    }

    func body(_ id: String, _ quote: JSON, owner: String = owner) -> JSON {
      [
        "client_order_id": .string(id), "quote_id": quote["id"] ?? nil,
        "destination": ["cluster_id": .string(Self.cluster), "owner": .string(owner)],
        "planck": quote["planck"] ?? nil, "payment_reference": "ch_1",
      ]
    }

    mutating func order(_ id: String = "tu_1:1", fate: OrderFate? = nil) -> JSON {
      var disturbance = RampDisturbance()
      disturbance.fate = fate
      return send(.post, "orders", body(id, quote()), disturbance).json
    }

    /// Moves time step by step, as the world does.
    mutating func wait(_ seconds: Int) {
      for _ in 0..<seconds {
        now = now.advanced(by: .seconds(1))
        chain.advance(to: now)
        ramp.advance(to: now, &chain)
      }
    }

    mutating func state(_ id: String = "tu_1:1") -> String? {
      send(.get, "orders/\(id)").json["state"]?.string
    }
  }

  private func code(_ answer: (status: Int, json: JSON)) -> String? {
    answer.json["error"]?["code"]?.string
  }

  // MARK: Quotes

  /// Case C of the domain's table: 1.5 % and $1.00 of $25.00.
  @Test func `a quote rounds tokens down and fees up`() {
    var client = Client { $0.rates = [.usd: 1_234_567] }
    let quote = client.quote()
    #expect(quote["fee_minor"]?.int64 == 138)
    #expect(quote["net_minor"]?.int64 == 2362)
    #expect(quote["planck"] == "191322139665161")
  }

  @Test func `a quote for tokens asks the least money that buys them`() {
    var client = Client { $0.rates = [.usd: 1_234_567] }
    let quote = client.send(
      .post, "quotes",
      [
        "side": "tokens", "currency": "USD", "planck": "191322139665161",
        "cluster_id": .string(Client.cluster),
      ]
    ).json
    #expect(quote["gross_minor"]?.int64 == 2500)
    #expect(quote["planck"] == "191322139665161")
    let less = client.send(
      .post, "quotes",
      [
        "side": "tokens", "currency": "USD", "planck": "191322139665160",
        "cluster_id": .string(Client.cluster),
      ]
    ).json
    #expect(less["gross_minor"]?.int64 == 2500)
    #expect(less["planck"] == "191322139665161", "what the money buys")
  }

  @Test func `amounts and clusters out of range are refused`() {
    var client = Client { $0.clusters = [] }
    #expect(client.quote()["error"]?["code"] == "CLUSTER_UNKNOWN")
    client = Client()
    #expect(client.quote(minor: 101)["error"]?["code"] == "BELOW_MIN")
    #expect(client.quote(minor: 99_999_999_999)["error"]?["code"] == "ABOVE_MAX")
    #expect(client.quote(minor: -1)["error"]?["code"] == "INVALID_REQUEST")
    let unknown = client.send(
      .post, "quotes",
      [
        "side": "fiat", "currency": "USD", "minor_amount": 2500, "hurry": true,
        "cluster_id": .string(Client.cluster),
      ])
    #expect(code(unknown) == "INVALID_REQUEST")
  }

  // MARK: Orders

  @Test func `an order goes its way and shows on chain`() throws {
    var client = Client()
    let order = client.order()
    #expect(order["state"] == "ACCEPTED")
    #expect(order["funds_moved"] == "no")
    client.wait(1)
    #expect(client.state() == "SUBMITTED")
    client.wait(5)
    #expect(client.state() == "IN_BLOCK")
    client.wait(18)
    let done = client.send(.get, "orders/tu_1:1").json
    #expect(done["state"] == "COMPLETED")
    #expect(done["ed_skim"] == true, "the wallet was empty")
    let ordered = try #require(Planck(decimal: done["planck"]?.string ?? ""))
    let credited = try #require(Planck(decimal: done["planck_credited"]?.string ?? ""))
    #expect(credited.units == ordered.units - Planck.cere.units)
    let block = try #require(done["tx"]?["block_number"]?.int64.map { UInt64($0) })
    #expect(done["tx"]?["block_hash"]?.string == client.chain.hash(of: block))
    #expect(client.chain.deposits.values.map(\.credited) == [credited])
  }

  @Test func `versions rise with every change`() {
    var client = Client()
    var versions = [client.order()["version"]?.int64 ?? 0]
    var states = ["ACCEPTED"]
    for _ in 0..<30 {
      client.wait(1)
      let order = client.send(.get, "orders/tu_1:1").json
      if order["state"]?.string != states.last {
        states.append(order["state"]?.string ?? "")
        versions.append(order["version"]?.int64 ?? 0)
      }
    }
    #expect(states == ["ACCEPTED", "SUBMITTED", "IN_BLOCK", "COMPLETED"])
    #expect(versions == versions.sorted() && Set(versions).count == versions.count)
  }

  @Test func `the same id and body are the same order, always`() {
    var client = Client()
    let body = client.body("tu_1:1", client.quote())
    #expect(client.send(.post, "orders", body).status == 200)
    client.wait(90)  // The quote is long expired.
    let again = client.send(.post, "orders", body)
    #expect(again.status == 200)
    #expect(again.json["state"] == "COMPLETED")
    #expect(client.chain.deposits.values.map(\.count) == [1])
  }

  @Test func `the same id and another body is a conflict and moves nothing`() {
    var client = Client()
    let quote = client.quote()
    _ = client.send(.post, "orders", client.body("tu_1:1", quote))
    let other = "0x" + String(repeating: "08", count: 32)
    let conflict = client.send(.post, "orders", client.body("tu_1:1", quote, owner: other))
    #expect(conflict.status == 409)
    #expect(code(conflict) == "IDEMPOTENCY_CONFLICT")
    client.wait(60)
    #expect(client.chain.deposits.count == 1)
  }

  @Test func `a quote serves one order, in its own amount and in time`() {
    var client = Client()
    let quote = client.quote()
    var wrong = client.body("tu_1:1", quote)
    if case .object(var members) = wrong {
      members["planck"] = "20000000000"
      wrong = .object(members)
    }
    #expect(code(client.send(.post, "orders", wrong)) == "QUOTE_MISMATCH")
    _ = client.send(.post, "orders", client.body("tu_1:1", quote))
    #expect(code(client.send(.post, "orders", client.body("tu_2:1", quote))) == "QUOTE_MISMATCH")
    let late = client.quote()
    client.wait(60)
    #expect(code(client.send(.post, "orders", client.body("tu_3:1", late))) == "QUOTE_EXPIRED")
    #expect(client.state("tu_3:1") == nil, "a refused order is not there")
  }

  @Test func `more than the wallet holds is refused, and may be asked again later`() {
    var client = Client { $0.treasury = Planck(20_000 * Planck.cere.units) }
    #expect(client.order()["state"] == "ACCEPTED")
    let refused = client.send(.post, "orders", client.body("tu_2:1", client.quote()))
    #expect(refused.status == 503)
    #expect(code(refused) == "INSUFFICIENT_LIQUIDITY")
    client.ramp.treasury = Planck(100_000 * Planck.cere.units)
    #expect(client.order("tu_2:1")["state"] == "ACCEPTED")
  }

  @Test func `an order's members are checked`() {
    var client = Client()
    let quote = client.quote()
    #expect(code(client.send(.post, "orders", client.body("tu_1", quote))) == "INVALID_REQUEST")
    #expect(code(client.send(.post, "orders", client.body("tu_1:0", quote))) == "INVALID_REQUEST")
    #expect(code(client.send(.post, "orders", client.body("tu_1:01", quote))) == "INVALID_REQUEST")
    let short = client.send(.post, "orders", client.body("tu_1:1", quote, owner: "0x07"))
    #expect(code(short) == "INVALID_DESTINATION")
    #expect(client.send(.get, "health", key: "other").status == 401)
    #expect(client.send(.get, "orders/tu_9:1").status == 404)
  }

  // MARK: Cancelling

  @Test func `an accepted order can be cancelled, a submitted one not`() {
    var client = Client()
    _ = client.order()
    #expect(client.send(.post, "orders/tu_1:1/cancel").json["state"] == "CANCELLED")
    #expect(client.send(.post, "orders/tu_1:1/cancel").json["state"] == "CANCELLED")
    _ = client.order("tu_2:1")
    client.wait(2)
    let late = client.send(.post, "orders/tu_2:1/cancel")
    #expect(late.status == 409)
    #expect(code(late) == "NOT_CANCELLABLE")
    client.wait(60)
    #expect(client.state() == "CANCELLED")
    #expect(client.chain.deposits.values.map(\.count) == [1])
  }

  @Test func `a tombstone refuses the order that comes late`() {
    var client = Client()
    let body = client.body("tu_1:1", client.quote())
    let tombstone = client.send(.post, "orders/tu_1:1/cancel")
    #expect(tombstone.json["state"] == "CANCELLED")
    #expect(tombstone.json["funds_moved"] == "no")
    let late = client.send(.post, "orders", body)
    #expect(late.status == 409)
    client.wait(60)
    #expect(client.state() == "CANCELLED")
    #expect(client.chain.deposits.isEmpty)
  }

  // MARK: Accidents

  @Test(arguments: [
    (OrderFate.failBeforeSubmit, "FAILED", "no", 0), (.failAfterSubmit, "FAILED", "no", 0),
    (.failUnknown, "FAILED", "unknown", 1), (.partial, "PARTIAL", "yes", 1),
    (.expire, "EXPIRED", "no", 0),
    (.hold, "ON_HOLD", "no", 0), (.holdThenReturn, "RETURNED", "no", 0),
    (.unknownState, "COMPLETED", "yes", 1), (.doubleDeposit, "COMPLETED", "yes", 2),
    (.completeEarly, "COMPLETED", "yes", 1),
  ])
  func `a fated order ends so`(fate: OrderFate, state: String, moved: String, deposits: Int) {
    var client = Client()
    _ = client.order(fate: fate)
    client.wait(60)
    let order = client.send(.get, "orders/tu_1:1").json
    #expect(order["state"]?.string == state)
    #expect(order["funds_moved"]?.string == moved)
    #expect(client.chain.deposits.values.reduce(0) { $0 + $1.count } == deposits)
  }

  @Test func `a second order of one top-up is odd unless the first delivered no more`() {
    var client = Client()
    _ = client.order("tu_1:1", fate: .failBeforeSubmit)
    client.wait(60)
    _ = client.order("tu_1:2", fate: .partial)
    client.wait(60)
    _ = client.order("tu_1:3")
    #expect(client.ramp.oddities.isEmpty)
    _ = client.order("tu_1:4")
    #expect(client.ramp.oddities == ["tu_1:4 was ordered while tu_1:3 is ACCEPTED"])
    _ = client.order("tu_10:1")
    #expect(client.ramp.oddities.count == 1, "another top-up is no business of this one")
  }

  @Test func `a rejected order is refused and not there`() {
    var client = Client()
    #expect(client.order(fate: .reject)["error"]?["code"] == "COMPLIANCE_REJECTED")
    #expect(client.send(.get, "orders/tu_1:1").status == 404)
  }

  @Test func `an unknown state shows for a while`() {
    var client = Client()
    _ = client.order(fate: .unknownState)
    client.wait(2)
    #expect(client.state() == "SETTLING")
  }

  @Test func `a released order goes on`() {
    var client = Client()
    _ = client.order(fate: .hold)
    client.wait(10)
    #expect(client.ramp.release("tu_1:1", now: client.now, &client.chain))
    #expect(!client.ramp.release("tu_1:1", now: client.now, &client.chain))
    client.wait(40)
    #expect(client.state() == "COMPLETED")
  }

  @Test func `a fork sends an order back to submitted and on again`() {
    var client = Client()
    client.wait(60)
    _ = client.order()
    client.wait(7)
    #expect(client.state() == "IN_BLOCK")
    client.chain.fork(depth: 2, now: client.now)
    client.ramp.advance(to: client.now, &client.chain)
    let back = client.send(.get, "orders/tu_1:1").json
    #expect(back["state"] == "SUBMITTED")
    #expect(back["tx"] == nil)
    client.wait(40)
    #expect(client.state() == "COMPLETED")
    #expect(client.chain.deposits.values.map(\.count) == [1])
  }

  @Test func `completion waits for finality`() {
    var client = Client()
    client.chain.stallFinality(true, now: client.now)
    _ = client.order()
    client.wait(300)
    #expect(client.state() == "IN_BLOCK")
    client.chain.stallFinality(false, now: client.now)
    client.wait(6)
    #expect(client.state() == "COMPLETED")
  }

  // MARK: Lists

  @Test func `orders are listed by their last change, and the cursor goes on from there`() {
    var client = Client()
    _ = client.order("tu_1:1")
    _ = client.order("tu_2:1")
    _ = client.send(.post, "orders/tu_1:1/cancel")
    let page = client.send(.get, "orders?limit=1").json
    #expect(page["orders"]?.array?.compactMap { $0["client_order_id"]?.string } == ["tu_2:1"])
    let cursor = page["cursor"]?.string ?? ""
    let rest = client.send(.get, "orders?cursor=\(cursor)").json
    #expect(rest["orders"]?.array?.compactMap { $0["client_order_id"]?.string } == ["tu_1:1"])
    #expect(client.send(.get, "orders?limit=101").status == 400)
    #expect(client.send(.get, "orders?cursor=x").status == 400)
  }

  @Test func `capabilities and health tell what a client needs`() {
    var client = Client()
    let capabilities = client.send(.get, "capabilities").json
    #expect(capabilities["fee_basis_points"]?.int64 == 150)
    #expect(capabilities["fee_fixed_minor"]?["USD"]?.int64 == 100)
    let before = client.send(.get, "health").json["headroom_planck"]?.string
    _ = client.order()
    #expect(client.send(.get, "health").json["headroom_planck"]?.string != before)
  }
}
