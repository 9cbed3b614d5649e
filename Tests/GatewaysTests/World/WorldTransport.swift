import SimulatedWorld
import Synchronization
import TopUpCore

/// The simulated world as a transport: the real clients speak to models that refuse whatever the
/// real ones would, on a clock that the test moves.
final class WorldTransport: HTTPTransport {
  private struct State {
    var world: World
    var now: UnixTime
  }

  static let start = UnixTime(seconds: 1_795_221_906)
  private let service: FaultRule.Service
  private let state: SharedState

  private final class SharedState: Sendable {
    let value: Mutex<State>

    init(_ state: State) { value = Mutex(state) }
  }

  /// A new world, seen at one of its doors.
  init(_ service: FaultRule.Service, _ change: (inout WorldConfiguration) -> Void = { _ in }) {
    var configuration = WorldConfiguration(started: Self.start)
    change(&configuration)
    self.service = service
    state = SharedState(State(world: World(configuration), now: Self.start))
  }

  private init(_ service: FaultRule.Service, of other: WorldTransport) {
    self.service = service
    state = other.state
  }

  /// The same world at another door.
  func door(_ service: FaultRule.Service) -> WorldTransport { WorldTransport(service, of: self) }

  /// Has time pass, and all that happens in it.
  func wait(_ span: Duration) {
    state.value.withLock { state in
      state.now = state.now.advanced(by: span)
      _ = state.world.advance(to: state.now)
    }
  }

  func send(_ request: HTTPRequest) async -> HTTPOutcome {
    state.value.withLock { state in
      let ticket = state.world.receive(request, by: service, now: state.now)
      for happening in state.world.advance(to: state.now) {
        guard case .reply(ticket, let reply) = happening else { continue }
        switch reply {
        case .response(let response): return .response(response)
        case .cut: return .unknown("cut")
        case .silence: return .unknown("silence")
        }
      }
      return .unknown("no answer")
    }
  }
}
