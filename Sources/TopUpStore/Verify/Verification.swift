internal import TopUpCore

/// Recomputes what a store says of itself: the ledger from its first entry, each top-up's books
/// from its postings, each cap's counters from its reservations.
///
/// Holds one number for each ledger account; everything else is read as it passes.
final class Verification {
  private let connection: Connection
  private var faults: [StoreFault] = []
  private var hasMore = false

  /// Enough to see what is wrong; a damaged store can have one for each row.
  private static let faultsMax = 1_000
  /// How many of the last entries are looked at when a store is opened.
  private static let openingEntries: Int64 = 1_000
  /// How large a file may be for SQLite to go through all of its pages when it is opened: 32 MiB.
  private static let openingPagesMax: Int64 = 8_192

  /// - Parameter connection: one that is inside a transaction.
  init(_ connection: Connection) { self.connection = connection }

  /// Looks at everything.
  ///
  /// - Parameters:
  ///   - exported: the head as it was exported at some time.
  ///   - isWanted: asked before each part and each entry; when it says no, the rest is left out.
  /// - Returns: what is wrong; a read that fails is a fault like any other, for a damaged file is
  ///   what this is for.
  func verdict(
    against exported: LedgerHead?, while isWanted: () -> Bool = { true }
  ) -> StoreVerdict {
    check("file") { () throws(SQLiteError) in
      // What this connection has read before is what the file was, not what it is.
      try self.connection.script("PRAGMA shrink_memory")
      try self.file()
    }
    var ledger = LedgerCheck()
    check("ledger") { () throws(SQLiteError) in
      try ledger.run(self.connection, while: isWanted) { self.note($0, $1) }
    }
    check("ledger accounts") { () throws(SQLiteError) in
      try ledger.balances(self.connection) { self.note($0, $1) }
    }
    check("head") { () throws(SQLiteError) in try self.head(exported) }
    check("top-ups") { () throws(SQLiteError) in try self.topUps(while: isWanted) }
    check("caps") { () throws(SQLiteError) in try self.caps() }
    check("debts") { () throws(SQLiteError) in try self.debts() }
    check("credits") { () throws(SQLiteError) in try self.credits() }
    return StoreVerdict(
      head: try? connection.ledgerHead(), faults: faults, hasMore: hasMore)
  }

  /// Looks at what a start can afford to: the pages of a file that is not large, and the newest
  /// entries.
  ///
  /// - Returns: the first thing that is wrong.
  func faultAtOpening() -> StoreFault? {
    check("file") { () throws(SQLiteError) in try self.pages() }
    check("ledger") { () throws(SQLiteError) in
      let last = try self.connection.ledgerHead().position
      var ledger = LedgerCheck(after: max(0, last - Self.openingEntries))
      try ledger.run(self.connection, while: { true }) { self.note($0, $1) }
      try ledger.balances(self.connection) { self.note($0, $1) }
    }
    return faults.first
  }

  private func check(_ part: String, _ body: () throws(SQLiteError) -> Void) {
    do {
      try body()
    } catch {
      note(part, error.message)
    }
  }

  private func note(_ location: String, _ problem: String) {
    guard faults.count < Self.faultsMax else { return hasMore = true }
    faults.append(StoreFault(location, problem))
  }

  /// SQLite's own view: pages, indexes, checks, types, references.
  private func file() throws(SQLiteError) {
    let messages = try connection.all("PRAGMA integrity_check(100)") {
      row throws(SQLiteError) in try row.text()
    }
    noteFile(messages)
    let orphans = try connection.all("PRAGMA foreign_key_check") {
      row throws(SQLiteError) in "\(try row.text()) row \(try row.optionalInt() ?? 0)"
    }
    for orphan in orphans { note(orphan, "refers to a row that is not there") }
  }

  /// The same of a file that is not large, up to the first fault: 0.4 s at 285,000 entries, which are
  /// 48 MiB. Without indexes held against their tables it would be 0.3 s, and see half as much.
  private func pages() throws(SQLiteError) {
    let count = try connection.first("PRAGMA page_count") { row throws(SQLiteError) in
      try row.int()
    }
    guard let count, count <= Self.openingPagesMax else { return }
    let messages = try connection.all("PRAGMA integrity_check(1)") { row throws(SQLiteError) in
      try row.text()
    }
    noteFile(messages)
  }

  /// What SQLite found: texts of several lines each, under a heading that names the only database.
  private func noteFile(_ messages: [String]) {
    for line in messages.flatMap({ $0.split(separator: "\n") }) {
      if line != "ok", !line.hasPrefix("*** ") { note("file", String(line)) }
    }
  }

