internal import TopUpCore

extension Snapshot {
  func debts(of account: AccountKey) throws(StoreError) -> [StoredDebt] {
    try mapped { () throws(SQLiteError) in try connection.debts(of: account) }
  }

  func owing(_ account: AccountKey) throws(StoreError) -> [TopUp] {
    try mapped { () throws(SQLiteError) in try connection.owing(account) }
  }

  func debtReleaseProposal(
    of account: AccountKey, since position: Int64
  ) throws(StoreError) -> DebtReleaseProposal? {
    try mapped { () throws(SQLiteError) in
      try connection.first(
        """
        SELECT p.actor, p.caller, p.reason, p.at FROM debt_release_proposal p
          JOIN account a ON a.number = p.account
        WHERE a.name = ? AND p.position = ?
        """, account.name, position
      ) { row throws(SQLiteError) in
        DebtReleaseProposal(
          account: account, position: position, actor: try row.text(),
          caller: try row.optionalText(), reason: try row.text(), at: try row.time())
      }
    }
  }
}

extension Connection {
  /// The blocks of an account that have not ended, by their causes' names.
  func blocks(of account: Int64) throws(SQLiteError) -> [AccountBlock] {
    try all(
      """
      SELECT cause, actor, reason, since FROM account_block
      WHERE account = ? AND ended IS NULL ORDER BY cause
      """, account
    ) { row throws(SQLiteError) in
      AccountBlock(
        try row.choice(), actor: try row.text(), reason: try row.text(), since: try row.time())
    }
  }

  func debts(of key: AccountKey) throws(SQLiteError) -> [StoredDebt] {
    guard let owner = try knownAccountNumber(key.name) else { return [] }
    let balances = try all(
      """
      SELECT asset, balance, last_posting FROM ledger_account
      WHERE owner = ? AND name GLOB 'debt:*' AND last_posting IS NOT NULL ORDER BY asset
      """, owner
    ) { row throws(SQLiteError) in
      (currency: try row.currency(), balance: try row.balance(), last: try row.int())
    }
    var debts: [StoredDebt] = []
    for debt in balances where debt.balance != 0 {
      guard let sum = Int64(exactly: debt.balance) else {
        throw .impossible("the debt of \(key.name) is \(debt.balance)")
      }
      debts.append(
        StoredDebt(
          amount: Money(minorUnits: sum, debt.currency), position: debt.last >> 6))
    }
    return debts
  }

  /// What top-ups of the account were charged to pay what was owed for others, by currency; what they
  /// paid of it may have been given back since.
  func chargedForDebts(_ key: AccountKey) throws(SQLiteError) -> [String: Int64] {
    guard let account = try knownAccountNumber(key.name) else { return [:] }
    let sums = try all(
      """
      SELECT currency, sum(debt_part) FROM top_up
      WHERE account = ? AND debt_part > 0 AND charged > 0 GROUP BY currency
      """, account
    ) { row throws(SQLiteError) in (code: try row.text(), sum: try row.int()) }
    return Dictionary(uniqueKeysWithValues: sums.map { ($0.code, $0.sum) })
  }

  func owing(_ key: AccountKey) throws(SQLiteError) -> [TopUp] {
    guard let account = try knownAccountNumber(key.name) else { return [] }
    return try whole(
      all(
        """
        SELECT t.number FROM top_up t WHERE t.account = ? AND EXISTS (
          SELECT 1 FROM reversal r WHERE r.top_up = t.number AND r.advanced > 0)
        ORDER BY t.number
        """, account
      ) { row throws(SQLiteError) in try row.int() })
  }
}
