internal import TopUpCore

// Parts of an account that are read so often that reading the whole would be felt: each by one
// statement.

extension Connection {
  func balanceStanding(of key: AccountKey) throws(SQLiteError) -> BalanceStanding {
    let found = try first(
      """
      SELECT EXISTS (SELECT 1 FROM top_up t INDEXED BY top_up_unfinished_account
          WHERE t.account = a.number AND t.is_terminal = 0),
        a.reading_active, a.reading_total, a.reading_exists, a.reading_block, a.reading_hash,
        a.reading_at, e.severity, e.unbilled, e.burn_per_era, e.events, e.severity_seen
      FROM account a LEFT JOIN evaluation e ON e.account = a.number AND e.due IS NOT NULL
      WHERE a.name = ?
      """, key.name
    ) { row throws(SQLiteError) in
      (
        isInFlight: try row.bool(), reading: try row.reading(), claim: try row.claim()
      )
    }
    guard let found else { return BalanceStanding(reading: nil, claim: nil, inFlight: []) }
    return BalanceStanding(
      reading: found.reading, claim: found.claim,
      inFlight: found.isInFlight ? try inFlight(key) : [])
  }

  func intakeStanding(of key: AccountKey) throws(SQLiteError) -> IntakeStanding {
    try first(
      """
      SELECT a.reading_block, p.is_enabled,
        (SELECT t.id FROM top_up t INDEXED BY top_up_unfinished_account
          WHERE t.account = a.number AND t.is_terminal = 0 AND t.is_automatic = 1
          ORDER BY t.number LIMIT 1),
        ifnull(e.events, 0) > 0
      FROM account a
        LEFT JOIN policy p ON p.account = a.number AND p.version = a.policy_version
        LEFT JOIN evaluation e ON e.account = a.number AND e.due IS NOT NULL
      WHERE a.name = ?
      """, key.name
    ) { row throws(SQLiteError) in
      IntakeStanding(
        readingBlock: try row.optional { row throws(SQLiteError) in try row.uint64() },
        isPolicyEnabled: try row.optional { row throws(SQLiteError) in try row.bool() },
        inFlight: try row.optional { row throws(SQLiteError) in try row.id() },
        isPending: try row.bool())
    } ?? IntakeStanding()
  }

  func lookDue(_ key: AccountKey) throws(SQLiteError) -> UnixTime? {
    let due = try first(
      "SELECT e.due FROM account a JOIN evaluation e ON e.account = a.number WHERE a.name = ?",
      key.name
    ) { row throws(SQLiteError) in try row.optionalTime() }
    return due ?? nil
  }
}
