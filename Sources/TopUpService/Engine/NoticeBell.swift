internal import Synchronization
internal import TopUpCore

/// Wakes those who watch notices: a hint to read on, with nothing in it, so that who is slow misses
/// none and holds nothing.
final class NoticeBell: Sendable {
  private struct Watchers {
    var next = 0
    var open: [Int: AsyncStream<Void>.Continuation] = [:]
    var isFinished = false
  }

  private let watchers = Mutex(Watchers())

  func ring() {
    let open = watchers.withLock { Array($0.open.values) }
    for watcher in open { watcher.yield() }
  }

  /// One hint however often it was rung since the last was taken; ends with the watching task. None
  /// once the service stops.
  func hear() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = watchers.withLock { watchers -> Int? in
      if watchers.isFinished { return nil }
      watchers.next += 1
      watchers.open[watchers.next] = continuation
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
  func finish() {
    let open = watchers.withLock { watchers in
      defer { watchers.open = [:] }
      watchers.isFinished = true
      return Array(watchers.open.values)
    }
    for watcher in open { watcher.finish() }
  }
}

extension ChangeFeed {
  /// After a commit: whoever watches notices reads on, where it may have told something.
  func ring(after changes: [Change]) {
    if changes.contains(where: \.tells) { notices.ring() }
  }
}

extension Engine {
  /// For what was committed elsewhere.
  func ring(after changes: [Change]) { feed.ring(after: changes) }
}

extension Change {
  fileprivate var tells: Bool {
    if case .tell = self { return true }
    return false
  }
}
