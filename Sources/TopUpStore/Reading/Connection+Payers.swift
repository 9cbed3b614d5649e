internal import TopUpCore

extension Connection {
  func payer(_ payer: Payer) throws(SQLiteError) -> StoredPayer {
    let found = try first(
      "SELECT number, customer FROM payer WHERE tenant = ? AND user = ?", payer.tenant, payer.user
    ) { row throws(SQLiteError) in
      (
        number: try row.int(),
        customer: try row.optional { row throws(SQLiteError) in try row.id(CustomerID.self) }
      )
    }
    guard let found else { return StoredPayer(customer: nil, cards: [], consent: nil) }
    let cards = try all(
      """
      SELECT rank, added, id, customer, brand, last4, expiry_month, expiry_year, funding, country,
        fingerprint
      FROM card WHERE payer = ? ORDER BY rank
      """, found.number
    ) { row throws(SQLiteError) in try row.card(of: payer) }
    return StoredPayer(
      customer: found.customer, cards: cards, consent: try consent(of: found.number))
  }

  /// What the payer with a row's number agrees to now.
  func consent(of payer: Int64) throws(SQLiteError) -> Consent? {
    try first(
      """
      SELECT text_version, agreed, actor, charge_max, charge_max_currency, month_max,
        month_max_currency
      FROM consent WHERE payer = ? AND ended IS NULL
      """, payer
    ) { row throws(SQLiteError) in try row.consent() }
  }

  func card(_ id: PaymentMethodID) throws(SQLiteError) -> StoredCard? {
    try first(
      """
      SELECT p.tenant, p.user, c.rank, c.added, c.id, c.customer, c.brand, c.last4,
        c.expiry_month, c.expiry_year, c.funding, c.country, c.fingerprint
      FROM card c JOIN payer p ON p.number = c.payer WHERE c.id = ?
      """, id
    ) { row throws(SQLiteError) in
      let payer = try row.payer()
      return try row.card(of: payer)
    }
  }

  func setup(_ id: SetupIntentID) throws(SQLiteError) -> StoredSetup? {
    try first(
      """
      SELECT p.tenant, p.user, s.make_default FROM card_setup s JOIN payer p ON p.number = s.payer
      WHERE s.id = ?
      """, id
    ) { row throws(SQLiteError) in
      StoredSetup(id: id, payer: try row.payer(), makeDefault: try row.bool())
    }
  }

  func attempts(
    _ fingerprint: String, _ through: UnixTime, _ limit: Int
  ) throws(SQLiteError) -> [UnixTime] {
    try all(
      """
      SELECT started FROM attempt WHERE fingerprint = ? AND started <= ?
        AND (intent IS NOT NULL OR phase <> 'dead')
      ORDER BY started DESC LIMIT ?
      """, fingerprint, through, limit
    ) { row throws(SQLiteError) in try row.time() }
  }
}

extension Row {
  /// `rank, added, id, customer, brand, last4, expiry_month, expiry_year, funding, country,
  /// fingerprint`
  fileprivate mutating func card(of payer: Payer) throws(SQLiteError) -> StoredCard {
    let rank = try small()
    let added = try time()
    let card = CardSnapshot(
      id: try id(), customer: try optional { row throws(SQLiteError) in try row.id() },
      brand: try text(), last4: try text(), expiryMonth: try small(), expiryYear: try small(),
      funding: try text(), country: try text(), fingerprint: try text())
    return StoredCard(payer: payer, card: card, rank: rank, added: added)
  }

  fileprivate mutating func consent() throws(SQLiteError) -> Consent {
    let textVersion = try text()
    let agreed = try time()
    let actor = try text()
    return Consent(
      textVersion: textVersion, agreed: agreed, maxPerCharge: try optionalMoney(),
      maxPerMonth: try optionalMoney(), actor: actor)
  }

  private mutating func optionalMoney() throws(SQLiteError) -> Money? {
    guard !isNull else {
      skip(2)
      return nil
    }
    return try money()
  }
}
