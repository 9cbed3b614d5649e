internal import TopUpCore

extension Connection {
  func request(_ caller: String, _ key: String) throws(SQLiteError) -> StoredRequest? {
    try first("SELECT digest, result FROM request WHERE caller = ? AND key = ?", caller, key) {
      row throws(SQLiteError) in
      StoredRequest(
        caller: caller, key: key, digest: try row.blob(), result: try row.text())
    }
  }

  func inboxWaiting(
    _ now: UnixTime, _ beyond: UnixTime, _ limit: Int
  ) throws(SQLiteError) -> [InboxEvent] {
    try all(
      """
      SELECT id, type, object, intent, body, received, due, number FROM inbox
      WHERE applied IS NULL AND given_up IS NULL AND due <= ?1
      UNION ALL
      SELECT id, type, object, intent, body, received, due, number FROM inbox
      WHERE applied IS NULL AND given_up IS NULL AND due > ?2
      ORDER BY due, number LIMIT ?3
      """, now, beyond, limit
    ) { row throws(SQLiteError) in try row.inboxEvent() }
  }

  /// In the order of arrival.
  func inbox(
    _ stuckOnly: Bool, _ after: String?, _ limit: Int
  ) throws(SQLiteError) -> [StoredInboxEvent] {
    var number: Int64 = 0
    if let after {
      let known = try first("SELECT number FROM inbox WHERE id = ?", after) {
        row throws(SQLiteError) in try row.int()
      }
      guard let known else { return [] }
      number = known
    }
    if stuckOnly {
      return try all(
        """
        SELECT id, type, object, intent, body, received, applied, tries, last_error, given_up
        FROM inbox INDEXED BY inbox_stuck
        WHERE number > ? AND applied IS NULL AND tries > 0 ORDER BY number LIMIT ?
        """, number, limit
      ) { row throws(SQLiteError) in try row.storedInboxEvent() }
    }
    return try all(
      """
      SELECT id, type, object, intent, body, received, applied, tries, last_error, given_up
      FROM inbox WHERE number > ? ORDER BY number LIMIT ?
      """, number, limit
    ) { row throws(SQLiteError) in try row.storedInboxEvent() }
  }

  func highWater(_ source: SourceID) throws(SQLiteError) -> UInt64 {
    try first(
      "SELECT high_water FROM source WHERE name = ? AND epoch = ?", source.name, source.epoch
    ) { row throws(SQLiteError) in try row.uint64() } ?? 0
  }

  func reportedEvent(_ source: String, _ id: [UInt8]) throws(SQLiteError) -> [UInt8]? {
    try first("SELECT digest FROM reported_event WHERE source = ? AND id = ?", source, id) {
      row throws(SQLiteError) in try row.blob()
    }
  }

  func settings() throws(SQLiteError) -> StoreSettings {
    let settings = try first("SELECT id, kill_switch, fence, behind, settled_through FROM store") {
      row throws(SQLiteError) in
      StoreSettings(
        storeID: try row.text(), isKillSwitchOn: try row.bool(), fence: try row.int(),
        behind: try row.optionalText(), settledThrough: try row.optionalTime())
    }
    guard let settings else { throw .impossible("the store's own row is not there") }
    return settings
  }

  /// How many groups of commits the file has, as this transaction sees it.
  func commitGroups() throws(SQLiteError) -> UInt64 {
    try group(in: "SELECT commit_groups FROM store")
  }

  /// Counts one more, and reads how many they are then.
  func countCommitGroup() throws(SQLiteError) -> UInt64 {
    try group(in: "UPDATE store SET commit_groups = commit_groups + 1 RETURNING commit_groups")
  }

  private func group(in sql: StaticString) throws(SQLiteError) -> UInt64 {
    let groups = try first(sql) { row throws(SQLiteError) in try row.uint64() }
    guard let groups else { throw .impossible("the store's own row is not there") }
    return groups
  }

  func outsideMarks() throws(SQLiteError) -> OutsideMarks {
    try first("SELECT events_through, orders_cursor FROM store") { row throws(SQLiteError) in
      OutsideMarks(
        eventsThrough: try row.optionalTime(), ordersCursor: try row.optionalText())
    } ?? OutsideMarks()
  }

  func counts() throws(SQLiteError) -> StoreCounts {
    StoreCounts(
      unfinished: try count("SELECT count(*) FROM top_up WHERE is_terminal = 0"),
      inReview: try count("SELECT count(*) FROM top_up WHERE state = 'needsReview'"),
      inboxWaiting: try count(
        "SELECT count(*) FROM inbox WHERE applied IS NULL AND given_up IS NULL"),
      inboxGivenUp: try count("SELECT count(*) FROM inbox WHERE given_up IS NOT NULL"))
  }

  private func count(_ sql: StaticString) throws(SQLiteError) -> Int64 {
    try first(sql) { row throws(SQLiteError) in try row.int() } ?? 0
  }
}

extension Row {
  fileprivate mutating func inboxEvent() throws(SQLiteError) -> InboxEvent {
    InboxEvent(
      id: try text(), type: try text(), object: try text(),
      intent: try optional { row throws(SQLiteError) in try row.id() }, body: try blob(),
      received: try time())
  }

  mutating func storedInboxEvent() throws(SQLiteError) -> StoredInboxEvent {
    StoredInboxEvent(
      event: try inboxEvent(), applied: try optionalTime(), tries: try small(),
      lastError: try optionalText(), givenUp: try optionalTime())
  }
}
