internal import TopUpCore

extension Snapshot {
  func movement(_ id: String) throws(StoreError) -> ProcessorMovement? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT id, kind, source, amount, currency, fee, created FROM processor_movement
        WHERE id = ?
        """, id
      ) { row throws(SQLiteError) in try row.movement() }
    }
  }

  func movements(
    since: UnixTime, after: ProcessorMovement?, limit: Int
  ) throws(StoreError) -> [ProcessorMovement] {
    try mapped { () throws(SQLiteError) in
      try connection.all(
        """
        SELECT id, kind, source, amount, currency, fee, created FROM processor_movement
        WHERE created >= ?1 AND (created, id) > (?2, ?3) ORDER BY created, id LIMIT ?4
        """,
        since, after?.created ?? UnixTime(milliseconds: .min), after?.id ?? "", max(limit, 0)
      ) { row throws(SQLiteError) in try row.movement() }
    }
  }

  /// By the charge of an attempt, or by the refund or dispute of one.
  func movementOwner(_ source: String) throws(StoreError) -> TopUpID? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT id FROM top_up WHERE number = coalesce(
          (SELECT top_up FROM attempt WHERE charge = ?1),
          (SELECT top_up FROM refund WHERE id = ?1),
          (SELECT top_up FROM reversal WHERE id = ?1))
        """, source
      ) { row throws(SQLiteError) in try row.id() }
    }
  }
}

extension Row {
  fileprivate mutating func movement() throws(SQLiteError) -> ProcessorMovement {
    ProcessorMovement(
      id: try text(), kind: ProcessorMovement.Kind(name: try text()), source: try optionalText(),
      amount: try money(), fee: try int(), created: try time())
  }
}
