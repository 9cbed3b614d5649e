internal import RPCCore
internal import Synchronization

/// What each caller's calls may be about, as the bindings in force say.
package final class GrantBook: Sendable {
  /// Callers whose grants are kept ready; past so many they are worked out anew.
  private static let keptMax = 1_024

  private struct State {
    var bindings: Bindings?
    var kept: [String: Grant] = [:]
  }

  private let state: Mutex<State>

  /// - Parameter bindings: nil when there are none: everybody may be about everything.
  package init(_ bindings: Bindings?) { state = Mutex(State(bindings: bindings)) }

  /// Has other bindings count from now on, for calls that are open too.
  package func replace(_ bindings: Bindings) {
    state.withLock { $0 = State(bindings: bindings) }
  }

  /// - Parameter principal: nil when nobody proved to be anyone.
  package func grant(of principal: String?) -> Grant {
    state.withLock { state in
      guard let bindings = state.bindings else { return .everything }
      guard let principal else { return .nothing }
      if let known = state.kept[principal] { return known }
      let grant = bindings.grant(of: principal)
      if state.kept.count >= Self.keptMax { state.kept.removeAll(keepingCapacity: true) }
      state.kept[principal] = grant
      return grant
    }
  }

  func grant(of call: ServerContext) -> Grant { grant(of: call.principal?.name) }
}
