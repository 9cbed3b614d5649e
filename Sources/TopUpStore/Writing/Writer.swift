internal import TopUpCore

/// The one writer: a thread of its own that takes what has queued and commits it as a group.
///
/// No timer holds a commit back: while one group syncs, the next one gathers. What queues while a group
/// is applied joins it, for else those that the last group has just answered, and who come again one
/// after another, would be a small group and a large one by turns, two syncs for one.
final class Writer: CommitSink {
  /// One commit's transaction stays short, and its waiters' latency with it.
  static let groupMax = 1_024
  /// About half a second of work; a caller beyond it is better told than queued.
  static let queueMax = 16_384

  /// Resumed exactly once: by the refusal to queue it, or after its group.
  @safe private struct Waiting {
    let commit: Commit
    private let continuation: UnsafeContinuation<BatchWriter.Outcome, Never>

    init(_ commit: Commit, unsafe continuation: UnsafeContinuation<BatchWriter.Outcome, Never>) {
      self.commit = commit
      unsafe self.continuation = unsafe continuation
    }

    func answer(_ outcome: BatchWriter.Outcome) {
      unsafe continuation.resume(returning: outcome)
    }
  }

  private struct Group: CommitGroup {
    var waiting: [Waiting]

    var count: Int { waiting.count }

    func commit(at place: Int) -> Commit { waiting[place].commit }
  }

  private struct State {
    var waiting: [Waiting] = []
    var isIdle = false
    var isClosed = false

    /// Takes those that have waited longest.
    mutating func take(_ most: Int) -> [Waiting] {
      if waiting.count <= most {
        let taken = waiting
        waiting = []
        waiting.reserveCapacity(taken.count)
        return taken
      }
      let taken = Array(waiting.prefix(most))
      waiting.removeFirst(most)
      return taken
    }
  }

  private let state = Gate(State())
  private let thread: StoreThread
  private let checkpointer: Checkpointer

  /// - Parameters:
  ///   - checkpoints: a connection of its own, for the checkpointer's thread.
  ///   - readers: told of each group, and to let go of the log when it is to begin anew.
  init(
    _ connection: Connection, checkpoints: Connection, fence: Int64, _ doubt: Doubt,
    commits: CommitCount, standings: StandingCache?, readers: ReaderPool, room: DiskRoom?
  ) throws(SQLiteError) {
    let state = self.state
    let checkpointer = try Checkpointer(checkpoints, doubt, readers)
    self.checkpointer = checkpointer
    let thread = StoreThread(name: "store-writer") {
      Self.run(
        BatchWriter(
          connection, fence: fence, doubt: doubt, commits: commits, standings: standings, room: room
        ), state,
        checkpointer, readers)
    }
    guard let thread else { throw .refusal("no thread for the writer") }
    self.thread = thread
  }

  func commit(_ commit: Commit) async -> BatchWriter.Outcome {
    await unsafe withUnsafeContinuation { continuation in
      let waiting = unsafe Waiting(commit, unsafe: continuation)
      if let refusal = enqueue(waiting) { waiting.answer(.failure(refusal)) }
    }
  }

  private func enqueue(_ waiting: Waiting) -> StoreError? {
    var refusal: StoreError?
    state.changeAndWake { state in
      if state.isClosed {
        refusal = .unavailable("the store is closed")
      } else if state.waiting.count >= Self.queueMax {
        refusal = .unavailable("\(Self.queueMax) commits are waiting")
      } else {
        state.waiting.append(waiting)
      }
      // Whoever comes next need not wake it again.
      defer { state.isIdle = false }
      return state.isIdle
    }
    return refusal
  }

  func close() {
    // First, so that the writer's is the last connection.
    checkpointer.close()
    state.change { $0.isClosed = true }
    thread.join()
  }

  private static func run(
    _ writer: BatchWriter, _ state: Gate<State>, _ checkpointer: Checkpointer,
    _ readers: ReaderPool
  ) {
    let log = LogPages()
    writer.connection.countLogPages(in: log)
    while var group = next(state) {
      let outcomes = writer.write(&group) { join(&$0, from: state) }
      // A conflict too is answered only after COMMIT: it may be with another of the group.
      for place in outcomes.indices { group.waiting[place].answer(outcomes[place]) }
      guard checkpointer.hasCopied(logPages: log.count) else { continue }
      readers.endViews()
      writer.finishCheckpoint()
      // Of what was begun meanwhile too: what begins from here on reads the file and no log, and the
      // next commit is at the log's start.
      readers.endViews()
    }
    withExtendedLifetime(log) {}
  }

  /// What has queued, up to a group; nil when the store is closed and all is done.
  private static func next(_ state: Gate<State>) -> Group? {
    state.wait { state -> Group?? in
      if state.waiting.isEmpty {
        state.isIdle = true
        return state.isClosed ? .some(nil) : nil
      }
      state.isIdle = false
      return Group(waiting: state.take(groupMax))
    }
  }

  /// Adds what has queued meanwhile, as far as the group has room.
  private static func join(_ group: inout Group, from state: Gate<State>) -> Bool {
    guard group.count < groupMax else { return false }
    var more: [Waiting] = []
    state.change(waking: false) { more = $0.take(groupMax - group.count) }
    group.waiting += more
    return !more.isEmpty
  }
}
