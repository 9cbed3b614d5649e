internal import TopUpCore

extension Snapshot {
  func inboxEvent(_ id: String) throws(StoreError) -> StoredInboxEvent? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT id, type, object, intent, body, received, applied, tries, last_error FROM inbox
        WHERE id = ?
        """, id
      ) { row throws(SQLiteError) in try row.storedInboxEvent() }
    }
  }

  func accounts(paidBy payer: Payer) throws(StoreError) -> [AccountKey] {
    try mapped { () throws(SQLiteError) in
      try connection.all(
        """
        SELECT a.name FROM payer y JOIN policy p ON p.payer = y.number
        JOIN account a ON a.number = p.account AND a.policy_version = p.version
        WHERE y.tenant = ? AND y.user = ? ORDER BY a.number LIMIT 1000
        """, payer.tenant, payer.user
      ) { row throws(SQLiteError) in try row.accountKey() }
    }
  }
}
