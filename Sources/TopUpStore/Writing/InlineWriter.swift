internal import Synchronization
internal import TopUpCore

/// Commits on the caller's thread, each by itself: no threads, so that a simulation on one executor
/// sees the same order each time.
final class InlineWriter: CommitSink {
  /// Confined by the mutex that holds it.
  private final class State: @unchecked Sendable {
    let writer: BatchWriter
    let log = LogPages()

    init(_ writer: BatchWriter) {
      self.writer = writer
      writer.connection.countLogPages(in: log)
    }
  }

  private struct Alone: CommitGroup {
    let commit: Commit
    let count = 1

    func commit(at place: Int) -> Commit { commit }
  }

  private let state: Mutex<State?>

  init(
    _ connection: Connection, fence: Int64, _ doubt: Doubt, commits: CommitCount, room: DiskRoom?
  ) {
    state = Mutex(
      State(
        BatchWriter(
          connection, fence: fence, doubt: doubt, commits: commits, standings: nil, room: room)))
  }

  func commit(_ commit: Commit) async -> BatchWriter.Outcome {
    state.withLock { state in
      guard let state else { return .failure(.unavailable("the store is closed")) }
      var group = Alone(commit: commit)
      let outcomes = state.writer.write(&group) { _ in false }
      if state.log.count >= Checkpointer.logPagesMax { state.writer.finishCheckpoint() }
      return outcomes[0]
    }
  }

  func close() { state.withLock { $0 = nil } }
}
