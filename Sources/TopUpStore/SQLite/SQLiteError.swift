internal import CSQLite

/// A call to SQLite that failed.
///
/// Holds the statement but never what was bound to it: amounts and names stay out of logs.
struct SQLiteError: Error, Hashable, Sendable {
  /// The extended result code (sqlite.org/rescode.html).
  let code: Int32
  let message: String
  let sql: String

  /// The low byte: what kind of failure it is.
  var kind: Int32 { code & 0xFF }

  var isConstraint: Bool { kind == SQLITE_CONSTRAINT }

  /// After one the kernel may count the lost pages as written.
  var isFailedSync: Bool { code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8 }

  /// The index of the log could not be made longer, for which it needs room on the disk.
  var isIndexWithoutRoom: Bool { code == SQLITE_IOERR | 19 << 8 }  // SQLITE_IOERR_SHMSIZE

  /// A stored value that this program never writes: damaged, or changed from outside.
  static func impossible(_ message: String, _ sql: String = "") -> SQLiteError {
    SQLiteError(code: SQLITE_CORRUPT, message: message, sql: sql)
  }

  /// A file that is sound, and not for this program.
  static func refusal(_ message: String) -> SQLiteError {
    SQLiteError(code: SQLITE_MISMATCH, message: message, sql: "")
  }
}
