import Gateways
import SimulatedWorld
import TopUpCore

/// Carries the real clients' requests into a simulated world, on virtual time.
actor WorldTransport: HTTPTransport {
  static let stripeURL = "http://127.0.0.1:1"
  static let rampURL = "http://127.0.0.1:2"
  static let nodeURL = "http://127.0.0.1:3"
  static let start = UnixTime(seconds: 1_795_221_900)

  private(set) var world = World(WorldConfiguration(started: start))
  private(set) var now = start
  private var webhooks: [WebhookDelivery] = []

  func send(_ request: HTTPRequest) async -> HTTPOutcome {
    let service: FaultRule.Service =
      request.url.hasPrefix(Self.stripeURL)
      ? .stripe : request.url.hasPrefix(Self.rampURL) ? .ramp : .node
    let ticket = world.receive(request, by: service, now: now)
    let end = now.advanced(by: request.timeout)
    while now <= end {
      for case .reply(ticket, let reply) in advance() {
        switch reply {
        case .response(let response): return .response(response)
        case .cut: return .unknown("cut")
        case .silence: break
        }
      }
      now = now.advanced(by: .milliseconds(100))
    }
    return .unknown("timed out")
  }

  /// Lets time pass.
  func wait(_ span: Duration) {
    now = now.advanced(by: span)
    _ = advance()
  }

  /// The webhooks since the last time; each counts as taken.
  func takeWebhooks() -> [WebhookDelivery] {
    for delivery in webhooks { world.settleWebhook(delivery.id, status: 200, now: now) }
    defer { webhooks = [] }
    return webhooks
  }

  func setFaults(_ rules: FaultRule...) { world.faults = FaultPlan(rules) }

  /// Somebody types a test card's number into the form of a set-up intent.
  func typeCard(_ number: String, for setup: SetupIntentID) -> HTTPResponse {
    let body = #"{"setup_intent": "\#(setup)", "number": "\#(number)"}"#
    return world.control(
      HTTPRequest(.post, "/control/stripe/card", body: Array(body.utf8), timeout: .seconds(1)),
      now: now)
  }

  private func advance() -> [World.Happening] {
    let happenings = world.advance(to: now)
    for case .webhook(let delivery) in happenings { webhooks.append(delivery) }
    return happenings
  }
}

/// The answer, or nil for every other result.
func answer<Value>(_ result: OutsideResult<Value>) -> Value? {
  if case .answered(let value) = result { value } else { nil }
}

/// The refusal's kind, or nil for every other result.
func refusal<Value>(_ result: OutsideResult<Value>) -> Refusal.Kind? {
  if case .refused(let refusal) = result { refusal.kind } else { nil }
}
