internal import TopUpCore

extension Changes {
  func put(_ payer: Payer, _ customer: CustomerID) throws(SQLiteError) -> Conflict? {
    let number = try connection.payerNumber(payer)
    let changed = try connection.run(
      "UPDATE payer SET customer = ?1 WHERE number = ?2 AND ifnull(customer, ?1) = ?1",
      customer, number)
    return changed == 1 ? nil : .changed("customer of \(payer.tenant)/\(payer.user)")
  }

  /// A new card goes in at its rank, and those from there on move down; a known one is brought up
  /// to date where it is: its payer may have ordered the cards since it was read. The card stays its
  /// payer's. One that was removed stays removed: the processor
  /// attaches none again, and what it said of it before is old.
  func put(_ card: StoredCard) throws(SQLiteError) -> Conflict? {
    let payer = try connection.payerNumber(card.payer)
    let snapshot = card.card
    let wasRemoved = try connection.first(
      "SELECT 1 FROM card_removed WHERE id = ?", snapshot.id
    ) { _ in true }
    if wasRemoved != nil { return .changed("card \(snapshot.id)") }
    try clearBreakers(correctedBy: snapshot, of: payer)
    let known = try connection.first("SELECT 1 FROM card WHERE id = ?", snapshot.id) { _ in true }
    let put = try connection.run(
      """
      INSERT INTO card (id, payer, rank, added, customer, brand, last4, expiry_month, expiry_year,
        funding, country, fingerprint)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, brand = excluded.brand,
        last4 = excluded.last4, expiry_month = excluded.expiry_month,
        expiry_year = excluded.expiry_year, funding = excluded.funding,
        country = excluded.country, fingerprint = excluded.fingerprint
        WHERE payer = excluded.payer
      """,
      snapshot.id, payer, card.rank, card.added, snapshot.customer, snapshot.brand,
      snapshot.last4, snapshot.expiryMonth, snapshot.expiryYear, snapshot.funding,
      snapshot.country, snapshot.fingerprint)
    guard put == 1 else { return .forbidden("card \(snapshot.id) is another payer's") }
    guard known == nil else { return nil }
    var ids = try cards(of: payer).filter { $0 != snapshot.id }
    ids.insert(snapshot.id, at: min(max(card.rank, 0), ids.count))
    try rank(ids)
    return nil
  }

  func makeFirst(_ id: PaymentMethodID) throws(SQLiteError) -> Conflict? {
    let payer = try connection.first("SELECT payer FROM card WHERE id = ?", id) {
      row throws(SQLiteError) in try row.int()
    }
    guard let payer else { return .missing("card \(id)") }
    try rank([id] + cards(of: payer).filter { $0 != id })
    return nil
  }

  func removeCard(_ id: PaymentMethodID) throws(SQLiteError) -> Conflict? {
    let payer = try connection.first("SELECT payer FROM card WHERE id = ?", id) {
      row throws(SQLiteError) in try row.int()
    }
    guard let payer else { return .missing("card \(id)") }
    try connection.run("DELETE FROM card WHERE id = ?", id)
    try connection.run("INSERT INTO card_removed (id, at) VALUES (?, ?)", id, now)
    try rank(try cards(of: payer))
    return nil
  }

  /// - Returns: a conflict unless exactly the payer's cards are named, each once.
  func orderCards(_ payer: Payer, _ ids: [PaymentMethodID]) throws(SQLiteError) -> Conflict? {
    let number = try connection.payerNumber(payer)
    let known = try cards(of: number)
    if let stranger = ids.first(where: { !known.contains($0) }) {
      return .missing("card \(stranger)")
    }
    guard ids.count == known.count, Set(ids).count == ids.count else {
      return .changed("cards of \(payer.tenant)/\(payer.user)")
    }
    try rank(ids)
    return nil
  }

  private func cards(of payer: Int64) throws(SQLiteError) -> [PaymentMethodID] {
    try connection.all("SELECT id FROM card WHERE payer = ? ORDER BY rank, added, id", payer) {
      row throws(SQLiteError) in try row.id()
    }
  }

  private func rank(_ ids: [PaymentMethodID]) throws(SQLiteError) {
    for (rank, id) in ids.enumerated() {
      try connection.run("UPDATE card SET rank = ?1 WHERE id = ?2 AND rank <> ?1", rank, id)
    }
  }

