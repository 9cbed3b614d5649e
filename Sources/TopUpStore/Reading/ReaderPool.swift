internal import Glibc
internal import Synchronization
internal import TopUpCore

/// Read-only connections, each used for one read at a time, opened when all others are in use.
///
/// A read runs to its end on its caller's thread, so there are never more of them than threads.
///
/// Between two commits every read sees the same state. So a connection that is given back may keep
/// its transaction for the next read, which saves the four locks of a transaction's beginning and
/// end; at the first commit it is worth nothing any more.
final class ReaderPool: Sendable {
  /// A commit of another process, which does not raise the count, is seen after this at the latest.
  static let viewSpan = Duration.milliseconds(50)

  private struct Reader {
    let connection: Connection
    /// Of the transaction that it is inside; nil when it is in none.
    var view: View?
  }

  /// What a transaction sees, and when it began.
  private struct View {
    /// How many groups the file has in it.
    let group: UInt64
    let nanoseconds: Int64
  }

  private let path: String
  private let vfs: String?
  private let commits: CommitCount?
  private let standings: StandingCache?
  private let viewSpanNanoseconds: Int64
  private let idle = Mutex<[Reader]>([])

  /// - Parameters:
  ///   - commits: raised by whoever writes, which lets a read's transaction be kept for the next; nil
  ///     where each read begins its own.
  ///   - standings: nil where another process may write.
  ///   - viewSpan: how long a view is kept.
  init(
    path: String, vfs: String?, commits: CommitCount? = nil, standings: StandingCache? = nil,
    viewSpan: Duration = ReaderPool.viewSpan
  ) {
    self.path = path
    self.vfs = vfs
    self.commits = commits
    self.standings = standings
    viewSpanNanoseconds = Int64(viewSpan / .nanoseconds(1))
  }

  func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try withReader { reader throws(StoreError) in
      try body(
        Snapshot(
          connection: reader.connection, standings: standings,
          group: reader.view?.group ?? 0))
    }
  }

  /// Lends a connection that is inside a read transaction, and sees every commit that was answered
  /// before this call.
  func withConnection<Value>(
    _ body: (Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try withReader { reader throws(StoreError) in try body(reader.connection) }
  }

  private func withReader<Value>(
    _ body: (Reader) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    var reader = try take()
    try mapped { () throws(SQLiteError) in try begin(&reader) }
    do throws(StoreError) {
      let value = try body(reader)
      giveBack(reader, keepingView: commits != nil)
      return value
    } catch {
      giveBack(reader, keepingView: false)
      throw error
    }
  }

  /// Ends the transactions that nobody uses, which would hold on to the log.
  func endViews() {
    for reader in idle.withLock({ readers in
      defer { readers.removeAll() }
      return readers
    }) { giveBack(reader, keepingView: false) }
  }

  private func begin(_ reader: inout Reader) throws(SQLiteError) {
    let now = commits == nil ? 0 : Self.nanoseconds()
    if let view = reader.view, let commits {
      let isNewest = view.group >= commits.newest && now - view.nanoseconds < viewSpanNanoseconds
      if isNewest { return }
      try reader.connection.run("COMMIT")
      reader.view = nil
    }
    // Deferred: the state is the one at the first look.
    try reader.connection.run("BEGIN")
    reader.view = View(group: 0, nanoseconds: now)
    guard let commits else { return }
    let group = try reader.connection.commitGroups()
    commits.saw(group)
    reader.view = View(group: group, nanoseconds: now)
  }

  /// One whose transaction cannot be ended, or that a failure ended, is closed, and not used again.
  private func giveBack(_ reader: Reader, keepingView: Bool) {
    var reader = reader
    if reader.view != nil {
      guard reader.connection.isInTransaction else { return }
      if !keepingView {
        guard (try? reader.connection.run("COMMIT")) != nil else { return }
        reader.view = nil
      }
    }
    idle.withLock { $0.append(reader) }
  }

  private func take() throws(StoreError) -> Reader {
    if let reader = idle.withLock({ $0.popLast() }) { return reader }
    return try mapped { () throws(SQLiteError) in
      let connection = try Connection(path: path, .reader, vfs: vfs)
      // 16 MiB hold the inner pages of a million accounts' names, whose leaves alone are then read;
      // SQLite's own 2 MiB do not. Taken up only as pages are read.
      try connection.script(
        """
        PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;
        PRAGMA cache_size = -16384;
        """)
      return Reader(connection: connection)
    }
  }

  /// To some milliseconds, which costs a fraction of the exact time.
  private static func nanoseconds() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  func close() { idle.withLock { $0.removeAll() } }
}
