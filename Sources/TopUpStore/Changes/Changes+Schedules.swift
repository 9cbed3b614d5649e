internal import TopUpCore

extension Changes {
  func settle(
    _ key: AccountKey, _ occurrence: StoredOccurrence
  ) throws(SQLiteError) -> Conflict? {
    if let known = try connection.occurrence(occurrence.name, of: key) {
      // The next try of the same episode.
      return known.episode != nil && known == occurrence
        ? nil : .changed("occurrence \(occurrence.name) of \(key.name)")
    }
    try connection.run(
      """
      INSERT INTO occurrence (account, name, moment, episode, settled) VALUES (?, ?, ?, ?, ?)
      """,
      try number(of: key), occurrence.name, occurrence.moment, occurrence.episode, now)
    return nil
  }

  /// Once for each top-up: one that was reopened took its time before.
  func noteLeadTime(_ id: TopUpID, _ span: Duration) throws(SQLiteError) -> Conflict? {
    guard let topUp = try connection.topUpNumber(id) else { return .missing("top-up \(id)") }
    let (seconds, attoseconds) = span.components
    try connection.run(
      "INSERT INTO lead_time (top_up, milliseconds) VALUES (?, ?) ON CONFLICT (top_up) DO NOTHING",
      topUp, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    return nil
  }
}
