internal import TopUpCore

extension Changes {
  /// For a top-up that waits for its person, in the attempt that it was made for.
  func issue(_ link: AuthenticationLink) throws(SQLiteError) -> Conflict? {
    let added = try connection.run(
      """
      INSERT INTO authentication (top_up, attempt, digest, return_url, caller, issued, expires)
      SELECT number, ?2, ?3, ?4, ?5, ?6, ?7 FROM top_up
      WHERE id = ?1 AND state = 'actionRequired'
        AND ?2 = (SELECT max(number) FROM attempt WHERE attempt.top_up = top_up.number)
      """,
      link.topUp, link.attempt, link.digest, link.returnURL, link.caller, link.issued,
      link.expires)
    return added == 1 ? nil : .changed("top-up \(link.topUp)")
  }

  /// Once, the newest of its top-up's, and while that waits for its person.
  func redeemAuthentication(_ digest: [UInt8]) throws(SQLiteError) -> Conflict? {
    let redeemed = try connection.run(
      """
      UPDATE authentication SET redeemed = ?1
      WHERE digest = ?2 AND redeemed IS NULL AND expires > ?1
        AND number = (SELECT max(number) FROM authentication a
          WHERE a.top_up = authentication.top_up)
        AND attempt = (SELECT max(number) FROM attempt
          WHERE attempt.top_up = authentication.top_up)
        AND EXISTS (SELECT 1 FROM top_up
          WHERE top_up.number = authentication.top_up AND state = 'actionRequired')
      """, now, digest)
    return redeemed == 1 ? nil : .changed("a token")
  }
}
