internal import TopUpCore

/// Copies the write-ahead log into the file on a thread and connection of its own.
///
/// Inline checkpoints stalled commits for 80 to 180 ms (measured). This one copies while the writer
/// goes on; what the writer appends meanwhile, it copies itself in a moment, and the log starts
/// over.
final class Checkpointer: Sendable {
  /// 16 MiB: rare enough that hot pages are copied once for many commits.
  static let logPagesMax: Int32 = 4_096

  private struct State {
    var isAsked = false
    var isRunning = false
    var isFinished = false
    var isClosed = false
  }

  private let state = Gate(State())
  private let thread: StoreThread

  /// - Parameter readers: what was committed after one's view began cannot be copied, so views that
  ///   nobody uses are ended first.
  init(
    _ connection: Connection, _ doubt: Doubt, _ readers: ReaderPool
  ) throws(SQLiteError) {
    let state = self.state
    let thread = StoreThread(name: "store-ckpt") { Self.run(connection, state, doubt, readers) }
    guard let thread else { throw .refusal("no thread for the checkpoints") }
    self.thread = thread
  }

  private static func run(
    _ connection: Connection, _ state: Gate<State>, _ doubt: Doubt, _ readers: ReaderPool
  ) {
    while state.wait({ $0.isClosed ? false : $0.isAsked ? true : nil }) {
      state.change(waking: false) {
        $0.isAsked = false
        $0.isRunning = true
      }
      readers.endViews()
      do {
        try connection.checkpoint()
      } catch {
        // After a failed sync the kernel may count the lost pages as written, so that a later sync
        // says nothing of them, and the log, the only other copy, would start over.
        doubt.set("in doubt: a checkpoint failed with \(error.code)")
      }
      state.change(waking: false) {
        $0.isRunning = false
        $0.isFinished = true
      }
    }
  }

  /// Told after each commit how long the log is; begins a copy when it is time for one.
  ///
  /// - Returns: whether the bulk has been copied, and the rest is the writer's.
  func hasCopied(logPages: Int32) -> Bool {
    guard logPages >= Self.logPagesMax else { return false }
    var hasCopied = false
    state.changeAndWake { state in
      if state.isFinished {
        state.isFinished = false
        hasCopied = true
        return false
      }
      guard !state.isRunning, !state.isAsked else { return false }
      state.isAsked = true
      return true
    }
    return hasCopied
  }

  func close() {
    state.change { $0.isClosed = true }
    thread.join()
  }
}
