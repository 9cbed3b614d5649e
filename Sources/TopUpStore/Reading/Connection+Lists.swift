internal import TopUpCore

// Lists of top-ups. Each finds row numbers by an index, then reads the top-ups whole.

extension Connection {
  /// Newest first: row numbers follow the order in which top-ups began.
  func topUps(_ query: TopUpQuery) throws(SQLiteError) -> [TopUp] {
    var before = Int64.max
    if let id = query.before {
      guard let number = try topUpNumber(id) else { return [] }
      before = number
    }
    var account: Int64?
    if let key = query.account {
      account = try knownAccountNumber(key.name)
      guard account != nil else { return [] }
    }
    // A tenant's name has no control characters: a line each keeps them apart. Bytes are compared,
    // as in `payer`: two names that only look alike are two tenants.
    let tenants = query.tenants.map { "\n" + $0.map { $0 + "\n" }.joined() }
    return try whole(numbers(account, query.states, tenants, before, max(query.limit, 0)))
  }

  private func numbers(
    _ account: Int64?, _ states: Set<TopUpState>, _ tenants: String?, _ before: Int64, _ limit: Int
  ) throws(SQLiteError) -> [Int64] {
    if let account {
      // An account's top-ups are few: their states are read along its index.
      let names = states.isEmpty ? nil : "," + states.map { $0.rawValue + "," }.joined()
      return try all(
        """
        SELECT number FROM top_up
        WHERE account = ?2 AND number < ?3
          AND (?1 IS NULL OR instr(?1, char(10) || (SELECT tenant FROM payer
            WHERE payer.number = top_up.payer) || char(10)) > 0)
          AND (?4 IS NULL OR instr(?4, ',' || state || ',') > 0)
        ORDER BY number DESC LIMIT ?5
        """, tenants, account, before, names, limit
      ) { row throws(SQLiteError) in try row.int() }
    }
    if states.isEmpty {
      return try all(
        """
        SELECT number FROM top_up
        WHERE number < ?2 AND (?1 IS NULL OR instr(?1, char(10) || (SELECT tenant FROM payer
          WHERE payer.number = top_up.payer) || char(10)) > 0)
        ORDER BY number DESC LIMIT ?3
        """, tenants, before, limit
      ) { row throws(SQLiteError) in try row.int() }
    }
    // Each state's newest lie together in its index.
    var found: [Int64] = []
    for state in states {
      found += try all(
        """
        SELECT number FROM top_up
        WHERE state = ?2 AND number < ?3
          AND (?1 IS NULL OR instr(?1, char(10) || (SELECT tenant FROM payer
            WHERE payer.number = top_up.payer) || char(10)) > 0)
        ORDER BY number DESC LIMIT ?4
        """, tenants, state, before, limit
      ) { row throws(SQLiteError) in try row.int() }
    }
    return Array(found.sorted(by: >).prefix(limit))
  }

  func inFlight(_ key: AccountKey) throws(SQLiteError) -> [TopUp] {
    guard let account = try knownAccountNumber(key.name) else { return [] }
    return try whole(
      all(
        """
        SELECT number FROM top_up INDEXED BY top_up_unfinished_account
        WHERE account = ? AND is_terminal = 0 ORDER BY number
        """, account
      ) { row throws(SQLiteError) in try row.int() })
  }

  func unfinished(
    _ after: TopUpID?, _ limit: Int
  ) throws(SQLiteError) -> [UnfinishedTopUp] {
    var number: Int64 = 0
    if let after {
      guard let known = try topUpNumber(after) else { return [] }
      number = known
    }
    return try all(
      """
      SELECT id, review_reason IS NOT NULL, next_check FROM top_up INDEXED BY top_up_unfinished
      WHERE is_terminal = 0 AND number > ? ORDER BY number LIMIT ?
      """, number, limit
    ) { row throws(SQLiteError) in
      UnfinishedTopUp(
        id: try row.id(), isInReview: try row.bool(), nextCheck: try row.optionalTime())
    }
  }

  func whole(_ numbers: [Int64]) throws(SQLiteError) -> [TopUp] {
    var topUps: [TopUp] = []
    topUps.reserveCapacity(numbers.count)
    for number in numbers {
      guard let topUp = try topUp(number) else {
        throw .impossible("an index names top-up row \(number), which is not there")
      }
      topUps.append(topUp)
    }
    return topUps
  }

  func transitions(of id: TopUpID) throws(SQLiteError) -> [StoredTransition] {
    try all(
      """
      SELECT version, from_state, to_state, cause, at FROM transition
      WHERE top_up = (SELECT number FROM top_up WHERE id = ?) ORDER BY version
      """, id
    ) { row throws(SQLiteError) in
      StoredTransition(
        version: try row.int(),
        from: try row.optional { row throws(SQLiteError) in try row.choice() },
        to: try row.choice(), cause: try row.text(), at: try row.time())
    }
  }

  func intentOwner(_ intent: PaymentIntentID) throws(SQLiteError) -> TopUpID? {
    try first(
      "SELECT t.id FROM attempt a JOIN top_up t ON t.number = a.top_up WHERE a.intent = ?", intent
    ) { row throws(SQLiteError) in try row.id() }
  }
}
