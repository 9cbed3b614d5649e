internal import TopUpCore

extension Changes {
  func put(_ key: AccountKey, _ state: AccountState) throws(SQLiteError) -> Conflict? {
    let account = try number(of: key)
    let reading = state.reading
    let changed = try connection.run(
      """
      UPDATE account SET version = ?, episode = ?, is_armed = ?, episode_top_ups = ?,
        episode_declines = ?, reading_active = ?, reading_total = ?, reading_exists = ?,
        reading_block = ?, reading_hash = ?, reading_at = ?, last_credit_height = ?,
        last_credited = ?, last_finished = ?, back_off_until = ?
      WHERE number = ? AND version = ?
      """,
      state.version, state.episode.ordinal, state.episode.isArmed, state.episode.topUps,
      state.episode.declines, reading?.active, reading?.total, reading?.exists,
      reading?.block.number, reading?.block.hash, reading?.readAt, state.lastCreditHeight,
      state.lastCredited, state.lastFinished, state.backOffUntil, account, state.version &- 1)
    return changed == 1 ? nil : .changed("account \(key.name)")
  }

  func put(_ policy: Policy, expected: Int64) throws(SQLiteError) -> Conflict? {
    let account = try number(of: policy.account)
    let changed = try connection.run(
      "UPDATE account SET policy_version = ? WHERE number = ? AND policy_version = ?",
      policy.version, account, expected)
    guard changed == 1 else { return .changed("policy of \(policy.account.name)") }
    guard policy.version == expected &+ 1 else {
      return .forbidden("policy version \(policy.version) does not follow \(expected)")
    }
    let payer = try connection.payerNumber(policy.payer)
    var fixed: Int64?
    var target: Int128?
    var tier: String?
    switch policy.amount {
    case .fixed(let money): fixed = money.minorUnits
    case .refillTo(let units, _): target = units
    case .tier(let name, _): tier = name
    }
    try connection.run(
      """
      INSERT INTO policy (account, version, payer, is_enabled, threshold, currency,
        fixed_minor_units, refill_to, tier, min_per_top_up, max_per_top_up, day_count,
        day_minor_units, month_count, month_minor_units, time_zone, rearm_margin, cooldown,
        low_cooldown, min_runway, slippage_basis_points, hold_new_card, hold_risk, hold_risk_span,
        remainder, debt, arrive_before_empty, updated)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      account, policy.version, payer, policy.isEnabled, policy.threshold, policy.currency, fixed,
      target, tier, policy.minPerTopUp, policy.maxPerTopUp, policy.day.count, policy.day.minorUnits,
      policy.month.count, policy.month.minorUnits, policy.timeZone, policy.rearmMargin,
      policy.cooldown, policy.lowCooldown, policy.minRunway, policy.slippageBasisPoints,
      policy.hold.newCard, policy.hold.risk, policy.hold.riskSpan, policy.remainder, policy.debt,
      policy.arriveBeforeEmpty, policy.updated)
    for (rank, card) in policy.cards.enumerated() {
      try connection.run(
        "INSERT INTO policy_card (account, version, rank, card) VALUES (?, ?, ?, ?)",
        account, policy.version, rank, card)
    }
    for (rank, line) in policy.schedules.enumerated() {
      guard line.amount.currency == policy.currency else {
        return .forbidden("a policy charges in one currency")
      }
      try connection.run(
        """
        INSERT INTO policy_schedule (account, version, rank, day_of_month, minute_of_day,
          minor_units, since)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        account, policy.version, rank, line.dayOfMonth, line.minuteOfDay, line.amount.minorUnits,
        line.since)
    }
    return nil
  }

  /// Whoever read another rule than this decides anew.
  func hold(_ key: AccountKey, _ version: Int64) throws(SQLiteError) -> Conflict? {
    let known = try connection.first(
      "SELECT policy_version FROM account WHERE name = ?", key.name
    ) { row throws(SQLiteError) in try row.int() }
    return known ?? 0 == version ? nil : .changed("policy of \(key.name)")
  }

  func answerClaim(_ key: AccountKey) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      UPDATE evaluation SET unbilled = ?1, burn_per_era = ?1
      WHERE account = ?2 AND severity IS NOT NULL
      """, Int128(0), try number(of: key))
    return nil
  }

  /// Each call raises the generation, also one without a claim: what it is for, such as a changed
  /// policy, came after the reading of a look that is under way.
  func evaluate(
    _ key: AccountKey, _ due: UnixTime?, _ claim: LowBalanceClaim?
  ) throws(SQLiteError) -> Conflict? {
    let account = try number(of: key)
    let known = try connection.evaluation(account)
    var merged = known?.claim ?? claim
    if known?.claim != nil, let claim { merged?.fold(claim) }
    let earliest = [known?.due, due].compactMap(\.self).min()
    guard let known else {
      try connection.run(
        """
        INSERT INTO evaluation (account, due, generation, severity, unbilled, burn_per_era, events,
          severity_seen)
        VALUES (?, ?, 1, ?, ?, ?, ?, ?)
        """,
        account, earliest, merged?.severity.rawValue, merged?.unbilled, merged?.burnPerEra,
        merged?.events, merged?.severitySeen)
      return nil
    }
    // What only folds is most of what comes, and moves nothing in the index of what is due.
    if earliest != known.due {
      try connection.run("UPDATE evaluation SET due = ? WHERE account = ?", earliest, account)
    }
    try connection.run(
      """
      UPDATE evaluation SET generation = generation + 1, severity = ?, unbilled = ?,
        burn_per_era = ?, events = ?, severity_seen = ?
      WHERE account = ?
      """,
      merged?.severity.rawValue, merged?.unbilled, merged?.burnPerEra, merged?.events,
      merged?.severitySeen, account)
    return nil
  }

  func evaluated(
    _ key: AccountKey, _ generation: Int64, _ next: UnixTime?, _ counted: Int64,
    _ answersClaim: Bool
  ) throws(SQLiteError) -> Conflict? {
    var known = accounts[key]
    if known == nil { known = try connection.knownAccountNumber(key.name) }
    guard let account = known else { return .missing("account \(key.name)") }
    // Where the generation has risen, what came in stays, and with it the account's turn. What was
    // counted is counted in any case: each event is in one decision (invariant 5).
    try connection.run(
      """
      UPDATE evaluation SET due = CASE WHEN generation = ?2 THEN ?3 ELSE due END,
        events = max(events - ?4, 0)
      WHERE account = ?1
      """, account, generation, next, counted)
    guard answersClaim else { return nil }
    try connection.run(
      """
      UPDATE evaluation SET severity = NULL, unbilled = NULL, burn_per_era = NULL, events = NULL,
        severity_seen = NULL
      WHERE account = ? AND generation = ?
      """, account, generation)
    return nil
  }

  func record(_ decision: StoredDecision) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      INSERT INTO decision (account, at, top_up, skip, explanation, effective, block,
        policy_version, episode, events, input, outcome)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      try number(of: decision.account), decision.at, decision.topUp, decision.skip,
      decision.explanation, decision.effective, decision.block, decision.policyVersion,
      decision.episode, decision.events, decision.record?.input, decision.record?.outcome)
    return nil
  }
}
