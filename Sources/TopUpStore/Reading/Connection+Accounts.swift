internal import TopUpCore

extension Connection {
  /// An account nobody has heard of is one in its first state.
  func account(_ key: AccountKey) throws(SQLiteError) -> StoredAccount {
    let found = try first(
      """
      SELECT number, policy_version, version, episode, is_armed, episode_top_ups,
        episode_declines, last_credit_height, last_credited, last_finished, back_off_until,
        reading_active, reading_total, reading_exists, reading_block, reading_hash,
        reading_at,
        EXISTS (SELECT 1 FROM shadow_policy s WHERE s.account = number AND s.rule IS NOT NULL),
        EXISTS (SELECT 1 FROM account_block b
          WHERE b.account = account.number AND b.ended IS NULL)
      FROM account WHERE name = ?
      """, key.name
    ) { row throws(SQLiteError) in
      (
        number: try row.int(), policy: try row.int(), state: try row.accountState(),
        hasShadow: try row.bool(), isBlocked: try row.bool()
      )
    }
    guard var found else {
      return StoredAccount(policy: nil, state: AccountState(), claim: nil, evaluation: nil)
    }
    if found.isBlocked { found.state.blocks = try blocks(of: found.number) }
    let known = try self.evaluation(found.number)
    var evaluation: Evaluation?
    if let known, let due = known.due {
      evaluation = Evaluation(due: due, claim: known.claim, generation: known.generation)
    }
    let policy = found.policy == 0 ? nil : try policy(key, found.number, found.policy)
    var shadow: ShadowPolicy?
    if found.hasShadow { shadow = try? self.shadow(of: key)?.shadow }
    return StoredAccount(
      policy: policy, state: found.state, claim: known?.claim, evaluation: evaluation,
      shadow: shadow)
  }

  /// An account's look; without a time it waits for nothing, and only its generation counts.
  func evaluation(
    _ account: Int64
  ) throws(SQLiteError) -> (due: UnixTime?, claim: LowBalanceClaim?, generation: Int64)? {
    try first(
      """
      SELECT due, generation, severity, unbilled, burn_per_era, events, severity_seen
      FROM evaluation WHERE account = ?
      """, account
    ) { row throws(SQLiteError) in
      let due = try row.optionalTime()
      let generation = try row.int()
      return (due: due, claim: try row.claim(), generation: generation)
    }
  }

  private func policy(
    _ key: AccountKey, _ account: Int64, _ version: Int64
  ) throws(SQLiteError) -> Policy? {
    let cards: [PaymentMethodID] = try all(
      "SELECT card FROM policy_card WHERE account = ? AND version = ? ORDER BY rank",
      account, version
    ) { row throws(SQLiteError) in try row.id() }
    var policy = try first(
      """
      SELECT y.tenant, y.user, p.is_enabled, p.threshold, p.currency, p.fixed_minor_units,
        p.refill_to, p.tier, p.min_per_top_up, p.max_per_top_up, p.day_count, p.day_minor_units,
        p.month_count, p.month_minor_units, p.time_zone, p.rearm_margin, p.cooldown,
        p.low_cooldown, p.min_runway, p.slippage_basis_points, p.hold_new_card, p.hold_risk,
        p.hold_risk_span, p.remainder, p.debt, p.arrive_before_empty, p.updated
      FROM policy p JOIN payer y ON y.number = p.payer WHERE p.account = ? AND p.version = ?
      """, account, version
    ) { row throws(SQLiteError) in try row.policy(key, version, cards) }
    guard let currency = policy?.currency else {
      throw .impossible("policy \(version) of \(key.name) is not there")
    }
    policy?.schedules = try schedules(account, version, currency)
    return policy
  }

  func dueEvaluations(_ now: UnixTime, _ limit: Int) throws(SQLiteError) -> [AccountKey] {
    try all(
      """
      SELECT a.name FROM evaluation e JOIN account a ON a.number = e.account
      WHERE e.due <= ? ORDER BY e.due, e.account LIMIT ?
      """, now, limit
    ) { row throws(SQLiteError) in try row.accountKey() }
  }