  /// The ledger must still hold what it held when its head was exported.
  private func head(_ exported: LedgerHead?) throws(SQLiteError) {
    guard let exported, exported.position > 0 else { return }
    let digest = try connection.first(
      "SELECT digest FROM entry WHERE position = ?", exported.position
    ) { row throws(SQLiteError) in try row.blob() }
    let location = "entry \(exported.position)"
    if digest == nil {
      note(location, "was exported as the head, and is not there")
    } else if digest != exported.digest {
      note(location, "was exported as the head with another digest")
    }
  }

  // MARK: Top-ups

  private func topUps(while isWanted: () -> Bool) throws(SQLiteError) {
    let numbers = try connection.all("SELECT number FROM top_up ORDER BY number") {
      row throws(SQLiteError) in try row.int()
    }
    for number in numbers {
      guard isWanted() else { return }
      do {
        guard let topUp = try connection.topUp(number) else { continue }
        try check(topUp, number)
      } catch {
        note("top-up row \(number)", error.message)
      }
    }
  }

  private func check(_ topUp: TopUp, _ number: Int64) throws(SQLiteError) {
    let location = "top-up \(topUp.id)"
    if !topUp.books.balance { note(location, "its books do not balance (invariant 24)") }
    let last = try connection.first(
      """
      SELECT count(*), max(version), (SELECT to_state FROM transition WHERE top_up = ?1
        ORDER BY version DESC LIMIT 1) FROM transition WHERE top_up = ?1
      """, number
    ) { row throws(SQLiteError) in
      (count: try row.int(), version: try row.optionalInt(), state: try row.optionalText())
    }
    if last?.version != topUp.version || last?.count != topUp.version {
      note(location, "its transitions do not lead to version \(topUp.version)")
    } else if last?.state != topUp.state.rawValue {
      note(location, "its transitions end at \(last?.state ?? "nothing")")
    }
    let claimed = try connection.first("SELECT claimed FROM top_up WHERE number = ?", number) {
      row throws(SQLiteError) in try row.optionalAmount()
    }
    if (claimed ?? nil) ?? 0 != topUp.claimedTokens.units {
      note(
        location, "its claim on the ramp is not what it is still to be ordered for (invariant 6)")
    }
    try checkAmount(of: topUp, number, location)
    try checkPostings(of: topUp, number, location)
  }

  /// What a top-up is for stands again in what was charged and in what was reserved for it.
  private func checkAmount(
    of topUp: TopUp, _ number: Int64, _ location: String
  ) throws(SQLiteError) {
    let amount = topUp.amount.minorUnits
    if topUp.state.isTerminal, topUp.books.held != 0 {
      note(location, "it has ended, and \(topUp.books.held) of it is held (invariant 39)")
    }
    if topUp.books.charged != 0, topUp.books.charged != amount {
      note(location, "it is for \(amount), and \(topUp.books.charged) was charged in its books")
    }
    let others = try connection.all(
      "SELECT minor_units FROM reservation WHERE top_up = ? AND minor_units <> ?", number, amount
    ) { row throws(SQLiteError) in try row.int() }
    for reserved in others {
      note(location, "it is for \(amount), and \(reserved) was reserved for it (invariant 6)")
    }
  }

  /// What the entries of a top-up moved must be what its books say.
  private func checkPostings(
    of topUp: TopUp, _ number: Int64, _ location: String
  ) throws(SQLiteError) {
    let legs = try connection.all(
      """
      SELECT a.name, a.asset, p.amount
      FROM entry e JOIN posting p ON p.number BETWEEN e.position << 6 AND e.position << 6 | 63
        JOIN ledger_account a ON a.number = p.account
      WHERE e.top_up = ?
      """, number
    ) { row throws(SQLiteError) in
      (name: try row.text(), asset: try row.text(), amount: try row.int128())
    }
    let currency = topUp.amount.currency
    func sum(_ account: LedgerAccount) -> Int128 {
      let name = account.name
      return legs.reduce(0) { $1.name.isExactly(name) ? $0 &+ $1.amount : $0 }
    }
    let books = topUp.books
    let expected: [(LedgerAccount, Int64, String)] = [
      (.held(topUp.account, currency), books.held, "held"),
      (.feeIncome(currency), books.fee, "fee"),
      (.taxOwed(currency), books.tax, "tax"),
      (.conversionFiat(currency), books.delivered, "delivered"),
      (.losses(currency), books.lost, "lost"),
    ]
    // A damaged amount may be any number: what adds or turns one must bear it.
    let absorbed = sum(.debt(topUp.account, currency)) &+ sum(.absorbed(currency))
    let kept = Int128(books.absorbed) - Int128(books.repaid)
    if absorbed != kept {
      note(
        location,
        "absorbed less repaid is \(kept) in its books and \(absorbed) in its postings")
    }
    for (account, term, name) in expected where sum(account) != -Int128(term) {
      note(
        location, "\(name) is \(term) in its books and \(0 &- sum(account)) in its postings")
    }
  }

