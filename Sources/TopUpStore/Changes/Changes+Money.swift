internal import TopUpCore

// Reservations and entries.

extension Changes {
  /// Counts a top-up in each of its windows, each against the cap in force now.
  func reserve(
    _ id: TopUpID, _ windows: [CapWindow], _ minorUnits: Int64
  ) throws(SQLiteError) -> Conflict? {
    guard let topUp = try connection.topUpNumber(id) else { return .missing("top-up \(id)") }
    guard minorUnits >= 0 else { return .forbidden("a reservation is never negative") }
    for window in windows {
      try connection.run(
        """
        INSERT INTO cap_window (key, ends, used_count, used_minor_units) VALUES (?, ?, 0, 0)
        ON CONFLICT (key) DO NOTHING
        """, window.key, window.ends)
      // Written so that no sum can overflow.
      let counted = try connection.run(
        """
        UPDATE cap_window
        SET used_count = used_count + 1, used_minor_units = used_minor_units + ?2
        WHERE key = ?1 AND used_count < ifnull(?3, 9223372036854775807)
          AND used_minor_units <= ifnull(?4, 9223372036854775807) - ?2
        """, window.key, minorUnits, window.cap.count, window.cap.minorUnits)
      guard counted == 1 else { return .capReached(window.key) }
      try connection.run(
        """
        INSERT INTO reservation (top_up, window, cap_count, cap_minor_units, minor_units, made)
        VALUES (?, (SELECT number FROM cap_window WHERE key = ?), ?, ?, ?, ?)
        """,
        topUp, window.key, window.cap.count, window.cap.minorUnits, minorUnits, now)
    }
    return nil
  }

  /// Gives back to exactly the windows that counted; a second time there is nothing to give.
  func release(_ id: TopUpID) throws(SQLiteError) -> Conflict? {
    guard let topUp = try connection.topUpNumber(id) else { return .missing("top-up \(id)") }
    try connection.run(
      """
      UPDATE cap_window SET used_count = used_count - 1,
        used_minor_units = used_minor_units - reservation.minor_units
      FROM reservation
      WHERE reservation.top_up = ? AND reservation.released IS NULL
        AND reservation.window = cap_window.number
      """, topUp)
    try connection.run(
      "UPDATE reservation SET released = ? WHERE top_up = ? AND released IS NULL", now, topUp)
    return nil
  }

  func post(_ entry: Entry) throws(SQLiteError) -> Conflict? {
    var topUp: Int64?
    if let id = entry.topUp {
      topUp = try connection.topUpNumber(id)
      guard topUp != nil else { return .missing("top-up \(id)") }
    }
    return try ledger.post(entry, topUp: topUp, at: now, on: connection)
  }
}
