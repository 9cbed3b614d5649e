internal import TopUpCore

// What a tenant or the whole service may be charged, and who waits for it.

extension Changes {
  func put(_ rule: CapRule) throws(SQLiteError) -> Conflict? {
    let known = try connection.capsVersion(rule.scope, rule.currency)
    guard rule.version == known &+ 1 else { return .changed("caps of \(rule.scope.text)") }
    try connection.run(
      """
      INSERT INTO cap_rule (scope, currency, version, day_count, day_minor_units, month_count,
        month_minor_units, time_zone, at, actor, reason)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      rule.scope.name, rule.currency, rule.version, rule.day.count, rule.day.minorUnits,
      rule.month.count, rule.month.minorUnits, rule.timeZone, rule.set, rule.actor, rule.reason)
    return nil
  }

  /// Whoever read other caps than these decides anew.
  func hold(_ rule: CapRule.Reference) throws(SQLiteError) -> Conflict? {
    let known = try connection.capsVersion(rule.scope, rule.currency)
    return known == rule.version ? nil : .changed("caps of \(rule.scope.text)")
  }

  /// What the prices are at this start: where they are others than at the last, all that waits for
  /// one is looked at.
  func notePrices(
    _ digest: [UInt8], _ reasons: [SkipReason]
  ) throws(SQLiteError) -> Conflict? {
    let changed = try connection.run(
      "UPDATE store SET prices = ?1 WHERE prices IS NOT ?1", digest)
    return changed == 0 ? nil : try evaluateSkipped(reasons, nil)
  }

  /// The last decision says why an account waits. Each look is called for anew, so that one that is
  /// under way does not end it by what it has read.
  func evaluateSkipped(
    _ reasons: [SkipReason], _ tenant: String?
  ) throws(SQLiteError) -> Conflict? {
    for reason in reasons {
      try connection.run(
        """
        UPDATE evaluation SET due = min(ifnull(due, ?1), ?1), generation = generation + 1
        WHERE account IN (
          SELECT a.number FROM account a
          JOIN policy p ON p.account = a.number AND p.version = a.policy_version
          JOIN payer y ON y.number = p.payer
          WHERE ifnull(?3, y.tenant) = y.tenant AND ?2 = (
            SELECT d.skip FROM decision d WHERE d.account = a.number
            ORDER BY d.position DESC LIMIT 1))
        """, now, reason, tenant)
    }
    return nil
  }

  func evaluatePaid(by payer: Payer) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      UPDATE evaluation SET due = min(ifnull(due, ?1), ?1), generation = generation + 1
      WHERE account IN (
        SELECT p.account FROM payer y JOIN policy p ON p.payer = y.number
        JOIN account a ON a.number = p.account AND a.policy_version = p.version
        WHERE y.tenant = ?2 AND y.user = ?3)
      """, now, payer.tenant, payer.user)
    return nil
  }
}
