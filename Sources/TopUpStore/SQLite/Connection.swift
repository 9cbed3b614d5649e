internal import CSQLite
internal import Glibc

/// One connection to the store's file, with its prepared statements.
///
/// Opened without SQLite's own mutexes: it is used by one thread at a time. The writer's and the
/// checkpointer's never leave their threads; a reader's is taken out of the pool for one read.
@safe final class Connection: @unchecked Sendable {
  private let handle: OpaquePointer
  /// By the address of the statement's literal, which no other literal has.
  private var prepared: [UnsafeRawPointer: OpaquePointer] = unsafe [:]

  private let memory = ParameterMemory()

  enum Mode: Hashable, Sendable {
    /// Writes, and makes the file when it is not there.
    case writer
    case reader
  }

  /// - Parameters:
  ///   - path: of the file.
  ///   - vfs: name of the system interface to use; nil for the platform's own.
  init(path: String, _ mode: Mode, vfs: String? = nil) throws(SQLiteError) {
    try Self.checkLibrary()
    let access =
      switch mode {
      case .writer: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .reader: SQLITE_OPEN_READONLY
      }
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(
      path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs)
    guard let handle = unsafe opened else {
      throw SQLiteError(code: SQLITE_NOMEM, message: "no memory for a connection", sql: "")
    }
    guard code == SQLITE_OK else {
      let message = unsafe String(cString: sqlite3_errmsg(handle))
      _ = unsafe sqlite3_close_v2(handle)
      throw SQLiteError(code: code, message: "\(message): \(path)", sql: "")
    }
    unsafe self.handle = unsafe handle
    // Another process may hold the file for as long as its checkpoint takes.
    try check(unsafe sqlite3_busy_timeout(handle, Self.busyMilliseconds), "busy_timeout")
  }

  deinit {
    unsafe prepared.values.forEach { _ = unsafe sqlite3_finalize($0) }
    _ = unsafe sqlite3_close_v2(handle)
  }

  private static let busyMilliseconds: Int32 = 5_000

  /// What the schema and the threads need of the library that is found at run time.
  private static func checkLibrary() throws(SQLiteError) {
    // 3.37.0 brought STRICT tables (sqlite.org/changes.html).
    guard sqlite3_libversion_number() >= 3_037_000 else {
      throw .refusal("SQLite is older than 3.37")
    }
    // Whoever used SQLite in this process before has it count; nothing else differs.
    _ = memoryStatus
    guard sqlite3_threadsafe() != 0 else { throw .refusal("SQLite was built without threads") }
  }

  private static let memoryStatus = topup_sqlite_count_no_memory()

  // MARK: Statements

  /// Runs a statement that answers no rows.
  ///
  /// - Returns: how many rows it changed.
  @discardableResult
  func run<each Value: Bindable>(
    _ sql: StaticString, _ values: repeat each Value
  ) throws(SQLiteError) -> Int64 {
    let statement = try self.statement(sql)
    // No other statement of this connection runs before this one has been stepped.
    memory.clear()
    try statement.bind(repeat each values, in: memory)
    let hasRow = try statement.step()
    precondition(!hasRow, "rows nobody reads: \(sql)")
    return unsafe sqlite3_changes64(handle)
  }

  /// Reads the first row of an answer.
  func first<each Value: Bindable, Result>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (inout Row) throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result? {
    let statement = try self.statement(sql)
    try statement.bind(repeat each values)
    guard try statement.step() else { return nil }
    var row = statement.row
    return try read(&row)
  }

  /// Reads every row of an answer.
  func all<each Value: Bindable, Result>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (inout Row) throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> [Result] {
    let statement = try self.statement(sql)
    try statement.bind(repeat each values)
    var results: [Result] = []
    while try statement.step() {
      var row = statement.row
      results.append(try read(&row))
    }
    return results
  }

  /// The number of the row that was inserted last.
  var lastRow: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  /// Runs a script: migrations and settings.
  func script(_ sql: String) throws(SQLiteError) {
    try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil), sql)
  }

  /// Whether a transaction is open; some failures end it by themselves.
  var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  var isReadOnly: Bool { unsafe sqlite3_db_readonly(handle, "main") == 1 }

  private func statement(_ sql: StaticString) throws(SQLiteError) -> Statement {
    let key = unsafe UnsafeRawPointer(sql.utf8Start)
    if let known = unsafe prepared[key] { return unsafe Statement(unsafe: known, sql) }
    var made: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(
      handle, "\(sql)", -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    try check(code, "\(sql)")
    guard let statement = unsafe made else { preconditionFailure("an empty statement") }
    unsafe prepared[key] = unsafe statement
    return unsafe Statement(unsafe: statement, sql)
  }

  private func check(_ code: Int32, _ sql: String) throws(SQLiteError) {
    guard code != SQLITE_OK else { return }
    throw SQLiteError(
      code: code, message: unsafe String(cString: sqlite3_errmsg(handle)), sql: sql)
  }

  // MARK: The write-ahead log

  /// Copies what it can of the log into the file without waiting for anybody.
  func checkpoint() throws(SQLiteError) {
    let code = unsafe sqlite3_wal_checkpoint_v2(
      handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    // Busy: another checkpoint is running, and does the same.
    if code & 0xFF != SQLITE_BUSY { try check(code, "wal_checkpoint") }
  }

  /// Copies all of the log into the file, and empties it.
  ///
  /// - Parameter waits: for those who read or write, as for any lock.
  /// - Returns: false where somebody still did.
  func restartLog(waits: Bool) throws(SQLiteError) -> Bool {
    if !waits { try check(unsafe sqlite3_busy_timeout(handle, 0), "busy_timeout") }
    let code = unsafe sqlite3_wal_checkpoint_v2(
      handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    let isBusy = code & 0xFF == SQLITE_BUSY
    if !isBusy { try check(code, "wal_checkpoint") }
    if !waits {
      try check(unsafe sqlite3_busy_timeout(handle, Self.busyMilliseconds), "busy_timeout")
    }
    return !isBusy
  }

  /// Counts the log's pages after each commit, instead of SQLite's own checkpoints, which would
  /// stall the commit they follow.
  func countLogPages(in counter: LogPages) {
    let context = unsafe Unmanaged.passUnretained(counter).toOpaque()
    _ = unsafe sqlite3_wal_hook(handle, noteLogPages, context)
  }
}

/// How long the write-ahead log is; written and read by the writer alone: on its thread, or under its
/// lock where it has none.
final class LogPages {
  var count: Int32 = 0
}

private func noteLogPages(
  _ context: UnsafeMutableRawPointer?, _: OpaquePointer?, _: UnsafePointer<CChar>?, _ pages: Int32
) -> Int32 {
  guard let context = unsafe context else { return SQLITE_OK }
  unsafe Unmanaged<LogPages>.fromOpaque(context).takeUnretainedValue().count = pages
  return SQLITE_OK
}