  func put(_ setup: StoredSetup) throws(SQLiteError) -> Conflict? {
    let payer = try connection.payerNumber(setup.payer)
    let put = try connection.run(
      """
      INSERT INTO card_setup (id, payer, make_default) VALUES (?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET make_default = excluded.make_default
        WHERE payer = excluded.payer
      """, setup.id, payer, setup.makeDefault)
    return put == 1 ? nil : .forbidden("set-up \(setup.id) is another payer's")
  }

  /// A later agreement ends the one before it.
  func put(_ payer: Payer, _ consent: Consent) throws(SQLiteError) -> Conflict? {
    let number = try connection.payerNumber(payer)
    try endConsent(number, actor: consent.actor)
    // What is decided meanwhile was decided by the consent before (invariants 6, 46).
    try connection.run(
      """
      UPDATE account SET version = account.version + 1
      FROM policy p WHERE p.payer = ? AND account.number = p.account
        AND account.policy_version = p.version
      """, number)
    try connection.run(
      """
      INSERT INTO consent (payer, text_version, agreed, charge_max, charge_max_currency, month_max,
        month_max_currency, actor)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      number, consent.textVersion, consent.agreed, consent.maxPerCharge?.minorUnits,
      consent.maxPerCharge?.currency, consent.maxPerMonth?.minorUnits,
      consent.maxPerMonth?.currency, consent.actor)
    return nil
  }

  /// Whoever read another agreement than this decides anew.
  func hold(_ payer: Payer, _ consent: Consent?) throws(SQLiteError) -> Conflict? {
    var found: Consent?
    if let number = try connection.knownPayerNumber(payer) {
      found = try connection.consent(of: number)
    }
    return found == consent ? nil : .changed("consent of \(payer.tenant)/\(payer.user)")
  }

  func withdrawConsent(_ payer: Payer, _ actor: String) throws(SQLiteError) -> Conflict? {
    try endConsent(try connection.payerNumber(payer), actor: actor)
    return nil
  }

  private func endConsent(_ payer: Int64, actor: String) throws(SQLiteError) {
    try connection.run(
      "UPDATE consent SET ended = ?, ended_by = ? WHERE payer = ? AND ended IS NULL",
      now, actor, payer)
  }

  /// One that is open stays open, with its first reason.
  func openBreaker(
    _ key: AccountKey, _ fingerprint: String, _ reason: String, _ awaitsCorrection: Bool
  ) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      INSERT INTO breaker (account, fingerprint, opened, reason, awaits_correction)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (account, fingerprint) WHERE cleared IS NULL
        DO UPDATE SET awaits_correction = min(awaits_correction, excluded.awaits_correction)
      """, try number(of: key), fingerprint, now, reason, awaitsCorrection)
    return nil
  }

  /// Data that are typed in anew, or that the bank has renewed (invariant 18): for the accounts that
  /// this payer pays for, by their rule or else lately, and not for another's who has the same card
  /// with the old data.
  private func clearBreakers(
    correctedBy card: CardSnapshot, of payer: Int64
  ) throws(SQLiteError) {
    try connection.run(
      """
      UPDATE breaker SET cleared = ?1, cleared_by = 'corrected card data'
      WHERE fingerprint = ?2 AND cleared IS NULL AND awaits_correction = 1 AND NOT EXISTS (
        SELECT 1 FROM card WHERE id = ?3 AND expiry_month = ?4 AND expiry_year = ?5)
        AND ?6 = coalesce(
          (SELECT p.payer FROM account a JOIN policy p
             ON p.account = a.number AND p.version = a.policy_version
           WHERE a.number = breaker.account),
          (SELECT t.payer FROM top_up t WHERE t.account = breaker.account
           ORDER BY t.number DESC LIMIT 1))
      """, now, card.fingerprint, card.id, card.expiryMonth, card.expiryYear, payer)
  }

  func clearBreaker(
    _ key: AccountKey, _ fingerprint: String, _ actor: String
  ) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      UPDATE breaker SET cleared = ?, cleared_by = ?
      WHERE account = ? AND fingerprint = ? AND cleared IS NULL
      """, now, actor, try number(of: key), fingerprint)
    return nil
  }
}
