internal import TopUpCore

extension Connection {
  func leadTimes(_ limit: Int) throws(SQLiteError) -> [Duration] {
    try all("SELECT milliseconds FROM lead_time ORDER BY number DESC LIMIT ?", limit) {
      row throws(SQLiteError) in .milliseconds(try row.int())
    }
  }

  func occurrence(
    _ name: String, of account: AccountKey
  ) throws(SQLiteError) -> StoredOccurrence? {
    try first(
      """
      SELECT o.name, o.moment, o.episode FROM account a JOIN occurrence o ON o.account = a.number
      WHERE a.name = ? AND o.name = ?
      """, account.name, name
    ) { row throws(SQLiteError) in try row.occurrence() }
  }

  func lastOccurrence(of account: AccountKey) throws(SQLiteError) -> StoredOccurrence? {
    try first(
      """
      SELECT o.name, o.moment, o.episode FROM account a JOIN occurrence o ON o.account = a.number
      WHERE a.name = ? ORDER BY o.moment DESC, o.name DESC LIMIT 1
      """, account.name
    ) { row throws(SQLiteError) in try row.occurrence() }
  }

  func occurrence(
    of account: AccountKey, episode: Int64
  ) throws(SQLiteError) -> StoredOccurrence? {
    try first(
      """
      SELECT o.name, o.moment, o.episode FROM account a JOIN occurrence o ON o.account = a.number
      WHERE a.name = ? AND o.episode = ? ORDER BY o.moment DESC, o.name DESC LIMIT 1
      """, account.name, episode
    ) { row throws(SQLiteError) in try row.occurrence() }
  }

  /// The lines of one version's calendar.
  func schedules(
    _ account: Int64, _ version: Int64, _ currency: Currency
  ) throws(SQLiteError) -> [ScheduledCharge] {
    try all(
      """
      SELECT day_of_month, minute_of_day, minor_units, since FROM policy_schedule
      WHERE account = ? AND version = ? ORDER BY rank
      """, account, version
    ) { row throws(SQLiteError) in
      ScheduledCharge(
        dayOfMonth: try row.small(), minuteOfDay: try row.small(),
        amount: Money(minorUnits: try row.int(), currency), since: try row.time())
    }
  }
}

extension Row {
  fileprivate mutating func occurrence() throws(SQLiteError) -> StoredOccurrence {
    StoredOccurrence(name: try text(), moment: try time(), episode: try optionalInt())
  }
}
