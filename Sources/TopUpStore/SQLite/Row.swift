internal import CSQLite
internal import TopUpCore

/// One row of an answer, read from the left; what is read is copied out.
///
/// Every read checks the column's type. The tables are STRICT, so a wrong one means a damaged file.
@safe struct Row {
  private let handle: OpaquePointer
  private let sql: StaticString
  private var index: Int32 = 0

  init(unsafe handle: OpaquePointer, _ sql: StaticString) {
    unsafe self.handle = unsafe handle
    self.sql = sql
  }

  mutating func int() throws(SQLiteError) -> Int64 {
    let column = try next(SQLITE_INTEGER)
    return unsafe sqlite3_column_int64(handle, column)
  }

  mutating func text() throws(SQLiteError) -> String {
    let column = try next(SQLITE_TEXT)
    guard let start = unsafe sqlite3_column_text(handle, column) else {
      throw .impossible("no memory for column \(column)", "\(sql)")
    }
    let bytes = unsafe UnsafeBufferPointer(
      start: start, count: Int(sqlite3_column_bytes(handle, column)))
    do { return String(copying: try UTF8Span(validating: unsafe bytes.span)) } catch {
      throw .impossible("column \(column) is no UTF-8", "\(sql)")
    }
  }

  mutating func blob() throws(SQLiteError) -> [UInt8] {
    let column = try next(SQLITE_BLOB)
    let count = unsafe Int(sqlite3_column_bytes(handle, column))
    // An empty blob has no address (sqlite3_column_blob).
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  mutating func int128() throws(SQLiteError) -> Int128 {
    let column = try next(SQLITE_BLOB)
    guard unsafe sqlite3_column_bytes(handle, column) == 16,
      let start = unsafe sqlite3_column_blob(handle, column)
    else { throw .impossible("column \(column) is no 16-byte amount", "\(sql)") }
    let bits = unsafe UInt128(bigEndian: start.loadUnaligned(as: UInt128.self))
    return Int128(truncatingIfNeeded: bits ^ ParameterSlot.signBit)
  }

  /// What a ledger account stands at: never the one number that cannot be read with its sign turned,
  /// which nothing posts.
  mutating func balance() throws(SQLiteError) -> Int128 {
    let balance = try int128()
    guard balance > .min else { throw .impossible("a balance is out of range", "\(sql)") }
    return balance
  }

  /// Reads a column that may be NULL.
  mutating func optional<Value>(
    _ read: (inout Row) throws(SQLiteError) -> Value
  ) throws(SQLiteError) -> Value? {
    if unsafe sqlite3_column_type(handle, index) == SQLITE_NULL {
      index += 1
      return nil
    }
    return try read(&self)
  }

  /// Passes over columns, those of a joined row that is not there.
  mutating func skip(_ columns: Int32) { index += columns }

  /// Whether the next column is NULL; it is not passed over.
  var isNull: Bool { unsafe sqlite3_column_type(handle, index) == SQLITE_NULL }

  private mutating func next(_ type: Int32) throws(SQLiteError) -> Int32 {
    let column = index
    index += 1
    guard unsafe sqlite3_column_type(handle, column) == type else {
      throw .impossible("column \(column) is not of its type", "\(sql)")
    }
    return column
  }
}

// MARK: - The domain's values

extension Row {
  mutating func bool() throws(SQLiteError) -> Bool { try int() != 0 }

  mutating func uint64() throws(SQLiteError) -> UInt64 { UInt64(bitPattern: try int()) }

  mutating func small() throws(SQLiteError) -> Int { Int(try int()) }

  mutating func time() throws(SQLiteError) -> UnixTime { UnixTime(milliseconds: try int()) }

  mutating func span() throws(SQLiteError) -> Duration { Duration(attoseconds: try int128()) }

  mutating func planck() throws(SQLiteError) -> Planck {
    let units = try int128()
    guard units >= 0 else { throw .impossible("an amount of planck is negative", "\(sql)") }
    return Planck(units)
  }

  mutating func currency() throws(SQLiteError) -> Currency {
    let code = try text()
    guard let currency = Currency(code: code) else {
      throw .impossible("unknown currency \(code)", "\(sql)")
    }
    return currency
  }

  mutating func id<ID: OpaqueID>(_: ID.Type = ID.self) throws(SQLiteError) -> ID {
    ID(rawValue: try text())
  }

  /// One of a closed set, stored by its name.
  mutating func choice<Choice: RawRepresentable<String>>(
    _: Choice.Type = Choice.self
  ) throws(SQLiteError) -> Choice {
    let name = try text()
    guard let choice = Choice(rawValue: name) else {
      throw .impossible("\(name) is no \(Choice.self)", "\(sql)")
    }
    return choice
  }

  mutating func accountKey() throws(SQLiteError) -> AccountKey {
    let name = try text()
    guard let key = AccountKey(name: name) else {
      throw .impossible("\(name) names no account", "\(sql)")
    }
    return key
  }

  mutating func payer() throws(SQLiteError) -> Payer {
    Payer(tenant: try text(), user: try text())
  }
}
