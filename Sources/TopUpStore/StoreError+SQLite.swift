internal import CSQLite
internal import TopUpCore

extension StoreError {
  /// What a failure of SQLite means to the service, outside of COMMIT (invariant 49 has its own
  /// rule for that).
  init(_ error: SQLiteError) {
    switch error.kind {
    case SQLITE_FULL: self = .full
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(error.message)
    case SQLITE_MISMATCH: self = .unavailable(error.message)
    case SQLITE_READONLY: self = .unavailable("the store's file cannot be written to")
    case SQLITE_IOERR where error.isIndexWithoutRoom: self = .full
    case SQLITE_IOERR: self = .unavailable("input or output error \(error.code): \(error.message)")
    default: self = .unavailable("SQLite \(error.code): \(error.message)")
    }
  }
}

/// Runs a body whose failures are SQLite's, and says what they mean.
func mapped<Value>(_ body: () throws(SQLiteError) -> Value) throws(StoreError) -> Value {
  do {
    return try body()
  } catch {
    throw StoreError(error)
  }
}
