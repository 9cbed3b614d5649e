internal import TopUpCore

extension Snapshot {
  func inboxEvent(_ id: String) throws(StoreError) -> StoredInboxEvent? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT id, type, object, intent, body, received, applied, tries, last_error, given_up
        FROM inbox WHERE id = ?
        """, id
      ) { row throws(SQLiteError) in try row.storedInboxEvent() }
    }
  }

  func isSettledByHand(_ object: String) throws(StoreError) -> Bool {
    try mapped { () throws(SQLiteError) in
      try connection.first("SELECT 1 FROM settled_by_hand WHERE object = ?", object) { _ in true }
        ?? false
    }
  }

  func refusedCards(of payer: Payer) throws(StoreError) -> Set<String> {
    try mapped { () throws(SQLiteError) in
      Set(
        try connection.all(
          """
          SELECT b.fingerprint FROM payer y JOIN card c ON c.payer = y.number
          JOIN breaker b ON b.fingerprint = c.fingerprint AND b.cleared IS NULL
          JOIN account a ON a.number = b.account
          WHERE y.tenant = ? AND y.user = ? AND (
            EXISTS (SELECT 1 FROM top_up t WHERE t.account = a.number AND t.payer = y.number)
            OR EXISTS (SELECT 1 FROM policy p WHERE p.account = a.number
              AND p.version = a.policy_version AND p.payer = y.number))
          """, payer.tenant, payer.user
        ) { row throws(SQLiteError) in try row.text() })
    }
  }

  func provenSince(fingerprint: String, of payer: Payer) throws(StoreError) -> UnixTime? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT a.paid FROM attempt a JOIN top_up t ON t.number = a.top_up
        JOIN payer y ON y.number = t.payer
        WHERE a.fingerprint = ? AND a.paid IS NOT NULL AND y.tenant = ? AND y.user = ?
          AND t.hold_phase IS NOT 'refused'
          AND NOT EXISTS (SELECT 1 FROM reversal r
            WHERE r.top_up = t.number AND r.kind = 'dispute')
        ORDER BY a.paid LIMIT 1
        """, fingerprint, payer.tenant, payer.user
      ) { row throws(SQLiteError) in try row.time() }
    }
  }
}
