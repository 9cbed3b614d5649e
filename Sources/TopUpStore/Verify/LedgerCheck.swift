internal import TopUpCore

/// Walks the ledger from its first entry, or from a later one, and recomputes digests, chains and
/// balances.
struct LedgerCheck {
  private struct Tail {
    var balance: Int128 = 0
    var posting: Int64?
  }

  private struct Leg {
    let number: Int64
    let account: Int64
    let prev: Int64?
    let amount: Int128
    let balanceAfter: Int128
    let name: String?
    let asset: String?
  }

  private var tails: [Int64: Tail] = [:]
  private var digest = EntryDigest.genesis
  /// What is taken as it stands: the entries up to this one.
  private let trusted: Int64

  /// - Parameter trusted: the entry after which the walk begins; 0 for the whole ledger.
  init(after trusted: Int64 = 0) { self.trusted = trusted }

  /// Checks each entry, and says of the first that breaks the chain where the break is.
  ///
  /// - Parameter isWanted: asked before each; when it says no, the walk ends there.
  mutating func run(
    _ connection: Connection, while isWanted: () -> Bool, note: (String, String) -> Void
  ) throws(SQLiteError) {
    let last = try connection.ledgerHead().position
    if trusted > 0 { digest = try storedDigest(trusted, connection) }
    var end = trusted
    while end < last {
      end += 1
      guard isWanted() else { return }
      do {
        guard try check(end, connection, note) else {
          note("entry \(end)", "is not there, though the ledger goes on to \(last)")
          return try strayPostings(from: end, connection, note)
        }
      } catch {
        note("entry \(end)", error.message)
        // The rest of the chain is checked against what this entry claims.
        digest = try storedDigest(end, connection)
      }
    }
    try strayPostings(from: end + 1, connection, note)
  }

  /// - Returns: false where there is no such entry.
  private mutating func check(
    _ position: Int64, _ connection: Connection, _ note: (String, String) -> Void
  ) throws(SQLiteError) -> Bool {
    let location = "entry \(position)"
    let legs = try legs(of: position, connection)
    let content = try connection.first(
      """
      SELECT e.top_up, t.id, e.description, e.corrects, e.at, e.digest
      FROM entry e LEFT JOIN top_up t ON t.number = e.top_up WHERE e.position = ?
      """, position
    ) { row throws(SQLiteError) in
      (
        hasTopUp: try row.optionalInt() != nil,
        topUp: try row.optional { row throws(SQLiteError) in try row.id(TopUpID.self) },
        description: try row.text(), corrects: try row.optionalInt(), at: try row.time(),
        digest: try row.blob()
      )
    }
    guard let content else { return false }
    let named = legs.compactMap { leg in
      leg.name.flatMap { name in
        leg.asset.map { EntryDigest.Leg(account: name, asset: $0, amount: leg.amount) }
      }
    }
    if named.count != legs.count { note(location, "a leg's account is not there") }
    if content.hasTopUp, content.topUp == nil { note(location, "its top-up is not there") }
    let expected = EntryDigest.digest(
      after: digest, position: position, topUp: content.topUp, description: content.description,
      corrects: content.corrects, at: content.at, legs: named)
    if expected != content.digest {
      note(location, "its digest is not that of its content (invariant 26)")
    }
    digest = content.digest
    checkSums(named, location, note)
    for leg in legs { try check(leg, connection, location, note) }
    return true
  }

  private func checkSums(
    _ legs: [EntryDigest.Leg], _ location: String, _ note: (String, String) -> Void
  ) {
    var sums: [ExactText: Int128] = [:]
    for leg in legs { sums[ExactText(leg.asset), default: 0] &+= leg.amount }
    for (asset, sum) in sums where sum != 0 {
      note(location, "its legs in \(asset) sum to \(sum) (invariant 22)")
    }
    if legs.count < 2 { note(location, "it has \(legs.count) legs") }
  }

  /// A leg follows the one before it in its account, and leaves the balance it says.
  private mutating func check(
    _ leg: Leg, _ connection: Connection, _ location: String, _ note: (String, String) -> Void
  ) throws(SQLiteError) {
    let tail: Tail
    if let known = tails[leg.account] {
      tail = known
    } else {
      tail = try trustedTail(before: leg, connection)
    }
    if leg.prev != tail.posting {
      note(location, "leg \(leg.number & 63) does not follow the last one of its account")
    }
    if leg.balanceAfter != tail.balance &+ leg.amount {
      note(location, "leg \(leg.number & 63) does not leave the balance it says")
    }
    tails[leg.account] = Tail(balance: leg.balanceAfter, posting: leg.number)
  }

  /// What an account's chain stands at where the walk comes upon it.
  private func trustedTail(
    before leg: Leg, _ connection: Connection
  ) throws(SQLiteError) -> Tail {
    guard let prev = leg.prev, prev >> 6 <= trusted else { return Tail() }
    let balance = try connection.first(
      "SELECT balance_after FROM posting WHERE number = ? AND account = ?", prev, leg.account
    ) { row throws(SQLiteError) in try row.int128() }
    return balance.map { Tail(balance: $0, posting: prev) } ?? Tail()
  }

  /// The accounts' own rows against what the walk left; of a walk that began later, only those that
  /// it came upon.
  func balances(
    _ connection: Connection, note: (String, String) -> Void
  ) throws(SQLiteError) {
    let rows = try connection.all(
      "SELECT number, name, balance, last_posting FROM ledger_account"
    ) { row throws(SQLiteError) in
      (
        number: try row.int(), name: try row.text(), balance: try row.int128(),
        last: try row.optionalInt()
      )
    }
    for row in rows where trusted == 0 || tails[row.number] != nil {
      let tail = tails[row.number] ?? Tail()
      if row.balance != tail.balance {
        note("ledger account \(row.name)", "its balance is not the sum of its postings")
      }
      if row.last != tail.posting {
        note("ledger account \(row.name)", "its last posting is another")
      }
    }
  }

  private func legs(
    of position: Int64, _ connection: Connection
  ) throws(SQLiteError) -> [Leg] {
    try connection.all(
      """
      SELECT p.number, p.account, p.prev, p.amount, p.balance_after, a.name, a.asset
      FROM posting p LEFT JOIN ledger_account a ON a.number = p.account
      WHERE p.number BETWEEN ?1 << 6 AND ?1 << 6 | 63 ORDER BY p.number
      """, position
    ) { row throws(SQLiteError) in
      Leg(
        number: try row.int(), account: try row.int(), prev: try row.optionalInt(),
        amount: try row.int128(), balanceAfter: try row.int128(), name: try row.optionalText(),
        asset: try row.optionalText())
    }
  }

  private func storedDigest(
    _ position: Int64, _ connection: Connection
  ) throws(SQLiteError) -> [UInt8] {
    try connection.first("SELECT digest FROM entry WHERE position = ?", position) {
      row throws(SQLiteError) in try row.blob()
    } ?? digest
  }

  private func strayPostings(
    from position: Int64, _ connection: Connection, _ note: (String, String) -> Void
  ) throws(SQLiteError) {
    let stray = try connection.first(
      "SELECT number FROM posting WHERE number >= ?1 << 6 OR number < 64", position
    ) { row throws(SQLiteError) in try row.int() }
    if let stray { note("posting \(stray)", "it belongs to no entry") }
  }
}
