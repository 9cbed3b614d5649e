internal import CSQLite

/// The use of one of a connection's prepared statements: it is reset when the use ends, however
/// it ends.
@safe struct Statement: ~Copyable {
  private let handle: OpaquePointer
  private let sql: StaticString

  /// - Precondition: the statement is not in use: a statement within its own rows is a bug of ours.
  init(unsafe handle: OpaquePointer, _ sql: StaticString) {
    precondition(unsafe sqlite3_stmt_busy(handle) == 0, "used within itself: \(sql)")
    unsafe self.handle = unsafe handle
    self.sql = sql
  }

  deinit {
    // Its result repeats what the last step said, which was thrown then (sqlite3_reset). What was
    // bound stays, for its memory serves the next use: every use binds every parameter.
    _ = unsafe sqlite3_reset(handle)
  }

  /// Binds all parameters, in order.
  ///
  /// - Parameter memory: keeps what they are, for a statement that is stepped once.
  func bind<each Value: Bindable>(
    _ values: repeat each Value, in memory: ParameterMemory? = nil
  ) throws(SQLiteError) {
    var index: Int32 = 0
    var failed = SQLITE_OK
    for value in repeat each values {
      index += 1
      let code = value.bind(to: unsafe ParameterSlot(unsafe: handle, index: index, memory: memory))
      if code != SQLITE_OK { failed = code }
    }
    precondition(unsafe sqlite3_bind_parameter_count(handle) == index, "parameters of \(sql)")
    guard failed == SQLITE_OK else { throw error(failed) }
  }

  /// - Returns: whether there is a row to read.
  func step() throws(SQLiteError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw error(code)
    }
  }

  /// The present row, read column by column from the left.
  var row: Row { unsafe Row(unsafe: handle, sql) }

  private func error(_ code: Int32) -> SQLiteError {
    let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
    return SQLiteError(code: code, message: message, sql: "\(sql)")
  }
}
