internal import TopUpCore

extension Changes {
  /// Once on its occasion; in the same commit as what it tells of, and gone with it.
  func tell(_ notice: Notice) throws(SQLiteError) -> Conflict? {
    let account = try number(of: notice.account)
    let occasion = notice.occasion.name
    let told = try connection.run(
      """
      INSERT INTO notice_told (account, occasion, kind, position)
      VALUES (?, ?, ?, (SELECT ifnull(max(position), 0) + 1 FROM notice_told))
      ON CONFLICT (account, occasion, kind) DO NOTHING
      """, account, occasion, notice.kind)
    guard told == 1 else { return nil }
    try connection.run(
      """
      INSERT INTO notice (position, account, payer, occasion, kind, top_up, version, amount,
        currency, decline, retry_at, card, text, at)
      VALUES ((SELECT max(position) FROM notice_told), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      account, try connection.payerNumber(notice.payer), occasion, notice.kind, notice.topUp,
      notice.version, notice.amount?.minorUnits, notice.amount?.currency, notice.decline,
      notice.retryAt, notice.card, notice.text, now)
    try connection.run(
      """
      DELETE FROM notice WHERE position IN (
        SELECT position FROM notice WHERE position < (SELECT max(position) FROM notice) AND at < ?
        ORDER BY position LIMIT ?)
      """, now.advanced(by: .zero - NoticeLimits.retention), NoticeLimits.removedAtOnce)
    return nil
  }
}
