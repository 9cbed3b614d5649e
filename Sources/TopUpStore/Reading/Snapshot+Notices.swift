internal import TopUpCore

extension Snapshot {
  func notices(_ query: NoticeQuery) throws(StoreError) -> [StoredNotice] {
    try mapped { () throws(SQLiteError) in try connection.notices(query) }
  }

  func noticeRange() throws(StoreError) -> NoticeRange {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT ifnull((SELECT position FROM notice ORDER BY position LIMIT 1), 0),
          ifnull((SELECT position FROM notice ORDER BY position DESC LIMIT 1), 0)
        """
      ) { row throws(SQLiteError) in
        NoticeRange(oldest: try row.int(), newest: try row.int())
      } ?? NoticeRange(oldest: 0, newest: 0)
    }
  }
}

extension Connection {
  fileprivate func notices(_ query: NoticeQuery) throws(SQLiteError) -> [StoredNotice] {
    // As in lists of top-ups: a line for each tenant, compared by bytes.
    let tenants = query.tenants.map { "\n" + $0.map { $0 + "\n" }.joined() }
    let limit = max(query.limit, 0)
    guard let key = query.account else {
      return try all(
        """
        SELECT n.position, n.kind, a.name, p.tenant, p.user, n.occasion, n.top_up, n.version,
          n.amount, n.currency, n.decline, n.retry_at, n.card, n.text, n.at
        FROM notice n JOIN account a ON a.number = n.account JOIN payer p ON p.number = n.payer
        WHERE n.position > ?2
          AND (?1 IS NULL OR instr(?1, char(10) || p.tenant || char(10)) > 0)
        ORDER BY n.position LIMIT ?3
        """, tenants, query.after, limit
      ) { row throws(SQLiteError) in try row.notice() }
    }
    guard let account = try knownAccountNumber(key.name) else { return [] }
    return try all(
      """
      SELECT n.position, n.kind, a.name, p.tenant, p.user, n.occasion, n.top_up, n.version,
        n.amount, n.currency, n.decline, n.retry_at, n.card, n.text, n.at
      FROM notice n JOIN account a ON a.number = n.account JOIN payer p ON p.number = n.payer
      WHERE n.account = ?4 AND n.position > ?2
        AND (?1 IS NULL OR instr(?1, char(10) || p.tenant || char(10)) > 0)
      ORDER BY n.position LIMIT ?3
      """, tenants, query.after, limit, account
    ) { row throws(SQLiteError) in try row.notice() }
  }
}

extension Row {
  fileprivate mutating func notice() throws(SQLiteError) -> StoredNotice {
    let position = try int()
    let kind: Notice.Kind = try choice()
    let (account, payer) = (try accountKey(), try payer())
    let name = try text()
    guard let occasion = Notice.Occasion(name: name) else {
      throw .impossible("\(name) names no occasion", "notice")
    }
    var notice = Notice(kind, account: account, payer: payer, occasion: occasion, text: "")
    notice.topUp = try optional { row throws(SQLiteError) in try row.id() }
    notice.version = try optional { row throws(SQLiteError) in try row.int() }
    if isNull {
      skip(2)
    } else {
      notice.amount = Money(minorUnits: try int(), try currency())
    }
    notice.decline = try optional { row throws(SQLiteError) in try row.choice() }
    notice.retryAt = try optionalTime()
    notice.card = try optional { row throws(SQLiteError) in try row.id() }
    notice.text = try text()
    return StoredNotice(position: position, notice: notice, at: try time())
  }
}
