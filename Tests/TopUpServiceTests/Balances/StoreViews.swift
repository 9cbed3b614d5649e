import Synchronization
import TopUpCore

/// A store whose reads a test picks, one after the other: another's states, as somebody's commits
/// between them leave them, or none at all. The last one stands for all that follow.
final class StoreViews: Store {
  enum View: Sendable {
    case of(any Store)
    case none
  }

  private let inner: any Store
  private let views: Mutex<[View]>

  /// - Parameter views: not empty, by the reads.
  init(_ inner: any Store, _ views: [View]) {
    self.inner = inner
    self.views = Mutex(views)
  }

  func show(_ views: [View]) { self.views.withLock { $0 = views } }

  func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let view = views.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    switch view {
    case .of(let store): return try store.read(body)
    case .none: throw .unavailable("busy")
    }
  }

  func commit(_ commit: Commit) async throws(StoreError) { try await inner.commit(commit) }
}
