import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct WorldTests {
  /// A world with somebody at its door.
  struct Visitor {
    var world: World
    var now = Desk.start
    var webhooks: [WebhookDelivery] = []

    init(_ change: (inout WorldConfiguration) -> Void = { _ in }) {
      var configuration = WorldConfiguration(started: Desk.start)
      change(&configuration)
      world = World(configuration)
    }

    mutating func script(_ text: String) -> HTTPResponse {
      world.control(
        HTTPRequest(.post, "/control/faults", body: Array(text.utf8), timeout: .seconds(1)),
        now: now)
    }

    mutating func control(_ path: String, _ body: JSON? = nil) -> JSON {
      let response = world.control(
        HTTPRequest(
          body == nil ? .get : .post, "/control/\(path)", body: body?.utf8 ?? [],
          timeout: .seconds(1)), now: now)
      return (try? JSON(parsing: response.body)) ?? .null
    }

    /// Sends a request and waits up to a minute; nil when nothing came.
    mutating func ask(
      _ request: HTTPRequest, _ service: FaultRule.Service = .stripe
    ) -> (reply: World.Reply, after: Duration)? {
      let (ticket, sent) = (world.receive(request, by: service, now: now), now)
      for _ in 0...600 {
        for happening in world.advance(to: now) {
          switch happening {
          case .webhook(let delivery): webhooks.append(delivery)
          case .reply(ticket, let reply): return (reply, now.since(sent))
          case .reply: break
          }
        }
        now = now.advanced(by: .milliseconds(100))
      }
      return nil
    }

    mutating func wait(_ span: Duration) {
      now = now.advanced(by: span)
      for happening in world.advance(to: now) {
        if case .webhook(let delivery) = happening { webhooks.append(delivery) }
      }
    }

    mutating func createIntent(key: String = "k") -> World.Reply? {
      ask(Desk.request(.post, "payment_intents", "amount=2500&currency=usd", key: key))?.reply
    }

    var intents: Int { world.stripe.intents.count }
  }

  private func status(_ reply: World.Reply?) -> Int? {
    if case .response(let response) = reply { response.status } else { nil }
  }

  private static let onCreate = #""match": {"service": "stripe", "path": "/v1/payment_intents""#

  private func rule(_ action: String, _ more: String = "") -> String {
    #"{"rules": [{\#(Self.onCreate)\#(more)}, "action": \#(action)}]}"#
  }

  @Test func `without faults an answer comes at once`() {
    var visitor = Visitor()
    let answer = visitor.ask(Desk.request(.get, "balance"))
    #expect(status(answer?.reply) == 200)
    #expect(answer?.after == .zero)
  }

  @Test func `cut before it was handled, nothing was done`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"drop": "before"}"#))
    #expect(visitor.createIntent() == .cut)
    #expect(visitor.intents == 0)
  }

  @Test func `cut after it was handled, the same key finds the answer`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"drop": "after"}"#, #", "nth": 1"#))
    #expect(visitor.createIntent() == .cut)
    #expect(visitor.intents == 1)
    let again = visitor.createIntent()
    #expect(status(again) == 200)
    #expect(visitor.intents == 1)
  }

  @Test func `only the nth call is disturbed`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"drop": "before"}"#, #", "nth": 2"#))
    #expect(status(visitor.createIntent(key: "a")) == 200)
    #expect(visitor.createIntent(key: "b") == .cut)
    #expect(status(visitor.createIntent(key: "c")) == 200)
    let counts = visitor.control("faults").array?.first
    #expect(counts?["matched"]?.int64 == 3)
    #expect(counts?["applied"]?.int64 == 1)
  }

  @Test func `a slow answer keeps its key in use`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"delay_ms": 3000}"#, #", "nth": 1"#))
    let request = Desk.request(.post, "payment_intents", "amount=2500&currency=usd", key: "k")
    let first = visitor.world.receive(request, by: .stripe, now: visitor.now)
    _ = visitor.world.advance(to: visitor.now)
    #expect(status(visitor.ask(request)?.reply) == 409)
    let replies = visitor.world.advance(to: visitor.now.advanced(by: .seconds(3)))
    #expect(
      replies.contains {
        if case .reply(first, let reply) = $0 { status(reply) == 200 } else { false }
      })
  }

  @Test func `a held request is done late`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"hold_ms": 5000}"#))
    let request = Desk.request(.post, "payment_intents", "amount=2500&currency=usd", key: "k")
    _ = visitor.world.receive(request, by: .stripe, now: visitor.now)
    visitor.wait(.milliseconds(4900))
    #expect(visitor.intents == 0)
    visitor.wait(.milliseconds(100))
    #expect(visitor.intents == 1)
  }

  @Test func `silence is silence, though it was done`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"hang": true}"#))
    #expect(visitor.createIntent() == .silence)
    #expect(visitor.intents == 1)
  }

  @Test func `scripted answers, rate limits and late failures`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"answer": {"status": 502, "body": "<html>"}}"#))
    #expect(
      visitor.createIntent() == .response(HTTPResponse(status: 502, body: Array("<html>".utf8))))
    _ = visitor.script(rule(#"{"rate_limit": {"retry_after": 7}}"#))
    guard case .response(let limited) = visitor.createIntent() else {
      Issue.record("no answer")
      return
    }
    #expect(limited.status == 429)
    #expect(limited.header("retry-after") == "7")
    #expect(visitor.intents == 0)
    _ = visitor.script(rule(#"{"fail": "after"}"#))
    #expect(status(visitor.createIntent()) == 500)
    #expect(visitor.intents == 1)
  }

  @Test func `a script with a mistake is refused and the old one stays`() {
    var visitor = Visitor()
    _ = visitor.script(rule(#"{"hang": true}"#))
    #expect(visitor.script("{").status == 400)
    #expect(visitor.script(#"{"rules": [{"when": 1}]}"#).status == 400)
    #expect(visitor.world.faults.rules.count == 1)
  }

  // MARK: Webhooks

  @Test func `events become webhooks, and what was taken is marked`() {
    var visitor = Visitor()
    _ = visitor.createIntent()
    visitor.wait(.seconds(1))
    #expect(visitor.webhooks.map(\.type) == ["payment_intent.created"])
    for delivery in visitor.webhooks {
      visitor.world.settleWebhook(delivery.id, status: 200, now: visitor.now)
    }
    let stripe = visitor.control("stats")["stripe"]
    #expect(stripe?["events_not_delivered"]?.int64 == 0)
    #expect(visitor.world.nextWake == nil)
  }

  @Test func `what happened is told once more, as it was then, under another event's id`() throws {
    var visitor = Visitor()
    _ = visitor.createIntent()
    visitor.wait(.seconds(1))
    let first = try #require(visitor.webhooks.first)
    #expect(visitor.control("stripe/repeat_event", ["event": "evt_none"])["error"] != nil)
    let again = visitor.control("stripe/repeat_event", ["event": .string(first.event)])["event"]
    visitor.wait(.seconds(1))
    #expect(visitor.webhooks.count == 2 && visitor.webhooks[1].event == again?.string)
    #expect(first.event != again?.string && visitor.webhooks[1].type == first.type)
    let bodies = try visitor.webhooks.map { try JSON(parsing: $0.body)["data"] }
    #expect(bodies[0] == bodies[1])
    // It did not happen twice.
    #expect(visitor.world.events == [first.event])
  }

  @Test func `webhook faults go by the type of the event`() {
    var visitor = Visitor()
    _ = visitor.script(
      """
      {"rules": [
        {"match": {"service": "webhook", "path": "payment_intent."},
         "action": {"webhook": {"copies": 3}}},
        {"match": {"service": "webhook", "path": "customer."},
         "action": {"webhook": {"drop": true}}}]}
      """)
    _ = visitor.createIntent()
    _ = visitor.ask(Desk.request(.post, "customers", "", key: "c"))
    visitor.wait(.seconds(1))
    #expect(visitor.webhooks.map(\.type) == Array(repeating: "payment_intent.created", count: 3))
  }

  // MARK: Ramp, chain and people

  @Test func `what the ramp delivers shows at the node, also over one long leap in time`() throws {
    var visitor = Visitor()
    let quote: JSON = [
      "side": "fiat", "currency": "USD", "minor_amount": 2500,
      "cluster_id": .string(SimulatedRampTests.Client.cluster),
    ]
    func ramp(_ path: String, _ body: JSON) -> HTTPRequest {
      HTTPRequest(
        .post, "/v1/\(path)",
        headers: [
          HTTPField("authorization", "Bearer ramp_key_sandbox"),
          HTTPField("content-type", "application/json"),
        ], body: body.utf8, timeout: .seconds(1))
    }
    guard case .response(let quoted) = visitor.ask(ramp("quotes", quote), .ramp)?.reply else {
      Issue.record("no quote")
      return
    }
    let body = SimulatedRampTests.Client().body("tu_1:1", try JSON(parsing: quoted.body))
    #expect(status(visitor.ask(ramp("orders", body), .ramp)?.reply) == 200)
    visitor.wait(.seconds(3600))
    let stats = visitor.control("stats")
    #expect(stats["ramp"]?["orders"]?["COMPLETED"]?.int64 == 1)
    let deposit = stats["chain"]?["deposits"]?.array?.first
    #expect(deposit?["owner"]?.string == SimulatedRampTests.Client.owner)
    #expect(deposit?["active_planck"] == "188950000000000")  // $23.62 at 0.00125, less 1 CERE.
  }

  @Test func `the control endpoint burns, forks and asks for sane accounts`() {
    var visitor = Visitor()
    let account: (JSON) -> JSON = { call in
      var body = JSONObject()
      body["cluster"] = .string(SimulatedRampTests.Client.cluster)
      body["owner"] = .string(SimulatedRampTests.Client.owner)
      for member in call.object?.members ?? [] { body[member.name] = member.value }
      return .object(body)
    }
    #expect(visitor.control("chain", account(["deposit": "110000000000"]))["block"] != nil)
    visitor.wait(.seconds(6))
    _ = visitor.control("chain", account(["burn": "40000000000"]))
    visitor.wait(.seconds(6))
    let row = visitor.control("stats")["chain"]?["deposits"]?.array?.first
    #expect(row?["active_planck"] == "60000000000")
    #expect(visitor.control("chain", ["fork": 2])["forked"]?.int64 == 2)
    #expect(visitor.control("chain", ["cluster": "0x00"])["error"] != nil)
    #expect(visitor.control("chain", account(["burn": 5]))["error"] != nil)
  }

  @Test func `people act through the control endpoint`() {
    var visitor = Visitor()
    guard
      case .response(let setup) = visitor.ask(
        Desk.request(
          .post, "setup_intents", "allowed_payment_method_types[0]=card", key: "s"))?.reply,
      let id = (try? JSON(parsing: setup.body))?["id"]
    else {
      Issue.record("no set-up intent")
      return
    }
    let typed = visitor.control("stripe/card", ["setup_intent": id, "number": "4242424242424242"])
    #expect(typed["status"] == "succeeded")
    #expect(visitor.control("stripe/authenticate", ["intent": id])["error"] != nil)
    #expect(visitor.control("stripe/dispute", ["intent": "pi_none"])["error"] != nil)
    #expect(visitor.control("nothing")["error"] != nil)
  }

  @Test func `the log counts by endpoint and keeps no key`() {
    var visitor = Visitor()
    _ = visitor.createIntent(key: "a")
    _ = visitor.createIntent(key: "a")
    _ = visitor.ask(Desk.request(.get, "payment_intents/pi_1"))
    let log = visitor.control("requests?service=stripe&limit=2")
    #expect(log["counts"]?["stripe POST /v1/payment_intents"]?.int64 == 2)
    #expect(log["counts"]?["stripe GET /v1/payment_intents/:id"]?.int64 == 1)
    #expect(log["requests"]?.array?.count == 2)
    #expect(log["requests"]?.array?.first?["note"] == "replayed")
    #expect(!log.text.contains("sk_test"))
  }

  @Test func `a reset forgets everything and keeps the clock`() {
    var visitor = Visitor()
    _ = visitor.createIntent()
    visitor.wait(.seconds(60))
    _ = visitor.control("reset", [:])
    #expect(visitor.intents == 0)
    #expect(visitor.world.faults.rules.isEmpty)
    #expect(visitor.world.chain.nextBlock > visitor.now)
    #expect(visitor.world.resets == 1)
  }

  @Test func `the same seed and the same requests give the same world`() {
    func story(seed: UInt64) -> String {
      var visitor = Visitor { $0.seed(seed) }
      _ = visitor.createIntent(key: "a")
      visitor.wait(.seconds(10))
      return visitor.control("requests").text
        + visitor.webhooks.map {
          String(decoding: $0.body, as: UTF8.self)
        }.joined()
    }
    #expect(story(seed: 1) == story(seed: 1))
    #expect(story(seed: 1) != story(seed: 2))
  }
}
