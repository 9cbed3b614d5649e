import TopUpCore

/// A value by block: what it was at any height that stands.
struct History<Value: Sendable>: Sendable {
  private var changes: [(block: UInt64, value: Value)] = []

  /// The value after a block.
  func value(at block: UInt64) -> Value? {
    changes.last { $0.block <= block }?.value
  }

  var latest: Value? { changes.last?.value }

  mutating func set(_ value: Value, at block: UInt64) {
    if changes.last?.block == block { changes.removeLast() }
    changes.append((block, value))
  }

  /// Forgets what blocks above that height did.
  mutating func rollBack(to block: UInt64) {
    while let last = changes.last, last.block > block { changes.removeLast() }
  }
}
