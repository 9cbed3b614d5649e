import Synchronization
import TopUpCore

/// A store that refuses the commits a test picks: a full disk, say. Or lets another's come first.
final class StoreGate: Store {
  private let inner: any Store
  private let refusal = Mutex<(@Sendable (Commit) -> StoreError?)?>(nil)
  private let committed = Mutex(0)

  /// How many commits have come through.
  var commits: Int { committed.withLock { $0 } }

  private let earlier = Mutex<(@Sendable (Commit) -> Commit?)?>(nil)

  init(_ inner: any Store) { self.inner = inner }

  /// - Parameter other: what somebody else commits just before a commit; once.
  func before(_ other: (@Sendable (Commit) -> Commit?)?) { earlier.withLock { $0 = other } }

  /// - Parameter refusal: nil lets everything through.
  func refuse(_ refusal: (@Sendable (Commit) -> StoreError?)?) {
    self.refusal.withLock { $0 = refusal }
  }

  private let holding = Mutex<Holding>(Holding())

  private struct Holding {
    var isHeld: (@Sendable (Commit) -> Bool)?
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// Keeps commits back until ``letGo()``.
  func hold(_ isHeld: @escaping @Sendable (Commit) -> Bool) {
    holding.withLock { $0.isHeld = isHeld }
  }

  /// - Returns: how many were kept back.
  @discardableResult
  func letGo() -> Int {
    let waiters = holding.withLock { holding in
      defer { holding = Holding() }
      return holding.waiters
    }
    for waiter in waiters { waiter.resume() }
    return waiters.count
  }

  private func pass(_ commit: Commit) async {
    await withCheckedContinuation { waiter in
      let waits = holding.withLock { holding in
        let isHeld = holding.isHeld?(commit) ?? false
        if isHeld { holding.waiters.append(waiter) }
        return isHeld
      }
      if !waits { waiter.resume() }
    }
  }

  func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try inner.read(body)
  }

  func commit(_ commit: Commit) async throws(StoreError) {
    await pass(commit)
    if let error = refusal.withLock({ $0?(commit) }) { throw error }
    if let other = earlier.withLock({ $0?(commit) }) {
      before(nil)
      try await inner.commit(other)
    }
    try await inner.commit(commit)
    committed.withLock { $0 += 1 }
  }
}
