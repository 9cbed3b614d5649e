internal import TopUpCore

// A rule that is tried beside an account's own.

extension Changes {
  /// How many differences of an account are kept.
  private static let keptMax = 200

  func put(_ shadow: ShadowPolicy) throws(SQLiteError) -> Conflict? {
    let account = try connection.accountNumber(shadow.account)
    let known: Int64? = try connection.first(
      "SELECT version FROM shadow_policy WHERE account = ?", account
    ) { row throws(SQLiteError) in try row.int() }
    guard shadow.version == (known ?? 0) &+ 1 else {
      return .changed("the rule tried for \(shadow.account.name)")
    }
    try connection.run("DELETE FROM shadow_policy WHERE account = ?", account)
    try connection.run(
      """
      INSERT INTO shadow_policy (account, version, rule, at, actor, reason)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      account, shadow.version, shadow.policy.map { PolicyCodec.encode($0) }, shadow.set,
      shadow.actor, shadow.reason)
    try connection.run("DELETE FROM shadow_difference WHERE account = ?", account)
    return nil
  }

  func noteShadow(
    _ key: AccountKey, _ version: Int64, _ difference: ShadowDifference?
  ) throws(SQLiteError) -> Conflict? {
    guard let account = try connection.knownAccountNumber(key.name) else { return nil }
    let kind = difference?.kind
    let counted = try connection.run(
      """
      UPDATE shadow_policy SET looks = looks + 1, would_charge = would_charge + ?3,
        would_skip = would_skip + ?4, other_amount = other_amount + ?5,
        other_reason = other_reason + ?6
      WHERE account = ?1 AND version = ?2 AND rule IS NOT NULL
      """,
      account, version, kind == .wouldCharge ? 1 : 0, kind == .wouldSkip ? 1 : 0,
      kind == .otherAmount ? 1 : 0, kind == .otherReason ? 1 : 0)
    guard counted == 1, let difference, try isNews(difference, account) else { return nil }
    try connection.run(
      """
      INSERT INTO shadow_difference (account, at, kind, live, live_explanation, shadow,
        shadow_explanation)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      account, difference.at, difference.kind, difference.live.word, difference.live.explanation,
      difference.shadow.word, difference.shadow.explanation)
    try connection.run(
      """
      DELETE FROM shadow_difference WHERE account = ?1 AND position <= (
        SELECT position FROM shadow_difference WHERE account = ?1
        ORDER BY position DESC LIMIT 1 OFFSET ?2)
      """, account, Self.keptMax)
    return nil
  }

  /// An account that stays low is looked at every few seconds, and the same is said of it each time.
  private func isNews(
    _ difference: ShadowDifference, _ account: Int64
  ) throws(SQLiteError) -> Bool {
    let last = try connection.first(
      """
      SELECT kind, live, shadow FROM shadow_difference WHERE account = ?
      ORDER BY position DESC LIMIT 1
      """, account
    ) { row throws(SQLiteError) in [try row.text(), try row.text(), try row.text()] }
    return last != [difference.kind.rawValue, difference.live.word, difference.shadow.word]
  }
}
