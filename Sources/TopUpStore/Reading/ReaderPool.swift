internal import Synchronization
internal import TopUpCore

/// Read-only connections, each used for one read at a time, opened when all others are in use.
///
/// A read runs to its end on its caller's thread, so there are never more of them than threads.
final class ReaderPool: Sendable {
  private let path: String
  private let vfs: String?
  private let idle = Mutex<[Connection]>([])

  init(path: String, vfs: String?) {
    self.path = path
    self.vfs = vfs
  }

  func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try withConnection { connection throws(StoreError) in
      try body(Snapshot(connection: connection))
    }
  }

  /// Lends a connection that is inside a read transaction.
  func withConnection<Value>(
    _ body: (Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let connection = try take()
    defer { giveBack(connection) }
    // Deferred: the state is the one at the first look, and stays until the end.
    try mapped { () throws(SQLiteError) in _ = try connection.run("BEGIN") }
    return try body(connection)
  }

  /// One whose transaction cannot be ended is closed, and not used again.
  private func giveBack(_ connection: Connection) {
    guard connection.isInTransaction, (try? connection.run("COMMIT")) != nil else { return }
    idle.withLock { $0.append(connection) }
  }

  private func take() throws(StoreError) -> Connection {
    if let connection = idle.withLock({ $0.popLast() }) { return connection }
    return try mapped { () throws(SQLiteError) in
      let connection = try Connection(path: path, .reader, vfs: vfs)
      // 16 MiB hold the inner pages of a million accounts' names, whose leaves alone are then read;
      // SQLite's own 2 MiB do not. Taken up only as pages are read.
      try connection.script(
        """
        PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;
        PRAGMA cache_size = -16384;
        """)
      return connection
    }
  }

  func close() { idle.withLock { $0.removeAll() } }
}
