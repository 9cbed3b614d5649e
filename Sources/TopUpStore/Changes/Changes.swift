internal import TopUpCore

/// Makes the changes of one commit inside an open transaction.
///
/// A condition that does not hold is an answer, not an error: the commit is then rolled back to its
/// savepoint, and the others of its batch go on.
struct Changes {
  let connection: Connection
  let ledger: LedgerTail
  let accounts: AccountNumbers
  let now: UnixTime

  /// - Returns: the condition that did not hold, or nil when all was made.
  /// - Throws: what failed, other than a rule of the schema; the batch cannot go on then.
  func apply(_ changes: [Change]) throws(SQLiteError) -> Conflict? {
    for change in changes {
      do {
        if let conflict = try apply(change) { return conflict }
      } catch  where error.isConstraint {
        return Conflict(constraint: error.message)
      }
    }
    return nil
  }

  private func apply(_ change: Change) throws(SQLiteError) -> Conflict? {
    switch change {
    case .beginTopUp(let topUp, let cause): try begin(topUp, cause)
    case .moveTopUp(let topUp, let cause): try move(topUp, cause)
    case .reserve(let id, let windows, let minorUnits): try reserve(id, windows, minorUnits)
    case .release(let id): try release(id)
    case .post(let entry): try post(entry)
    case .holdCaps(let rule): try hold(rule)
    case .holdPolicy(let key, let version): try hold(key, version)
    case .holdConsent(let payer, let consent): try hold(payer, consent)
    case .holdHeadroom(let headroom): try hold(headroom)
    case .noteMovement(let movement): try note(movement)
    case .moveCredits(let movement): try move(movement)
    case .tell(let notice): try tell(notice)

    case .putAccount(let key, let state): try put(key, state)
    case .beginBlock(let key, let block): try begin(block, of: key)
    case .endBlock(let key, let cause, let actor, let reason):
      try end(cause, of: key, actor, reason)
    case .putPolicy(let policy, let expected): try put(policy, expected: expected)
    case .evaluate(let key, let due, let claim): try evaluate(key, due, claim)
    case .evaluated(let key, let generation, let next, let counted, let answersClaim):
      try evaluated(key, generation, next, counted, answersClaim)
    case .answerClaim(let key): try answerClaim(key)
    case .recordDecision(let decision): try record(decision)
    case .settleOccurrence(let key, let occurrence): try settle(key, occurrence)
    case .noteLeadTime(let id, let span): try noteLeadTime(id, span)
    case .evaluateSkipped(let reasons, let tenant): try evaluateSkipped(reasons, tenant)
    case .evaluatePaid(let payer): try evaluatePaid(by: payer)
    case .notePrices(let digest, let reasons): try notePrices(digest, reasons)
    case .putShadow(let shadow): try put(shadow)
    case .noteShadow(let key, let version, let difference):
      try noteShadow(key, version, difference)

    case .putCustomer(let payer, let customer): try put(payer, customer)
    case .putCard(let card): try put(card)
    case .makeFirst(let id): try makeFirst(id)
    case .removeCard(let id): try removeCard(id)
    case .orderCards(let payer, let ids): try orderCards(payer, ids)
    case .putSetup(let setup): try put(setup)
    case .putConsent(let payer, let consent): try put(payer, consent)
    case .withdrawConsent(let payer, let actor): try withdrawConsent(payer, actor)
    case .openBreaker(let key, let fingerprint, let reason, let awaitsCorrection):
      try openBreaker(key, fingerprint, reason, awaitsCorrection)
    case .clearBreaker(let key, let fingerprint, let actor):
      try clearBreaker(key, fingerprint, actor)

    case .rememberRequest(let request): try remember(request)
    case .advanceSource(let source, let from, let to): try advance(source, from, to)
    case .rememberEvent(let source, let id, let digest): try remember(source, id, digest)
    case .receiveInbox(let event): try receive(event)
    case .applyInbox(let id): try applyInbox(id)
    case .failInbox(let id, let reason, let retry): try failInbox(id, reason, retry)
    case .replayInbox(let id, let actor, let reason): try replayInbox(id, actor, reason)
    case .issueAuthentication(let link): try issue(link)
    case .redeemAuthentication(let digest): try redeemAuthentication(digest)

    case .setKillSwitch(let isOn, let actor): try setKillSwitch(isOn, actor)
    case .putCaps(let rule): try put(rule)
    case .putRamp(let standing): try put(standing)
    case .putPrice(let price): try put(price)
    case .noteOutside(let marks): try noteOutside(marks)
    case .markBehind(let reason): try markBehind(reason)
    case .settleByHand(let object, let actor): try settle(object, actor)
    case .clearBehind(let actor, let through): try clearBehind(actor, through)
    case .proposeReview(let proposal): try propose(proposal)
    case .proposeDebtRelease(let proposal): try propose(proposal)
    }
  }
}

extension Conflict {
  /// Which condition a rule of the schema held, by the message that names it.
  ///
  /// A unique index is named by its columns, a trigger by its text (sqlite3_errmsg).
  init(constraint message: String) {
    switch message {
    case "UNIQUE constraint failed: top_up.account": self = .inFlight
    case "UNIQUE constraint failed: top_up.id": self = .changed("the top-up has begun before")
    case "UNIQUE constraint failed: request.caller, request.key": self = .keyUsed
    case "UNIQUE constraint failed: reported_event.source, reported_event.id": self = .keyUsed
    default: self = .forbidden(message)
    }
  }
}

extension Changes {
  /// An account's row number; the row is made when it is not there.
  func number(of key: AccountKey) throws(SQLiteError) -> Int64 {
    if let known = accounts[key] { return known }
    let number = try connection.accountNumber(key)
    accounts[key] = number
    return number
  }
}

extension Connection {
  /// An account's row number; the row is made when it is not there.
  func accountNumber(_ key: AccountKey) throws(SQLiteError) -> Int64 {
    let name = key.name
    if let known = try knownAccountNumber(name) { return known }
    // What was lost with an older copy may be of accounts that are made anew: none gets an episode
    // that one of them had (invariant 50).
    try run(
      """
      INSERT INTO account (name, episode)
      VALUES (?, (SELECT count(*) FROM behind_cleared) * ?)
      """, name, Changes.episodesLeftOut)
    return lastRow
  }

  func knownAccountNumber(_ name: String) throws(SQLiteError) -> Int64? {
    try first("SELECT number FROM account WHERE name = ?", name) {
      row throws(SQLiteError) in try row.int()
    }
  }

  /// A payer's row number; the row is made when it is not there.
  func payerNumber(_ payer: Payer) throws(SQLiteError) -> Int64 {
    if let known = try knownPayerNumber(payer) { return known }
    try run("INSERT INTO payer (tenant, user) VALUES (?, ?)", payer.tenant, payer.user)
    return lastRow
  }

  func knownPayerNumber(_ payer: Payer) throws(SQLiteError) -> Int64? {
    try first(
      "SELECT number FROM payer WHERE tenant = ? AND user = ?", payer.tenant, payer.user
    ) { row throws(SQLiteError) in try row.int() }
  }

  func topUpNumber(_ id: TopUpID) throws(SQLiteError) -> Int64? {
    try first("SELECT number FROM top_up WHERE id = ?", id) {
      row throws(SQLiteError) in try row.int()
    }
  }
}
