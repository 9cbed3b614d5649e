import Gateways
import RPCCore
import SimulatedWorld
import Synchronization
import TestSupport
import TopUpCore

/// The wall's clock of a manual loop: it moves as the loop does, and nothing else moves it.
struct LoopClock: WallClock {
  static let start = UnixTime(seconds: 1_795_221_900)

  private let loop: ManualLoop
  private let begun: MonotonicInstant

  init(_ loop: ManualLoop) {
    self.loop = loop
    begun = loop.now
  }

  var now: UnixTime {
    Self.start.advanced(by: loop.now.since(begun))
  }
}

/// Carries the real clients' requests into a simulated world, without a thread of its own: what is
/// sent is answered on the caller's loop, before time moves on. An answer that would come later is
/// lost.
final class EngineWorld: HTTPTransport {
  static let stripeURL = "http://127.0.0.1:1"
  static let rampURL = "http://127.0.0.1:2"
  static let nodeURL = "http://127.0.0.1:3"

  private struct State {
    var world = World(WorldConfiguration(started: LoopClock.start))
    var webhooks: [SimulatedWorld.WebhookDelivery] = []
    /// Every request, as `stripe POST /v1/refunds`.
    var requests: [String] = []
  }

  private let state = Mutex(State())
  private let clock: LoopClock

  init(_ clock: LoopClock) { self.clock = clock }

  func send(_ request: HTTPRequest) async -> HTTPOutcome {
    let service: FaultRule.Service =
      request.url.hasPrefix(Self.stripeURL)
      ? .stripe : request.url.hasPrefix(Self.rampURL) ? .ramp : .node
    let path = request.url.dropFirst(Self.stripeURL.count).prefix { $0 != "?" }
    return state.withLock { state in
      state.requests.append("\(service.rawValue) \(request.method.rawValue) \(path)")
      let ticket = state.world.receive(request, by: service, now: clock.now)
      for case .reply(ticket, let reply) in Self.advance(&state, to: clock.now) {
        switch reply {
        case .response(let response): return .response(response)
        case .cut: return .unknown("cut")
        case .silence: return .unknown("timed out")
        }
      }
      return .unknown("timed out")
    }
  }

  /// Does something to the world, as its control endpoint offers it: a person's or an operator's
  /// deed, such as `stripe/refund`.
  @discardableResult
  func control(_ verb: String, _ body: String) -> String {
    state.withLock { state in
      _ = Self.advance(&state, to: clock.now)
      let response = state.world.control(
        HTTPRequest(.post, "/control/" + verb, body: Array(body.utf8), timeout: .seconds(1)),
        now: clock.now)
      _ = Self.advance(&state, to: clock.now)
      precondition(response.status == 200, String(decoding: response.body, as: UTF8.self))
      return String(decoding: response.body, as: UTF8.self)
    }
  }

  func setFaults(_ rules: FaultRule...) {
    state.withLock { $0.world.faults = FaultPlan(rules) }
  }

  /// How often something like `stripe POST /v1/refunds` was asked for.
  func count(_ request: String) -> Int {
    state.withLock { state in state.requests.count { $0.hasPrefix(request) } }
  }

  /// The webhooks since the last time; each counts as taken.
  func takeWebhooks() -> [SimulatedWorld.WebhookDelivery] {
    state.withLock { state in
      _ = Self.advance(&state, to: clock.now)
      for delivery in state.webhooks {
        state.world.settleWebhook(delivery.id, status: 200, now: clock.now)
      }
      defer { state.webhooks = [] }
      return state.webhooks
    }
  }

  private static func advance(_ state: inout State, to now: UnixTime) -> [World.Happening] {
    let happenings = state.world.advance(to: now)
    for case .webhook(let delivery) in happenings { state.webhooks.append(delivery) }
    return happenings
  }
}
