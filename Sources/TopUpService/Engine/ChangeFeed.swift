internal import Synchronization
package import TopUpCore

/// One committed change of a top-up.
package struct TopUpChange: Sendable, Hashable {
  package let topUp: TopUp
  package let from: TopUpState?
  package let cause: String
}

/// Tells whoever watches of each committed change, in the order of the commits.
///
/// A slow watcher loses the oldest changes, never the newest: it is told how many, and reads the
/// store again.
package final class ChangeFeed: Sendable {
  private struct Watchers {
    var next = 0
    var open: [Int: AsyncStream<TopUpChange>.Continuation] = [:]
  }

  /// What a watcher may fall behind.
  private static let backlogMax = 1024

  private let watchers = Mutex(Watchers())

  package init() {}

  package func publish(_ change: TopUpChange) {
    let open = watchers.withLock { Array($0.open.values) }
    for watcher in open { watcher.yield(change) }
  }

  /// Every change from now on, until the watching task ends.
  package func watch() -> AsyncStream<TopUpChange> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: TopUpChange.self, bufferingPolicy: .bufferingNewest(Self.backlogMax))
    let id = watchers.withLock { watchers in
      watchers.next += 1
      watchers.open[watchers.next] = continuation
      return watchers.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.watchers.withLock { _ = $0.open.removeValue(forKey: id) }
    }
    return stream
  }

  /// Ends every watch, when the service stops.
  package func finish() {
    let open = watchers.withLock { watchers in
      defer { watchers.open = [:] }
      return Array(watchers.open.values)
    }
    for watcher in open { watcher.finish() }
  }
}
