internal import RPCCore

/// What one policy always allows the peer of a connection. Confined to the connection's loop.
final class Acquaintance {
  /// Whom the connection's calls without credentials are made for.
  let principal: Principal?
  /// Of the policy.
  let generation: UInt64
  /// By the method's number; as long as needed.
  private var methods: [Bool] = []

  init(principal: Principal?, generation: UInt64) {
    self.principal = principal
    self.generation = generation
  }

  /// Whether a method may be called, whatever comes with the call; false also when that is not known.
  func mayCall(_ method: Int) -> Bool { method < methods.count && methods[method] }

  func note(_ method: Int) {
    while methods.count <= method { methods.append(false) }
    methods[method] = true
  }
}
