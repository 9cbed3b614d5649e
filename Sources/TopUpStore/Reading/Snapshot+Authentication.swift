internal import TopUpCore

extension Snapshot {
  func authenticationLink(digest: [UInt8]) throws(StoreError) -> AuthenticationLink? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT t.id, a.attempt, a.digest, a.return_url, a.caller, a.issued, a.expires, a.redeemed,
          EXISTS (SELECT 1 FROM authentication b WHERE b.top_up = a.top_up AND b.number > a.number)
        FROM authentication a JOIN top_up t ON t.number = a.top_up WHERE a.digest = ?
        """, digest
      ) { row throws(SQLiteError) in
        AuthenticationLink(
          topUp: try row.id(), attempt: try row.small(), digest: try row.blob(),
          returnURL: try row.text(), caller: try row.text(), issued: try row.time(),
          expires: try row.time(), redeemed: try row.optionalTime(), isReplaced: try row.bool())
      }
    }
  }
}
