import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct FaultScriptTests {
  private func plan(_ text: String) throws -> FaultPlan {
    try FaultScript.plan(from: try JSON(parsing: text.utf8))
  }

  private func request(_ method: HTTPRequest.Method, _ path: String, _ body: String = "")
    -> HTTPRequest
  {
    HTTPRequest(method, path, body: Array(body.utf8), timeout: .seconds(1))
  }

  @Test func `a rule reads back as it was meant`() throws {
    let rules = try plan(
      """
      {"seed": 9, "rules": [
        {"match": {"service": "stripe", "method": "POST", "path": "/v1/payment_intents",
                   "path_suffix": "/confirm", "contains": "off_session", "nth": 2},
         "action": {"drop": "after"}},
        {"match": {"service": "webhook", "path": "charge."},
         "action": {"webhook": {"copies": 2, "delay_ms": 500, "forged": true}}}]}
      """
    ).rules
    var webhook = WebhookDisturbance()
    webhook.copies = 2
    webhook.delay = .milliseconds(500)
    webhook.isForged = true
    #expect(
      rules == [
        FaultRule(
          .stripe, method: "POST", pathPrefix: "/v1/payment_intents", pathSuffix: "/confirm",
          contains: "off_session", .nth(2), .dropAfter),
        FaultRule(.webhook, pathPrefix: "charge.", .all, .webhook(webhook)),
      ])
  }

  @Test(arguments: [
    (#"{"delay_ms": 5}"#, FaultRule.Action.delay(.milliseconds(5))),
    (#"{"hold_ms": 5}"#, .hold(.milliseconds(5))), (#"{"drop": "before"}"#, .dropBefore),
    (#"{"hang": true}"#, .hang), (#"{"fail": "after"}"#, .failAfter),
    (#"{"answer": {"status": 503, "body": "x"}}"#, .answer(status: 503, body: "x")),
    (#"{"rate_limit": {"retry_after": 7}}"#, .rateLimit(retryAfterSeconds: 7)),
    (#"{"processing_ms": 5}"#, .processing(.milliseconds(5))),
    (#"{"order": "hold_then_return"}"#, .order(.holdThenReturn)),
    (#"{"move_price_basis_points": -500}"#, .movePrice(basisPoints: -500)),
    (#"{"expire_quote": true}"#, .expireQuote),
  ])
  func `each action has its words`(text: String, action: FaultRule.Action) throws {
    let script = #"{"rules": [{"match": {"service": "ramp"}, "action": \#(text)}]}"#
    #expect(try plan(script).rules.map(\.action) == [action])
  }

  @Test(arguments: [
    "{}", #"{"rules": {}}"#, #"{"rules": [], "when": 1}"#, #"{"rules": [{}]}"#,
    #"{"rules": [{"match": {"service": "bank"}, "action": {"hang": true}}]}"#,
    #"{"rules": [{"match": {"service": "ramp", "nth": 1, "every": 2}, "action": {"hang": true}}]}"#,
    #"{"rules": [{"match": {"service": "ramp", "nth": "1"}, "action": {"hang": true}}]}"#,
    #"{"rules": [{"match": {"service": "ramp", "host": "x"}, "action": {"hang": true}}]}"#,
    #"{"rules": [{"match": {"service": "ramp"}, "action": {"explode": true}}]}"#,
    #"{"rules": [{"match": {"service": "ramp"}, "action": {"hang": true, "delay_ms": 1}}]}"#,
    #"{"rules": [{"match": {"service": "ramp"}, "action": {"order": "vanish"}}]}"#,
    #"{"rules": [{"match": {"service": "ramp"}, "action": {"answer": {"status": 99}}}]}"#,
    #"{"rules": [{"match": {"service": "ramp"}, "action": {"webhook": {"lose": true}}}]}"#,
  ])
  func `what the language does not know is refused`(text: String) {
    #expect(throws: FaultScript.self) { _ = try plan(text) }
  }

  @Test func `occurrences pick the calls they say`() throws {
    func picks(_ occurrence: FaultRule.Occurrence) -> [Int] {
      var plan = FaultPlan([FaultRule(.ramp, occurrence, .hang)])
      return (1...6).filter { _ in
        !plan.actions(for: request(.get, "/v1/health"), to: .ramp).isEmpty
      }
    }
    #expect(picks(.all) == [1, 2, 3, 4, 5, 6])
    #expect(picks(.nth(3)) == [3])
    #expect(picks(.every(2)) == [2, 4, 6])
    #expect(picks(.first(2)) == [1, 2])
    #expect(picks(.chance(partsPerMillion: 0)).isEmpty)
    #expect(picks(.chance(partsPerMillion: 1_000_000)) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `only calls that match are counted`() {
    var plan = FaultPlan([
      FaultRule(
        .stripe, method: "POST", pathPrefix: "/v1/refunds", contains: "amount", .nth(1), .hang)
    ])
    for other in [
      request(.get, "/v1/refunds", "amount"), request(.post, "/v1/charges", "amount"),
      request(.post, "/v1/refunds", "mount"),
    ] {
      #expect(plan.actions(for: other, to: .stripe).isEmpty)
    }
    #expect(plan.actions(for: request(.post, "/v1/refunds", "amount=1"), to: .ramp).isEmpty)
    #expect(plan.actions(for: request(.post, "/v1/refunds", "amount=1"), to: .stripe) == [.hang])
    #expect(plan.matched == [1])
    #expect(plan.applied == [1])
  }

  @Test func `chance is the same for the same seed`() {
    func picks(seed: UInt64) -> [Bool] {
      var plan = FaultPlan(
        [FaultRule(.node, .chance(partsPerMillion: 500_000), .hang)], seed: seed)
      return (0..<40).map { _ in !plan.actions(for: request(.post, "/"), to: .node).isEmpty }
    }
    #expect(picks(seed: 1) == picks(seed: 1))
    #expect(picks(seed: 1) != picks(seed: 2))
    #expect(Set(picks(seed: 1)) == [true, false])
  }
}
