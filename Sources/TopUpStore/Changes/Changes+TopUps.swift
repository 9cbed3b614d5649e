internal import TopUpCore

extension Changes {
  func begin(_ topUp: TopUp, _ cause: String) throws(SQLiteError) -> Conflict? {
    let account = try number(of: topUp.account)
    let payer = try connection.payerNumber(topUp.payer)
    try connection.run(
      """
      INSERT INTO top_up (id, account, payer, trigger, is_automatic, episode, currency, amount,
        fee, tax, debt_part, credits, on_session, policy_version, slippage_basis_points, hold_new_card,
        hold_risk, hold_risk_span, remainder, description, created, state, is_terminal, version, charged, absorbed, delivered, fee_taken, tax_taken, repaid, refunded,
        disputed, held, lost, next_check, looks, review_reason, review_resume, updated,
        stands_since, claimed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      topUp.id, account, payer, topUp.trigger, topUp.trigger.isAutomatic, topUp.episode,
      topUp.amount.currency, topUp.amount.minorUnits, topUp.fee, topUp.tax, topUp.debtPart,
      topUp.credits,
      topUp.onSession, topUp.policyVersion, topUp.slippageBasisPoints, topUp.holdRule.newCard,
      topUp.holdRule.risk, topUp.holdRule.riskSpan, topUp.remainder, topUp.description,
      topUp.created, topUp.state, topUp.state.isTerminal, topUp.version, topUp.books.charged,
      topUp.books.absorbed, topUp.books.delivered, topUp.books.fee, topUp.books.tax,
      topUp.books.repaid, topUp.books.refunded, topUp.books.disputed, topUp.books.held,
      topUp.books.lost,
      topUp.nextCheck, topUp.looks, topUp.review?.reason, topUp.review?.resume, topUp.updated,
      topUp.standsSince, topUp.claim)
    let number = connection.lastRow
    for (rank, card) in topUp.cards.enumerated() {
      try connection.run(
        """
        INSERT INTO top_up_card (top_up, rank, card, customer, fingerprint, brand, last4,
          proven_since)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        number, rank, card.id, card.customer, card.fingerprint, card.brand, card.last4,
        card.provenSince)
    }
    if let quote = topUp.quote, let conflict = try put(quote, of: number, 0) { return conflict }
    if let conflict = try putLegs(of: topUp, number) { return conflict }
    try record(number, topUp, cause)
    return nil
  }

  func move(_ topUp: TopUp, _ cause: String) throws(SQLiteError) -> Conflict? {
    let changed = try connection.run(
      """
      UPDATE top_up SET state = ?, is_terminal = ?, version = ?, charged = ?, absorbed = ?,
        delivered = ?, fee_taken = ?, tax_taken = ?, repaid = ?, refunded = ?, disputed = ?, held = ?, lost = ?,
        next_check = ?, looks = ?, review_reason = ?, review_resume = ?, review_offer = ?,
        resumed = ?, accepted_tokens = ?, word_tokens = ?, hold_cause = ?, hold_level = ?, hold_since = ?,
        hold_until = ?, hold_phase = ?, is_reopened = ?, updated = ?, stands_since = ?,
        claimed = ?, is_refund_wished = ?, is_refund_ordered = ?, is_put_off = ?
      WHERE id = ? AND version = ?
      """,
      topUp.state, topUp.state.isTerminal, topUp.version, topUp.books.charged,
      topUp.books.absorbed, topUp.books.delivered, topUp.books.fee, topUp.books.tax,
      topUp.books.repaid, topUp.books.refunded, topUp.books.disputed, topUp.books.held,
      topUp.books.lost,
      topUp.nextCheck, topUp.looks, topUp.review?.reason, topUp.review?.resume,
      topUp.review?.offer, topUp.resumed, topUp.acceptedTokens, topUp.wordTokens, topUp.hold?.cause,
      topUp.hold?.risk, topUp.hold?.since, topUp.hold?.until, topUp.hold?.phase,
      topUp.isReopened, topUp.updated, topUp.standsSince, topUp.claim, topUp.isRefundWished,
      topUp.isRefundOrdered, topUp.isPutOff, topUp.id, topUp.version &- 1)
    guard let number = try connection.topUpNumber(topUp.id) else {
      return .missing("top-up \(topUp.id)")
    }
    guard changed == 1 else { return .changed("top-up \(topUp.id)") }
    if let conflict = try putLegs(of: topUp, number) { return conflict }
    try record(number, topUp, cause)
    return nil
  }

  /// From where the row was: what a worker took it for after a restart is no fact (invariant 15).
  private func record(
    _ number: Int64, _ topUp: TopUp, _ cause: String
  ) throws(SQLiteError) {
    try connection.run(
      """
      INSERT INTO transition (top_up, version, from_state, to_state, cause, at)
      VALUES (?1, ?2, (SELECT to_state FROM transition WHERE top_up = ?1 AND version = ?2 - 1),
        ?3, ?4, ?5)
      """,
      number, topUp.version, topUp.state, cause, now)
  }

  private func putLegs(of topUp: TopUp, _ number: Int64) throws(SQLiteError) -> Conflict? {
    for attempt in topUp.attempts { try put(attempt, of: number) }
    for order in topUp.orders {
      if let conflict = try put(order, of: topUp.id, number) { return conflict }
    }
    for refund in topUp.refunds { try put(refund, of: number) }
    for reversal in topUp.reversals { try put(reversal, of: number) }
    return nil
  }

  private func put(_ attempt: ChargeAttempt, of topUp: Int64) throws(SQLiteError) {
    try connection.run(
      """
      INSERT INTO attempt (top_up, number, card, customer, fingerprint, brand, last4,
        proven_since, started, paid, phase, intent, charge, decline_code, decline_decline_code, decline_advice_code,
        decline_network_code, decline_message, decline_charge)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (top_up, number) DO UPDATE SET paid = excluded.paid,
        phase = excluded.phase, intent = excluded.intent,
        charge = excluded.charge, decline_code = excluded.decline_code,
        decline_decline_code = excluded.decline_decline_code,
        decline_advice_code = excluded.decline_advice_code,
        decline_network_code = excluded.decline_network_code,
        decline_message = excluded.decline_message, decline_charge = excluded.decline_charge
      """,
      topUp, attempt.number, attempt.card.id, attempt.card.customer, attempt.card.fingerprint,
      attempt.card.brand, attempt.card.last4, attempt.card.provenSince, attempt.started,
      attempt.paid, attempt.phase, attempt.intent,
      attempt.charge, attempt.decline?.code, attempt.decline?.declineCode,
      attempt.decline?.adviceCode, attempt.decline?.networkDeclineCode, attempt.decline?.message,
      attempt.decline?.charge)
  }

  private func put(
    _ order: DepositOrder, of id: TopUpID, _ topUp: Int64
  ) throws(SQLiteError) -> Conflict? {
    let client = ClientOrderID(id, number: order.number)
    if let seen = order.seen, seen.id != client {
      return .forbidden("order \(seen.id) is not \(client)")
    }
    let seen = order.seen
    try connection.run(
      """
      INSERT INTO deposit_order (top_up, number, client_id, created, phase, is_finalized,
        seen_state, seen_version, seen_ordered, seen_credited, seen_skim, seen_reason, seen_funds_moved,
        seen_updated, extrinsic_hash, block_hash, block_number, event_index)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (top_up, number) DO UPDATE SET phase = excluded.phase,
        is_finalized = excluded.is_finalized, seen_state = excluded.seen_state, seen_version = excluded.seen_version,
        seen_ordered = excluded.seen_ordered, seen_credited = excluded.seen_credited,
        seen_skim = excluded.seen_skim, seen_reason = excluded.seen_reason,
        seen_funds_moved = excluded.seen_funds_moved, seen_updated = excluded.seen_updated,
        extrinsic_hash = excluded.extrinsic_hash, block_hash = excluded.block_hash,
        block_number = excluded.block_number, event_index = excluded.event_index
      """,
      topUp, order.number, client, order.created, order.phase, order.isFinalized,
      seen?.state.name, seen?.version, seen?.ordered, seen?.credited, seen?.existentialSkim,
      seen?.reason, seen?.fundsMoved,
      seen?.updated, seen?.evidence?.extrinsicHash, seen?.evidence?.blockHash,
      seen?.evidence?.blockNumber, seen?.evidence.map { Int64($0.eventIndex) })
    return try put(order.quote, of: topUp, order.number)
  }

  /// A quote stays as it was pinned: another under its number is refused.
  private func put(
    _ quote: Quote, of topUp: Int64, _ number: Int
  ) throws(SQLiteError) -> Conflict? {
    let currency = quote.gross.currency
    guard quote.fee.currency == currency, quote.net.currency == currency else {
      return .forbidden("quote \(quote.id) is in several currencies")
    }
    let added = try connection.run(
      """
      INSERT INTO quote (top_up, number, id, rate_nano, currency, gross, fee, net, tokens, created,
        expires)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (top_up, number) DO NOTHING
      """,
      topUp, number, quote.id, quote.rateNano, currency, quote.gross.minorUnits,
      quote.fee.minorUnits, quote.net.minorUnits, quote.tokens, quote.created, quote.expires)
    if added == 1 { return nil }
    let pinned = try connection.first(
      """
      SELECT id, rate_nano, currency, gross, fee, net, tokens, created, expires FROM quote
      WHERE top_up = ? AND number = ?
      """, topUp, number
    ) { row throws(SQLiteError) in try row.quote() }
    return pinned == quote ? nil : .forbidden("order \(number) keeps its quote (invariant 28)")
  }

  private func put(_ reversal: Reversal, of topUp: Int64) throws(SQLiteError) {
    try connection.run(
      """
      INSERT INTO reversal (top_up, id, kind, rank, from_held, advanced, beyond, forgiven)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (top_up, id) DO UPDATE SET rank = excluded.rank,
        from_held = excluded.from_held, advanced = excluded.advanced, beyond = excluded.beyond,
        forgiven = excluded.forgiven
      """,
      topUp, reversal.id, reversal.kind, reversal.rank, reversal.fromHeld, reversal.advanced,
      reversal.beyond, reversal.forgiven)
  }

  private func put(_ refund: RefundAttempt, of topUp: Int64) throws(SQLiteError) {
    try connection.run(
      """
      INSERT INTO refund (top_up, number, amount, currency, phase, id) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (top_up, number) DO UPDATE SET phase = excluded.phase, id = excluded.id
      """,
      topUp, refund.number, refund.amount.minorUnits, refund.amount.currency, refund.phase,
      refund.refund)
  }
}

extension RampOrder.State {
  /// Its name in the store; a state this version does not know keeps the ramp's word.
  var name: String {
    switch self {
    case .accepted: "accepted"
    case .submitted: "submitted"
    case .inBlock: "inBlock"
    case .completed: "completed"
    case .onHold: "onHold"
    case .partial: "partial"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .expired: "expired"
    case .returned: "returned"
    case .unrecognised(let word): "?\(word)"
    }
  }

  init?(name: String) {
    switch name {
    case "accepted": self = .accepted
    case "submitted": self = .submitted
    case "inBlock": self = .inBlock
    case "completed": self = .completed
    case "onHold": self = .onHold
    case "partial": self = .partial
    case "failed": self = .failed
    case "cancelled": self = .cancelled
    case "expired": self = .expired
    case "returned": self = .returned
    case let word where word.hasPrefix("?"): self = .unrecognised(String(word.dropFirst()))
    default: return nil
    }
  }
}

extension TopUp {
  /// Nil where nothing is claimed, so that those that claim are few to read.
  fileprivate var claim: Planck? { claimedTokens > .zero ? claimedTokens : nil }
}