  func plannedLooks(
    _ last: PlannedLook?, _ horizon: UnixTime, _ limit: Int
  ) throws(SQLiteError) -> [PlannedLook] {
    try all(
      """
      SELECT a.name, e.due, e.account FROM evaluation e JOIN account a ON a.number = e.account
      WHERE (e.due, e.account) > (?, ?) AND e.due <= ? ORDER BY e.due, e.account LIMIT ?
      """, last?.due ?? UnixTime(milliseconds: .min), last?.place ?? 0, horizon, limit
    ) { row throws(SQLiteError) in
      PlannedLook(account: try row.accountKey(), due: try row.time(), place: try row.int())
    }
  }

  func nextEvaluation(after now: UnixTime) throws(SQLiteError) -> UnixTime? {
    try first("SELECT due FROM evaluation WHERE due > ? ORDER BY due LIMIT 1", now) {
      row throws(SQLiteError) in try row.time()
    }
  }

  func openBreakers(_ key: AccountKey) throws(SQLiteError) -> Set<String> {
    Set(
      try all(
        """
        SELECT b.fingerprint FROM breaker b JOIN account a ON a.number = b.account
        WHERE a.name = ? AND b.cleared IS NULL
        """, key.name
      ) { row throws(SQLiteError) in try row.text() })
  }
}

extension Row {
  fileprivate mutating func accountState() throws(SQLiteError) -> AccountState {
    let version = try int()
    let episode = AccountState.Episode(
      ordinal: try int(), isArmed: try bool(), topUps: try small(), declines: try small())
    let height = try uint64()
    let credited = try optionalTime()
    let finished = try optionalTime()
    let backOff = try optionalTime()
    return AccountState(
      episode: episode, reading: try reading(), lastCreditHeight: height, lastCredited: credited,
      lastFinished: finished, backOffUntil: backOff, version: version)
  }

  mutating func reading() throws(SQLiteError) -> KnownReading? {
    guard !isNull else {
      skip(6)
      return nil
    }
    return KnownReading(
      active: try int128(), total: try int128(), exists: try bool(),
      block: BlockReference(number: try uint64(), hash: try text()), readAt: try time())
  }

  mutating func claim() throws(SQLiteError) -> LowBalanceClaim? {
    guard !isNull else { return nil }
    guard let severity = LowBalanceClaim.Severity(rawValue: try small()) else {
      throw .impossible("an unknown severity")
    }
    return LowBalanceClaim(
      severity: severity, unbilled: try int128(), burnPerEra: try int128(), events: try int(),
      severitySeen: try time())
  }

  fileprivate mutating func policy(
    _ key: AccountKey, _ version: Int64, _ cards: [PaymentMethodID]
  ) throws(SQLiteError) -> Policy {
    let payer = try payer()
    let isEnabled = try bool()
    let threshold = try int128()
    let currency = try currency()
    let fixed = try optionalInt()
    let target = try optionalAmount()
    let tier = try optional { row throws(SQLiteError) in try row.text() }
    let amount: Policy.AmountRule =
      switch (fixed, target, tier) {
      case (let minorUnits?, nil, nil): .fixed(Money(minorUnits: minorUnits, currency))
      case (nil, let units?, nil): .refillTo(units, currency)
      case (nil, nil, let name?): .tier(name, currency)
      default: throw .impossible("a policy without an amount, or with two")
      }
    var policy = Policy(
      account: key, payer: payer, isEnabled: isEnabled, threshold: threshold, amount: amount,
      minPerTopUp: try int(), maxPerTopUp: try int(), day: try cap(), month: try cap(),
      timeZone: try text(), rearmMargin: try int128(), cooldown: try span(),
      lowCooldown: try span(),
      minRunway: try optional { row throws(SQLiteError) in try row.span() },
      slippageBasisPoints: try int(), cards: cards, version: version, updated: .max,
      hold: try holdRule())
    policy.remainder = try choice()
    policy.debt = try choice()
    policy.arriveBeforeEmpty = try optional { row throws(SQLiteError) in try row.span() }
    policy.updated = try time()
    return policy
  }

  /// `hold_new_card, hold_risk, hold_risk_span`
  mutating func holdRule() throws(SQLiteError) -> HoldRule {
    HoldRule(
      newCard: try optional { row throws(SQLiteError) in try row.span() },
      risk: try optional { row throws(SQLiteError) in try row.choice() },
      riskSpan: try optional { row throws(SQLiteError) in try row.span() })
  }

  mutating func cap() throws(SQLiteError) -> Policy.Cap {
    Policy.Cap(count: try optionalInt(), minorUnits: try optionalInt())
  }
}
