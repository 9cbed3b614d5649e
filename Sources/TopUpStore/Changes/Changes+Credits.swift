internal import TopUpCore

extension Changes {
  /// Posts the entry and notes the movement, if there is enough to take.
  func move(_ movement: CreditMovement) throws(SQLiteError) -> Conflict? {
    let (kind, deduction): (String, Int64?)
    switch movement.kind {
    case .deduction(let from), .transfer(let from, _):
      // What a user has is a credit, below zero in the ledger.
      let has = -(try ledger.balance(of: .credits(from), on: connection))
      guard has >= movement.units else { return .changed("credits of \(from.tenant)/\(from.user)") }
      kind = if case .transfer = movement.kind { "transfer" } else { "deduction" }
      deduction = nil
    case .giveBack(let to, let id):
      guard let taken = try connection.deduction(id), taken.stored.account == to else {
        return .missing("deduction \(id)")
      }
      let (sum, overflow) = taken.stored.givenBack.addingReportingOverflow(movement.units)
      guard !overflow, sum <= taken.stored.units else { return .changed("deduction \(id)") }
      try connection.run(
        "UPDATE credit_movement SET given_back = ? WHERE number = ?", sum, taken.number)
      (kind, deduction) = ("give_back", taken.number)
    }
    if let conflict = try ledger.post(movement.entry, topUp: nil, at: now, on: connection) {
      return conflict
    }
    try connection.run(
      """
      INSERT INTO credit_movement (id, kind, account, units, given_back, deduction, entry)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      movement.id, kind, try connection.accountNumber(.credits(movement.account)), movement.units,
      Int128(0), deduction, try ledger.position(on: connection))
    return try lookIfLow(movement)
  }

  /// Whoever has no more than the threshold of the account's rule is looked at: durably, with what
  /// made it so, by the balance that is there and not one that was read before. Repeats only coalesce
  /// (invariants 11, 51).
  private func lookIfLow(_ movement: CreditMovement) throws(SQLiteError) -> Conflict? {
    guard let payer = movement.payer else { return nil }
    let key = AccountKey.credits(payer)
    let threshold = try connection.first(
      """
      SELECT p.threshold FROM account a
      JOIN policy p ON p.account = a.number AND p.version = a.policy_version
      WHERE a.number = ? AND p.is_enabled = 1
      """, try number(of: key)
    ) { row throws(SQLiteError) in try row.int128() }
    guard let threshold, -(try ledger.balance(of: .credits(payer), on: connection)) <= threshold
    else { return nil }
    return try evaluate(key, now, nil)
  }
}

extension Connection {
  fileprivate func deduction(
    _ id: String
  ) throws(SQLiteError) -> (number: Int64, stored: StoredCreditMovement)? {
    let number = try first(
      "SELECT number FROM credit_movement WHERE id = ? AND kind = 'deduction'", id
    ) { row throws(SQLiteError) in try row.int() }
    guard let number, let stored = try creditMovement(id) else { return nil }
    return (number, stored)
  }

  func creditMovement(_ id: String) throws(SQLiteError) -> StoredCreditMovement? {
    let found = try first(
      """
      SELECT a.name, m.units, m.given_back, m.kind, m.entry
      FROM credit_movement m JOIN account a ON a.number = m.account WHERE m.id = ?
      """, id
    ) { row throws(SQLiteError) in
      (
        account: try row.accountKey(), units: try row.int128(), givenBack: try row.int128(),
        kind: try row.text(), position: try row.int()
      )
    }
    guard let found, case .credits(let account) = found.account else { return nil }
    return StoredCreditMovement(
      id: id, account: account, units: found.units, givenBack: found.givenBack,
      isDeduction: found.kind == "deduction", position: found.position)
  }
}
