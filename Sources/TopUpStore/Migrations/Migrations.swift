internal import TopUpCore

/// Brings a store's file to the schema that this program knows.
enum Migrations {
  /// What this program knows; number n takes schema n - 1 to n.
  static let scripts: [String] = [Schema1.script]

  /// Marks the file as one of ours (`PRAGMA application_id`): "topu".
  private static let applicationID: Int64 = 0x746F_7075

  /// - Parameter makeID: the random id of a store that is made now (invariant 50).
  /// - Throws: a failure whose message says so when the file is another program's, or a newer
  ///   version's; nothing is changed then.
  static func run(on connection: Connection, makeID: () -> String) throws(SQLiteError) {
    try check(connection)
    try connection.run("BEGIN IMMEDIATE")
    do {
      // Read again: another process may have migrated while this one waited for the lock.
      let version = try check(connection)
      for (index, script) in scripts.enumerated().dropFirst(Int(version)) {
        try connection.script(script)
        try connection.script("PRAGMA user_version = \(index + 1)")
        try connection.run(
          "INSERT INTO migration (number, digest) VALUES (?, ?)", Int64(index + 1), digest(script))
      }
      if version == 0 {
        try connection.script("PRAGMA application_id = \(applicationID)")
        try connection.run("INSERT INTO store (one, id, fence) VALUES (1, ?, 0)", makeID())
      }
      try connection.run("COMMIT")
    } catch {
      if connection.isInTransaction { try connection.run("ROLLBACK") }
      throw error
    }
  }

  /// - Returns: the file's schema; 0 for a file that holds nothing yet.
  @discardableResult
  static func check(_ connection: Connection) throws(SQLiteError) -> Int64 {
    let version = try number(connection, "PRAGMA user_version")
    let application = try number(connection, "PRAGMA application_id")
    let tables = try number(connection, "SELECT count(*) FROM sqlite_schema")
    if tables == 0 { return 0 }
    guard application == applicationID else {
      throw SQLiteError.refusal("the file is another program's database")
    }
    guard version <= Int64(scripts.count) else {
      throw SQLiteError.refusal(
        "the store has schema \(version), from a newer version of this program; "
          + "this one knows \(scripts.count)")
    }
    try checkText(connection, version)
    return version
  }

  /// A store keeps the text that made it: one made by a build whose text was another would fail
  /// later, table by table, and say of each failure something that is not so.
  private static func checkText(
    _ connection: Connection, _ version: Int64
  ) throws(SQLiteError) {
    let isKept = try number(
      connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'migration'")
    for (index, script) in scripts.prefix(Int(version)).enumerated() {
      let kept: String? =
        isKept == 0
        ? nil
        : try connection.first(
          "SELECT digest FROM migration WHERE number = ?", Int64(index + 1)
        ) { row throws(SQLiteError) in try row.text() }
      guard kept == digest(script) else {
        throw SQLiteError.refusal(
          "the store's schema \(index + 1) was made by a build that was never released and is "
            + "not this one's; there is no way from it: move the file away, or use that build")
      }
    }
  }

  private static func digest(_ script: String) -> String {
    var digest = PartsDigest(tag: "topupd schema", digestBytes: 16)
    digest.append(Array(script.utf8))
    return digest.finish().map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private static func number(
    _ connection: Connection, _ sql: StaticString
  ) throws(SQLiteError) -> Int64 {
    try connection.first(sql) { row throws(SQLiteError) in try row.int() } ?? 0
  }
}
