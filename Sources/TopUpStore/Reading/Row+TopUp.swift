internal import TopUpCore

// The parts of a top-up as its tables hold them. Each reads the columns of its own query.

extension Row {
  mutating func money() throws(SQLiteError) -> Money {
    let minorUnits = try int()
    return Money(minorUnits: minorUnits, try currency())
  }

  /// `id, rate_nano, currency, gross, fee, net, tokens, created, expires`
  mutating func quote() throws(SQLiteError) -> Quote {
    let id: QuoteID = try id()
    let rateNano = try int()
    let currency = try currency()
    return Quote(
      id: id, rateNano: rateNano, gross: Money(minorUnits: try int(), currency),
      fee: Money(minorUnits: try int(), currency), net: Money(minorUnits: try int(), currency),
      tokens: try planck(), created: try time(), expires: try time())
  }

  /// `card, customer, fingerprint, brand, last4, proven_since`
  mutating func cardReference() throws(SQLiteError) -> CardReference {
    CardReference(
      id: try id(), customer: try id(), fingerprint: try text(), brand: try text(),
      last4: try text(), provenSince: try optionalTime())
  }

  mutating func books() throws(SQLiteError) -> Books {
    var books = Books()
    books.charged = try int()
    books.absorbed = try int()
    books.delivered = try int()
    books.fee = try int()
    books.tax = try int()
    books.repaid = try int()
    books.refunded = try int()
    books.disputed = try int()
    books.held = try int()
    books.lost = try int()
    return books
  }

  mutating func attempt() throws(SQLiteError) -> ChargeAttempt {
    let number = try small()
    let card = try cardReference()
    let started = try time()
    let paid = try optionalTime()
    return ChargeAttempt(
      number: number, card: card, phase: try choice(),
      intent: try optional { row throws(SQLiteError) in try row.id() },
      charge: try optional { row throws(SQLiteError) in try row.id() },
      decline: try decline(), started: started, paid: paid)
  }

  private mutating func decline() throws(SQLiteError) -> Decline? {
    guard !isNull else {
      skip(6)
      return nil
    }
    return Decline(
      code: try text(), declineCode: try optionalText(), adviceCode: try optionalText(),
      networkDeclineCode: try optionalText(), message: try text(),
      charge: try optional { row throws(SQLiteError) in try row.id() })
  }

  mutating func order() throws(SQLiteError) -> DepositOrder {
    let number = try small()
    let client: ClientOrderID = try id()
    let created = try time()
    let phase: DepositOrder.Phase = try choice()
    let isFinalized = try bool()
    let seen = try rampOrder(client)
    return DepositOrder(
      number: number, quote: try quote(), phase: phase, seen: seen, isFinalized: isFinalized,
      created: created)
  }

  private mutating func rampOrder(_ id: ClientOrderID) throws(SQLiteError) -> RampOrder? {
    guard !isNull else {
      skip(12)
      return nil
    }
    let name = try text()
    guard let state = RampOrder.State(name: name) else {
      throw .impossible("\(name) is no state of an order")
    }
    let version = try int()
    let ordered = try planck()
    let credited = try planck()
    let skim = try bool()
    let reason = try optionalText()
    let fundsMoved: RampOrder.FundsMoved = try choice()
    let updated = try time()
    return RampOrder(
      id: id, state: state, version: version, ordered: ordered, credited: credited,
      evidence: try evidence(), existentialSkim: skim, reason: reason, fundsMoved: fundsMoved,
      updated: updated)
  }

  private mutating func evidence() throws(SQLiteError) -> ChainEvidence? {
    guard !isNull else {
      skip(4)
      return nil
    }
    let extrinsic = try text()
    let block = try text()
    let number = try uint64()
    guard let index = UInt32(exactly: try int()) else {
      throw .impossible("an event's index is out of range")
    }
    return ChainEvidence(
      extrinsicHash: extrinsic, blockHash: block, blockNumber: number, eventIndex: index)
  }

  mutating func refund() throws(SQLiteError) -> RefundAttempt {
    RefundAttempt(
      number: try small(), amount: try money(), phase: try choice(),
      refund: try optional { row throws(SQLiteError) in try row.id() })
  }

  mutating func optionalText() throws(SQLiteError) -> String? {
    try optional { row throws(SQLiteError) in try row.text() }
  }

  mutating func optionalInt() throws(SQLiteError) -> Int64? {
    try optional { row throws(SQLiteError) in try row.int() }
  }

  mutating func optionalTime() throws(SQLiteError) -> UnixTime? {
    try optional { row throws(SQLiteError) in try row.time() }
  }

  mutating func optionalAmount() throws(SQLiteError) -> Int128? {
    try optional { row throws(SQLiteError) in try row.int128() }
  }
}
