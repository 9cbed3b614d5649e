internal import TopUpCore

// Blocks of accounts, and what persons want to be forgiven (invariants 27, 52).

extension Changes {
  func begin(_ block: AccountBlock, of key: AccountKey) throws(SQLiteError) -> Conflict? {
    let account = try number(of: key)
    let added = try connection.run(
      """
      INSERT INTO account_block (account, cause, actor, reason, since)
      SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
        SELECT 1 FROM account_block WHERE account = ?1 AND cause = ?2 AND ended IS NULL)
      """, account, block.cause, block.actor, block.reason, block.since)
    return added == 1 ? nil : .changed("account \(key.name)")
  }

  func end(
    _ cause: AccountBlock.Cause, of key: AccountKey, _ actor: String, _ reason: String
  ) throws(SQLiteError) -> Conflict? {
    let ended = try connection.run(
      """
      UPDATE account_block SET ended = ?, ended_by = ?, end_reason = ?
      WHERE account = ? AND cause = ? AND ended IS NULL
      """, now, actor, reason, try number(of: key), cause)
    return ended == 1 ? nil : .changed("account \(key.name)")
  }

  func propose(_ proposal: DebtReleaseProposal) throws(SQLiteError) -> Conflict? {
    let account = try number(of: proposal.account)
    let position = try connection.debts(of: proposal.account).map(\.position).max()
    guard position == proposal.position else { return .changed("account \(proposal.account.name)") }
    let added = try connection.run(
      """
      INSERT INTO debt_release_proposal (account, position, actor, caller, reason, at)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, position) DO NOTHING
      """,
      account, proposal.position, proposal.actor, proposal.caller, proposal.reason, proposal.at)
    return added == 1 ? nil : .changed("account \(proposal.account.name)")
  }
}
