internal import TopUpCore

extension Connection {
  func entries(of id: TopUpID) throws(SQLiteError) -> [StoredEntry] {
    guard let number = try topUpNumber(id) else { return [] }
    let positions = try all(
      "SELECT position FROM entry WHERE top_up = ? ORDER BY position", number
    ) { row throws(SQLiteError) in try row.int() }
    return try entries(positions)
  }

  /// Follows the chains of an account's own ledger accounts back from their latest postings.
  func entries(
    of key: AccountKey, _ before: Int64?, _ limit: Int
  ) throws(SQLiteError) -> [StoredEntry] {
    guard let owner = try knownAccountNumber(key.name) else { return [] }
    // Where each chain goes on, by ledger account.
    var chains: [Int64: Int64] = [:]
    for (account, last) in try lastPostings(of: owner) { chains[account] = last }
    if let before {
      // The page before ended with this entry: the chains that run through it go on from there.
      for (account, prev) in try links(of: before) where chains[account] != nil {
        chains[account] = prev
      }
    }
    let bound = before ?? .max
    var positions: [Int64] = []
    while positions.count < limit, let (account, number) = chains.max(by: { $0.value < $1.value }) {
      let position = number >> 6
      if position < bound, positions.last != position { positions.append(position) }
      chains[account] = try previousPosting(number)
    }
    return try entries(positions)
  }

  /// Follows each chain back to the last posting that is not after the entry.
  func balances(
    of key: AccountKey, at position: Int64
  ) throws(SQLiteError) -> [StoredBalance] {
    guard position > 0, let owner = try knownAccountNumber(key.name) else { return [] }
    let last = position > Int64.max >> 6 ? .max : position << 6 | 63
    var balances: [StoredBalance] = []
    for (_, newest) in try lastPostings(of: owner) {
      var number: Int64? = newest
      while let later = number, later > last { number = try previousPosting(later) }
      if let number { balances.append(try balance(after: number)) }
    }
    return balances.sorted { $0.account < $1.account }
  }

  private func balance(after number: Int64) throws(SQLiteError) -> StoredBalance {
    let found = try first(
      """
      SELECT a.name, a.asset, p.balance_after
      FROM posting p JOIN ledger_account a ON a.number = p.account WHERE p.number = ?
      """, number
    ) { row throws(SQLiteError) in
      StoredBalance(
        account: try row.text(), asset: try row.text(), balance: try row.balance(),
        position: number >> 6)
    }
    guard let found else { throw .impossible("posting \(number) is not there") }
    return found
  }

  private func lastPostings(of owner: Int64) throws(SQLiteError) -> [(Int64, Int64)] {
    try all(
      """
      SELECT number, last_posting FROM ledger_account
      WHERE owner = ? AND last_posting IS NOT NULL
      """, owner
    ) { row throws(SQLiteError) in (try row.int(), try row.int()) }
  }

  private func links(of position: Int64) throws(SQLiteError) -> [(Int64, Int64?)] {
    // The first leg of an account in the entry has its link to an earlier entry.
    try all(
      """
      SELECT account, min(prev) FROM posting
      WHERE number BETWEEN ?1 << 6 AND ?1 << 6 | 63 GROUP BY account
      """, position
    ) { row throws(SQLiteError) in (try row.int(), try row.optionalInt()) }
  }

  private func previousPosting(_ number: Int64) throws(SQLiteError) -> Int64? {
    let found = try first("SELECT prev FROM posting WHERE number = ?", number) {
      row throws(SQLiteError) in try row.optionalInt()
    }
    guard let found else { throw .impossible("posting \(number) is not there") }
    return found
  }

  private func entries(_ positions: [Int64]) throws(SQLiteError) -> [StoredEntry] {
    var entries: [StoredEntry] = []
    entries.reserveCapacity(positions.count)
    for position in positions {
      guard let entry = try entry(position) else {
        throw .impossible("entry \(position) is not there")
      }
      entries.append(entry)
    }
    return entries
  }

  func entry(_ position: Int64) throws(SQLiteError) -> StoredEntry? {
    let legs = try all(
      """
      SELECT a.name, a.asset, p.amount, p.balance_after
      FROM posting p JOIN ledger_account a ON a.number = p.account
      WHERE p.number BETWEEN ?1 << 6 AND ?1 << 6 | 63 ORDER BY p.number
      """, position
    ) { row throws(SQLiteError) in
      StoredEntry.Leg(
        account: try row.text(), asset: try row.text(), amount: try row.int128(),
        balanceAfter: try row.int128())
    }
    return try first(
      """
      SELECT t.id, e.description, e.at, e.corrects FROM entry e LEFT JOIN top_up t ON t.number = e.top_up
      WHERE e.position = ?
      """, position
    ) { row throws(SQLiteError) in
      StoredEntry(
        position: position, topUp: try row.optional { row throws(SQLiteError) in try row.id() },
        description: try row.text(), legs: legs, at: try row.time(),
        corrects: try row.optionalInt())
    }
  }
}
