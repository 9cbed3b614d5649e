internal import RPCCore
internal import Synchronization
internal import TopUpCore

/// What each caller's calls may be about, as the bindings in force say.
package final class GrantBook: Sendable {
  /// Callers whose grants are kept ready; past so many they are worked out anew.
  static let keptMax = 1_024

  private struct State {
    var bindings: Bindings?
    /// Which bindings they are, from 0.
    var generation: UInt64 = 0
    var kept: [ExactText: Grant] = [:]
  }

  /// A caller's grant, noted with the connection that it last called on.
  private final class Noted {
    let principal: ExactText?
    let grant: Grant
    let generation: UInt64

    init(principal: ExactText?, grant: Grant, generation: UInt64) {
      self.principal = principal
      self.grant = grant
      self.generation = generation
    }
  }

  private let state: Mutex<State>
  /// That of `state`, to be read without its lock: what was noted under another is void.
  private let generation = Atomic<UInt64>(0)

  /// - Parameter bindings: nil when there are none: everybody may be about everything.
  package init(_ bindings: Bindings?) { state = Mutex(State(bindings: bindings)) }

  var keptCount: Int { state.withLock { $0.kept.count } }

  /// Has other bindings count from now on, for calls that are open too.
  package func replace(_ bindings: Bindings) {
    state.withLock { state in
      state = State(bindings: bindings, generation: state.generation + 1)
      generation.store(state.generation, ordering: .releasing)
    }
  }

  /// - Parameter principal: nil when nobody proved to be anyone.
  package func grant(of principal: String?) -> Grant {
    state.withLock { Self.grant(of: principal, in: &$0) }
  }

  private static func grant(of principal: String?, in state: inout State) -> Grant {
    guard let bindings = state.bindings else { return .everything }
    guard let principal else { return .nothing }
    let caller = ExactText(principal)
    if let known = state.kept[caller] { return known }
    let grant = bindings.grant(of: principal)
    if state.kept.count >= keptMax { state.kept.removeAll(keepingCapacity: true) }
    state.kept[caller] = grant
    return grant
  }

  /// As the bindings in force say at this moment; without a lock when the same caller called on the
  /// connection before.
  func grant(of call: ServerContext) -> Grant {
    let principal = call.principal?.name
    let caller = principal.map { ExactText($0) }
    if let noted = call.note(of: self) as? Noted,
      noted.generation == generation.load(ordering: .acquiring), noted.principal == caller
    {
      return noted.grant
    }
    let (grant, generation) = state.withLock { state in
      (Self.grant(of: principal, in: &state), state.generation)
    }
    call.keep(Noted(principal: caller, grant: grant, generation: generation), of: self)
    return grant
  }
}
