internal import ProtobufRuntime
internal import TopUpAPI

/// What moved on an account's ledger accounts between two entries of the ledger.
struct Statement: Equatable {
  /// One posting.
  struct Line: Equatable {
    let position: Int64
    let at: ProtobufTimestamp?
    let description: String
    let topUpID: String
    let account: String
    let asset: String
    /// Smallest units; above zero for a debit.
    let amount: Int128
    let balanceAfter: Int128
  }

  /// What one ledger account stood at.
  struct Balance: Equatable {
    let account: String
    let asset: String
    let units: Int128
  }

  /// Why a statement is not to be believed.
  struct Fault: Error, Equatable {
    let problem: String
  }

  /// Positions of the first and last entry that it covers.
  let from: Int64
  let to: Int64
  let opening: [Balance]
  /// Oldest first.
  let lines: [Line]
  let closing: [Balance]

  /// - Parameters:
  ///   - before: balances before the first entry; ledger accounts not there yet stood at 0.
  ///   - entries: newest first, as the service lists them.
  ///   - after: balances after the last entry, of every ledger account of the account's.
  /// - Throws: what does not lead from one balance to the next, or is no number.
  init(
    from: Int64, to: Int64, before: [LedgerBalance], entries: [LedgerEntry],
    after: [LedgerBalance]
  ) throws(Fault) {
    let closing = try after.map { balance throws(Fault) in try Self.read(balance) }
    let earlier = try before.map { balance throws(Fault) in try Self.read(balance) }
    opening = closing.map { balance in
      let units = earlier.first { $0.account == balance.account }?.units ?? 0
      return Balance(account: balance.account, asset: balance.asset, units: units)
    }
    var standing = Dictionary(uniqueKeysWithValues: opening.map { ($0.account, $0.units) })
    var lines: [Line] = []
    for entry in entries.reversed() {
      for posting in entry.postings {
        // The entry's other legs are other accounts'.
        guard let balance = standing[posting.account] else { continue }
        let line = try Self.line(posting, of: entry)
        guard balance &+ line.amount == line.balanceAfter else {
          throw Fault(
            problem: "entry \(entry.position) does not follow from \(line.account)'s balance before"
          )
        }
        standing[posting.account] = line.balanceAfter
        lines.append(line)
      }
    }
    for balance in closing where standing[balance.account] != balance.units {
      throw Fault(problem: "\(balance.account)'s entries do not lead to its closing balance")
    }
    (self.from, self.to, self.lines, self.closing) = (from, to, lines, closing)
  }

  private static func read(_ balance: LedgerBalance) throws(Fault) -> Balance {
    guard let units = Int128(balance.balance) else {
      throw Fault(problem: "\(balance.account)'s balance is no number")
    }
    return Balance(account: balance.account, asset: balance.asset, units: units)
  }

  private static func line(_ posting: Posting, of entry: LedgerEntry) throws(Fault) -> Line {
    guard let amount = Int128(posting.amount), let after = Int128(posting.balanceAfter) else {
      throw Fault(problem: "entry \(entry.position) has an amount that is no number")
    }
    return Line(
      position: entry.position, at: entry.at, description: entry.description,
      topUpID: entry.topUpID, account: posting.account, asset: posting.asset, amount: amount,
      balanceAfter: after)
  }
}
