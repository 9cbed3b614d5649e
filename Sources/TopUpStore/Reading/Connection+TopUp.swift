internal import TopUpCore

extension Connection {
  /// A whole top-up by its row number: its row, and its legs from their tables.
  func topUp(_ number: Int64) throws(SQLiteError) -> TopUp? {
    let cards = try all(
      """
      SELECT card, customer, fingerprint, brand, last4, proven_since FROM top_up_card
      WHERE top_up = ? ORDER BY rank
      """, number
    ) { row throws(SQLiteError) in try row.cardReference() }
    let found = try first(
      """
      SELECT t.id, a.name, p.tenant, p.user, t.trigger, t.episode, t.amount, t.currency, t.fee,
        t.tax, t.debt_part, t.credits, t.on_session, t.policy_version, t.slippage_basis_points,
        t.hold_new_card, t.hold_risk, t.hold_risk_span, t.remainder, t.description, t.created,
        q.id, q.rate_nano, q.currency, q.gross, q.fee, q.net, q.tokens, q.created,
        q.expires, t.state, t.version, t.charged, t.absorbed, t.delivered, t.fee_taken,
        t.tax_taken, t.repaid, t.refunded, t.disputed, t.held, t.lost, t.next_check, t.looks, t.updated,
        t.stands_since, t.resumed, t.accepted_tokens, t.word_tokens, t.is_reopened, t.is_refund_wished,
        t.is_refund_ordered,
        t.is_put_off,
        t.hold_cause, t.hold_level, t.hold_since, t.hold_until, t.hold_phase, t.review_reason,
        t.review_resume,
        t.review_offer
      FROM top_up t JOIN account a ON a.number = t.account JOIN payer p ON p.number = t.payer
        LEFT JOIN quote q ON q.top_up = t.number AND q.number = 0
      WHERE t.number = ?
      """, number
    ) { row throws(SQLiteError) in try row.topUp(cards: cards) }
    guard var topUp = found else { return nil }
    topUp.attempts = try attempts(of: number)
    topUp.orders = try orders(of: number)
    topUp.refunds = try all(
      "SELECT number, amount, currency, phase, id FROM refund WHERE top_up = ? ORDER BY number",
      number
    ) { row throws(SQLiteError) in try row.refund() }
    topUp.reversals = try all(
      """
      SELECT id, kind, rank, from_held, advanced, beyond, forgiven FROM reversal
      WHERE top_up = ? ORDER BY id
      """, number
    ) { row throws(SQLiteError) in
      Reversal(
        id: try row.text(), kind: try row.choice(), rank: try row.int(), fromHeld: try row.int(),
        advanced: try row.int(), beyond: try row.int(), forgiven: try row.int())
    }
    return topUp
  }

  /// What persons want done with a top-up as it is at a version.
  func proposals(_ id: TopUpID, _ version: Int64) throws(SQLiteError) -> [ReviewProposal] {
    try all(
      """
      SELECT p.verb, p.actor, p.caller, p.reason, p.at FROM review_proposal p
        JOIN top_up t ON t.number = p.top_up
      WHERE t.id = ? AND p.version = ? ORDER BY p.at, p.verb
      """, id, version
    ) { row throws(SQLiteError) in
      ReviewProposal(
        topUp: id, version: version, verb: try row.text(), actor: try row.text(),
        caller: try row.optionalText(), reason: try row.text(), at: try row.time())
    }
  }

  private func attempts(of topUp: Int64) throws(SQLiteError) -> [ChargeAttempt] {
    try all(
      """
      SELECT number, card, customer, fingerprint, brand, last4, proven_since, started, paid, phase,
        intent, charge,
        decline_code, decline_decline_code, decline_advice_code, decline_network_code,
        decline_message, decline_charge
      FROM attempt WHERE top_up = ? ORDER BY number
      """, topUp
    ) { row throws(SQLiteError) in try row.attempt() }
  }

  private func orders(of topUp: Int64) throws(SQLiteError) -> [DepositOrder] {
    try all(
      """
      SELECT o.number, o.client_id, o.created, o.phase, o.is_finalized, o.seen_state, o.seen_version,
        o.seen_ordered, o.seen_credited, o.seen_skim, o.seen_reason, o.seen_funds_moved,
        o.seen_updated, o.extrinsic_hash, o.block_hash, o.block_number, o.event_index,
        q.id, q.rate_nano, q.currency, q.gross, q.fee, q.net, q.tokens, q.created, q.expires
      FROM deposit_order o JOIN quote q ON q.top_up = o.top_up AND q.number = o.number
      WHERE o.top_up = ? ORDER BY o.number
      """, topUp
    ) { row throws(SQLiteError) in try row.order() }
  }
}

extension Row {
  fileprivate mutating func topUp(cards: [CardReference]) throws(SQLiteError) -> TopUp {
    var topUp = try decided(cards: cards)
    topUp.state = try choice()
    topUp.version = try int()
    topUp.books = try books()
    topUp.nextCheck = try optionalTime()
    topUp.looks = try small()
    topUp.updated = try time()
    topUp.standsSince = try time()
    topUp.resumed = try optionalTime()
    topUp.acceptedTokens = try optional { row throws(SQLiteError) in try row.planck() }
    topUp.wordTokens = try optional { row throws(SQLiteError) in try row.planck() }
    topUp.isReopened = try bool()
    topUp.isRefundWished = try bool()
    topUp.isRefundOrdered = try bool()
    topUp.isPutOff = try bool()
    topUp.hold = try hold()
    if let reason = try optionalText() {
      topUp.review = TopUp.Review(
        reason: reason, resume: try choice(),
        offer: try optional { row throws(SQLiteError) in try row.planck() })
    }
    return topUp
  }

  /// What was decided, and never changes.
  private mutating func decided(cards: [CardReference]) throws(SQLiteError) -> TopUp {
    let id: TopUpID = try id()
    let account = try accountKey()
    let payer = try payer()
    let trigger: Trigger = try choice()
    let episode = try optionalInt()
    let amount = try money()
    let fee = try int()
    let tax = try int()
    let debtPart = try int()
    let credits = try optionalAmount()
    let onSession = try bool()
    let policyVersion = try int()
    let slippage = try int()
    let holdRule = try holdRule()
    let remainder: RemainderRule = try choice()
    let description = try text()
    let created = try time()
    var quote: Quote?
    if isNull { skip(9) } else { quote = try self.quote() }
    return TopUp(
      id: id, account: account, payer: payer, trigger: trigger, episode: episode, amount: amount,
      fee: fee, tax: tax, quote: quote, credits: credits, onSession: onSession,
      policyVersion: policyVersion, slippageBasisPoints: slippage, cards: cards,
      description: description, created: created, holdRule: holdRule,
      remainder: remainder, debtPart: debtPart)
  }

  private mutating func hold() throws(SQLiteError) -> DepositHold? {
    guard !isNull else {
      skip(5)
      return nil
    }
    return DepositHold(
      cause: try choice(),
      risk: try optional { row throws(SQLiteError) in try row.choice() }, since: try time(),
      until: try optionalTime(), phase: try choice())
  }
}