  // MARK: Caps

  private func caps() throws(SQLiteError) {
    let wrong = try connection.all(
      """
      SELECT w.key FROM cap_window w
      WHERE w.used_count <> (SELECT count(*) FROM reservation r
          WHERE r.window = w.number AND r.released IS NULL)
        OR w.used_minor_units <> (SELECT ifnull(sum(r.minor_units), 0) FROM reservation r
          WHERE r.window = w.number AND r.released IS NULL)
      """
    ) { row throws(SQLiteError) in try row.text() }
    for key in wrong {
      note("window \(key)", "its counters are not its reservations (invariant 7)")
    }
  }

  // MARK: Debts

  /// What accounts owe is what is owed for their top-ups, never less than nothing, and who owes nothing
  /// is not blocked for it.
  private func debts() throws(SQLiteError) {
    let owing = try connection.all(
      """
      SELECT DISTINCT a.name FROM ledger_account l JOIN account a ON a.number = l.owner
      WHERE l.name GLOB 'debt:*' ORDER BY a.number
      """
    ) { row throws(SQLiteError) in try row.accountKey() }
    for key in owing {
      // What other top-ups have paid, and what of that was given back, is in the debt and not in the
      // parts. Each top-up's own books say what it moved.
      let charged = try connection.chargedForDebts(key)
      var parts: [String: Int64] = [:]
      for topUp in try connection.owing(key) {
        for reversal in topUp.reversals {
          parts[topUp.amount.currency.code, default: 0] &+= reversal.advanced
        }
      }
      for debt in try connection.debts(of: key) {
        let (sum, code) = (debt.amount.minorUnits, debt.amount.currency.code)
        let part = parts.removeValue(forKey: code) ?? 0
        let most = charged[code] ?? 0
        if sum < 0 || Int128(sum) > Int128(part) + Int128(most) || most == 0 && sum != part {
          note(
            "account \(key.name)",
            "it owes \(sum) \(code), and \(part) for its top-ups (invariant 27)")
        }
      }
      for (code, part) in parts.sorted(by: { $0.key < $1.key }) where charged[code] == nil {
        note(
          "account \(key.name)", "it owes 0 \(code), and \(part) for its top-ups (invariant 27)")
      }
    }
    let blocked = try connection.all(
      """
      SELECT a.name FROM account_block b JOIN account a ON a.number = b.account
      WHERE b.cause = 'debt' AND b.ended IS NULL
      """
    ) { row throws(SQLiteError) in try row.accountKey() }
    for key in blocked where try connection.debts(of: key).isEmpty {
      note("account \(key.name)", "it is blocked for a debt, and owes nothing (invariant 27)")
    }
  }

  // MARK: Credits

  /// What users have is theirs and never below zero, and what was given back of a deduction is what
  /// its movements say.
  private func credits() throws(SQLiteError) {
    let accounts = try connection.all(
      "SELECT name, balance FROM ledger_account WHERE name GLOB '*credits:*'"
    ) { row throws(SQLiteError) in (name: try row.text(), balance: try row.int128()) }
    for account in accounts {
      // A user's credits are owed by us; what was used is the other side of that.
      if account.name.hasPrefix("credits:"), account.balance > 0 {
        note("ledger account \(account.name)", "its user has less than nothing (invariant 27)")
      }
      if account.name.hasPrefix("used:credits:"), account.balance > 0 {
        note("ledger account \(account.name)", "more was given back than used (invariant 27)")
      }
    }
    let deductions = try connection.all(
      "SELECT number, id, given_back FROM credit_movement WHERE kind = 'deduction'"
    ) { row throws(SQLiteError) in
      (number: try row.int(), id: try row.text(), givenBack: try row.int128())
    }
    for deduction in deductions {
      let returns = try connection.all(
        "SELECT units FROM credit_movement WHERE deduction = ?", deduction.number
      ) { row throws(SQLiteError) in try row.int128() }
      if returns.reduce(0, &+) != deduction.givenBack {
        note("credits \(deduction.id)", "what was given back is not what its movements say")
      }
    }
  }
}
