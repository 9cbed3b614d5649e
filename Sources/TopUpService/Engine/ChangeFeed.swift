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
/// A watcher is told of the top-ups it asked for and no others, so that it cannot lose the last
/// change of one behind changes of another. One that watches many and falls so far behind that the
/// end of a top-up is lost to it is ended after what it has not read yet, and watches anew.
package final class ChangeFeed: Sendable {
  private struct Watchers {
    var next = 0
    var open: [Int: Watcher] = [:]
    var isFinished = false
  }

  private struct Watcher {
    let concerns: @Sendable (TopUp) -> Bool
    let continuation: AsyncStream<TopUpChange>.Continuation
  }

  /// What a watcher may fall behind.
  private static let backlogMax = 1024

  private let watchers = Mutex(Watchers())
  /// Rung for each commit that tells somebody something.
  let notices = NoticeBell()

  package init() {}

  package func publish(_ change: TopUpChange) {
    let open = watchers.withLock { Array($0.open.values) }
    for watcher in open where watcher.concerns(change.topUp) {
      if case .dropped(let lost) = watcher.continuation.yield(change), lost.topUp.state.isTerminal {
        watcher.continuation.finish()
      }
    }
  }

  /// Every change of some top-ups from now on, until the watching task ends; none once the service
  /// stops, for nobody would end it.
  package func watch(
    _ concerns: @escaping @Sendable (TopUp) -> Bool
  ) -> AsyncStream<TopUpChange> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: TopUpChange.self, bufferingPolicy: .bufferingNewest(Self.backlogMax))
    let id = watchers.withLock { watchers -> Int? in
      if watchers.isFinished { return nil }
      watchers.next += 1
      watchers.open[watchers.next] = Watcher(concerns: concerns, continuation: continuation)
      return watchers.next
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.watchers.withLock { _ = $0.open.removeValue(forKey: id) }
    }
    return stream
  }

  /// Ends every watch when the service stops, and each that begins later.
  package func finish() {
    let open = watchers.withLock { watchers in
      defer { watchers.open = [:] }
      watchers.isFinished = true
      return Array(watchers.open.values)
    }
    for watcher in open { watcher.continuation.finish() }
    notices.finish()
  }
}
