internal import TopUpCore

extension Connection {
  func capUse(_ key: String) throws(SQLiteError) -> (count: Int64, minorUnits: Int64) {
    try first("SELECT used_count, used_minor_units FROM cap_window WHERE key = ?", key) {
      row throws(SQLiteError) in (count: try row.int(), minorUnits: try row.int())
    } ?? (count: 0, minorUnits: 0)
  }

  func caps(of scope: CapScope) throws(SQLiteError) -> [CapRule] {
    try all(
      """
      SELECT currency, version, time_zone, at, actor, reason, day_count, day_minor_units,
        month_count, month_minor_units
      FROM cap_rule r WHERE scope = ?1 AND version = (
        SELECT max(version) FROM cap_rule WHERE scope = ?1 AND currency = r.currency)
      ORDER BY currency
      """, scope.name
    ) { row throws(SQLiteError) in
      let currency = try row.currency()
      let version = try row.int()
      let zone = try row.text()
      let set = try row.time()
      let (actor, reason) = (try row.text(), try row.text())
      return CapRule(
        scope: scope, currency: currency, day: try row.cap(), month: try row.cap(),
        timeZone: zone, version: version, set: set, actor: actor, reason: reason)
    }
  }

  /// 0 where none was ever set.
  func capsVersion(_ scope: CapScope, _ currency: Currency) throws(SQLiteError) -> Int64 {
    try first(
      "SELECT ifnull(max(version), 0) FROM cap_rule WHERE scope = ? AND currency = ?",
      scope.name, currency
    ) { row throws(SQLiteError) in try row.int() } ?? 0
  }

  func reservations(of id: TopUpID) throws(SQLiteError) -> [StoredReservation] {
    try all(
      """
      SELECT w.key, r.cap_count, r.cap_minor_units, r.minor_units, r.made, r.released
      FROM top_up t JOIN reservation r ON r.top_up = t.number JOIN cap_window w ON w.number = r.window
      WHERE t.id = ? ORDER BY w.key
      """, id
    ) { row throws(SQLiteError) in
      StoredReservation(
        window: try row.text(), cap: try row.cap(), minorUnits: try row.int(),
        made: try row.time(), released: try row.optionalTime())
    }
  }
}
