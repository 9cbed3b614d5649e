internal import TopUpCore

/// The end of the ledger as the writer knows it: the head, and the accounts it has posted to.
///
/// What it knows is what the open transaction holds, so it is forgotten whenever a part of that is
/// rolled back, or another writer may have posted.
final class LedgerTail {
  /// An account's row, with its latest posting. Moved on in place: it is looked up once a posting.
  final class Account {
    let number: Int64
    let name: String
    let asset: String
    var balance: Int128
    var lastPosting: Int64?

    init(number: Int64, name: String, asset: String, balance: Int128, lastPosting: Int64?) {
      self.number = number
      self.name = name
      self.asset = asset
      self.balance = balance
      self.lastPosting = lastPosting
    }
  }

  private var head: LedgerHead?
  private var accounts: [LedgerAccount: Account] = [:]
  /// Whether something was posted since the last commit.
  private var isAhead = false

  /// About 8 MB; hot accounts are back within one batch after it is emptied.
  private static let accountsMax = 16_384
  /// Legs of one entry: their numbers share six bits.
  static let legsMax = 64

  func forget() {
    head = nil
    accounts.removeAll(keepingCapacity: true)
    isAhead = false
  }

  /// A part of the open transaction was rolled back: what was posted in it may be gone.
  func rolledBack() {
    if isAhead { forget() }
  }

  func committed() { isAhead = false }

  func post(
    _ entry: Entry, topUp: Int64?, at now: UnixTime, on connection: Connection
  ) throws(SQLiteError) -> Conflict? {
    guard entry.postings.count <= Self.legsMax else {
      return .forbidden("an entry has at most \(Self.legsMax) legs")
    }
    isAhead = true
    let before: LedgerHead
    if let head { before = head } else { before = try connection.ledgerHead() }
    let position = before.position + 1
    if let corrected = entry.corrects, corrected >= position || corrected < 1 {
      return .missing("entry \(corrected)")
    }
    var digest = EntryDigest(
      after: before.digest, position: position, topUp: entry.topUp,
      description: entry.description, corrects: entry.corrects, at: now,
      legs: entry.postings.count)
    for (place, posting) in entry.postings.enumerated() {
      let account = try self.account(posting.account, on: connection)
      let (balance, overflow) = account.balance.addingReportingOverflow(posting.amount)
      // What is read with its sign turned has to be a number, too.
      guard !overflow, balance > .min else {
        return .forbidden("\(account.name) would reach 2^127")
      }
      let number = position << 6 | Int64(place)
      try connection.run(
        "INSERT INTO posting (number, account, prev, amount, balance_after) VALUES (?, ?, ?, ?, ?)",
        number, account.number, account.lastPosting, posting.amount, balance)
      try connection.run(
        "UPDATE ledger_account SET balance = ?, last_posting = ? WHERE number = ?",
        balance, number, account.number)
      account.balance = balance
      account.lastPosting = number
      digest.add(
        EntryDigest.Leg(account: account.name, asset: account.asset, amount: posting.amount))
    }
    let link = digest.finish()
    try connection.run(
      """
      INSERT INTO entry (position, top_up, description, corrects, at, digest)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      position, topUp, entry.description, entry.corrects, now, link)
    head = LedgerHead(position: position, digest: link)
    return nil
  }

  /// What an account stands at now, with what the open transaction has posted.
  func balance(
    of account: LedgerAccount, on connection: Connection
  ) throws(SQLiteError) -> Int128 {
    if let known = accounts[account] { return known.balance }
    return try connection.ledgerBalance(account)
  }

  /// The position of the entry that was posted last.
  func position(on connection: Connection) throws(SQLiteError) -> Int64 {
    if let head { return head.position }
    return try connection.ledgerHead().position
  }

  private func account(
    _ account: LedgerAccount, on connection: Connection
  ) throws(SQLiteError) -> Account {
    if let known = accounts[account] { return known }
    let read = try connection.ledgerAccount(account)
    if accounts.count >= Self.accountsMax { accounts.removeAll(keepingCapacity: true) }
    accounts[account] = read
    return read
  }
}

extension Connection {
  func ledgerHead() throws(SQLiteError) -> LedgerHead {
    try first("SELECT position, digest FROM entry ORDER BY position DESC LIMIT 1") {
      row throws(SQLiteError) in
      LedgerHead(position: try row.int(), digest: try row.blob())
    } ?? LedgerHead(position: 0, digest: EntryDigest.genesis)
  }

  /// What an account stands at; zero where nothing was ever posted to it.
  func ledgerBalance(_ account: LedgerAccount) throws(SQLiteError) -> Int128 {
    try first("SELECT balance FROM ledger_account WHERE name = ?", account.name) {
      row throws(SQLiteError) in try row.balance()
    } ?? 0
  }

  /// An account's row, made when it is not there.
  fileprivate func ledgerAccount(
    _ account: LedgerAccount
  ) throws(SQLiteError) -> LedgerTail.Account {
    let name = account.name
    let asset = account.asset
    let known = try first(
      "SELECT number, balance, last_posting FROM ledger_account WHERE name = ?", name
    ) { row throws(SQLiteError) in
      LedgerTail.Account(
        number: try row.int(), name: name, asset: asset, balance: try row.balance(),
        lastPosting: try row.optional { row throws(SQLiteError) in try row.int() })
    }
    if let known { return known }
    var owner: Int64?
    if let key = account.owner { owner = try accountNumber(key) }
    try run(
      "INSERT INTO ledger_account (name, asset, owner, balance) VALUES (?, ?, ?, ?)",
      name, asset, owner, Int128(0))
    return LedgerTail.Account(
      number: lastRow, name: name, asset: asset, balance: 0, lastPosting: nil)
  }
}

extension LedgerAccount {
  /// Whose it is; nil for the service's own.
  var owner: AccountKey? {
    switch self {
    case .held(let account, _), .debt(let account, _): account
    case .delivered(let account): .ddc(account)
    case .credits(let account): .credits(account)
    case .processor, .feeIncome, .taxOwed, .conversionFiat, .conversionTokens,
      .conversionCredits, .creditsUsed, .absorbed, .losses, .processorFees, .bank:
      nil
    }
  }
}
