internal import TopUpCore

extension Connection {
  /// An account's, the newest first, without their records.
  func decisions(
    of key: AccountKey, _ before: Int64?, _ limit: Int
  ) throws(SQLiteError) -> [StoredDecision] {
    guard let account = try knownAccountNumber(key.name) else { return [] }
    return try all(
      """
      SELECT d.position, a.name, d.at, d.top_up, d.skip, d.explanation, d.effective, d.block,
        d.policy_version, d.episode, d.events, NULL, NULL
      FROM decision d JOIN account a ON a.number = d.account
      WHERE d.account = ? AND d.position < ? ORDER BY d.position DESC LIMIT ?
      """, account, before ?? .max, limit
    ) { row throws(SQLiteError) in try row.decision() }
  }

  /// An account's last one that is no later than a moment, with its record.
  func decision(
    of key: AccountKey, asOf moment: UnixTime
  ) throws(SQLiteError) -> StoredDecision? {
    guard let account = try knownAccountNumber(key.name) else { return nil }
    return try first(
      """
      SELECT d.position, a.name, d.at, d.top_up, d.skip, d.explanation, d.effective, d.block,
        d.policy_version, d.episode, d.events, d.input, d.outcome
      FROM decision d JOIN account a ON a.number = d.account
      WHERE d.account = ? AND d.at <= ? ORDER BY d.position DESC LIMIT 1
      """, account, moment
    ) { row throws(SQLiteError) in try row.decision() }
  }

  /// Everybody's or an account's, the oldest first, with their records.
  func decisionLog(
    of key: AccountKey?, _ after: Int64, _ limit: Int
  ) throws(SQLiteError) -> [StoredDecision] {
    guard let key else {
      return try all(
        """
        SELECT d.position, a.name, d.at, d.top_up, d.skip, d.explanation, d.effective, d.block,
          d.policy_version, d.episode, d.events, d.input, d.outcome
        FROM decision d JOIN account a ON a.number = d.account
        WHERE d.position > ? ORDER BY d.position LIMIT ?
        """, after, limit
      ) { row throws(SQLiteError) in try row.decision() }
    }
    guard let account = try knownAccountNumber(key.name) else { return [] }
    return try all(
      """
      SELECT d.position, a.name, d.at, d.top_up, d.skip, d.explanation, d.effective, d.block,
        d.policy_version, d.episode, d.events, d.input, d.outcome
      FROM decision d JOIN account a ON a.number = d.account
      WHERE d.account = ? AND d.position > ? ORDER BY d.position LIMIT ?
      """, account, after, limit
    ) { row throws(SQLiteError) in try row.decision() }
  }
}

extension Row {
  fileprivate mutating func decision() throws(SQLiteError) -> StoredDecision {
    var decision = StoredDecision(
      position: try int(), account: try accountKey(), at: try time(),
      topUp: try optional { row throws(SQLiteError) in try row.id() },
      skip: try optional { row throws(SQLiteError) in try row.choice() },
      explanation: try text(), effective: try optionalAmount(), block: try uint64(),
      policyVersion: try int(), episode: try int(), events: try int())
    let input = try optional { row throws(SQLiteError) in try row.blob() }
    let outcome = try optional { row throws(SQLiteError) in try row.blob() }
    if let input, let outcome { decision.record = DecisionRecord(input: input, outcome: outcome) }
    return decision
  }
}
