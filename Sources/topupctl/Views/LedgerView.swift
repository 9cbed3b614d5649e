internal import TopUpAPI

/// Ledger entries with a column for debits and one for credits; each entry's two sides are equal
/// in each asset.
struct LedgerView {
  private let entries: [LedgerEntry]
  private let time: TimeText

  init(_ entries: [LedgerEntry], time: TimeText = .local) {
    self.entries = entries
    self.time = time
  }

  /// A line for each posting; time and words stand on an entry's first.
  var table: Table {
    var table = Table(
      .trailing("POS"), "TIME", "ENTRY", "ACCOUNT", .trailing("DEBIT"), .trailing("CREDIT"),
      .trailing("BALANCE"))
    for entry in entries {
      var (position, moment, words) = (
        "\(entry.position)", time.moment(entry.at), entry.description
      )
      for posting in entry.postings {
        table.add(
          Cell(position), Cell(moment), Cell(words),
          Cell(AccountText.shortenedName(posting.account)), Cell(Self.debit(posting)),
          Cell(Self.credit(posting)),
          Cell(Self.sided(posting.balanceAfter, asset: posting.asset)))
        (position, moment, words) = ("", "", "")
      }
    }
    return table
  }

  /// A line for each ledger account.
  static func table(of balances: [LedgerBalance]) -> Table {
    var table = Table("ACCOUNT", .trailing("BALANCE"), .trailing("LAST ENTRY"))
    for balance in balances {
      table.add(
        Cell(AccountText.shortenedName(balance.account)),
        Cell(Self.sided(balance.balance, asset: balance.asset)), Cell("\(balance.position)"))
    }
    return table
  }

  /// A posting above zero debits its account.
  private static func debit(_ posting: Posting) -> String {
    guard let amount = Int128(posting.amount) else { return posting.amount }
    return amount > 0 ? TokenText.text(amount, asset: posting.asset) : ""
  }

  private static func credit(_ posting: Posting) -> String {
    guard let amount = Int128(posting.amount), amount < 0 else { return "" }
    let (magnitude, overflow) = Int128(0).subtractingReportingOverflow(amount)
    return overflow ? posting.amount : TokenText.text(magnitude, asset: posting.asset)
  }

  /// The side on which the account stands: `Dr` or `Cr`.
  private static func sided(_ text: String, asset: String) -> String {
    guard let balance = Int128(text) else { return text }
    if balance == 0 { return TokenText.text(0, asset: asset) }
    let (magnitude, overflow) =
      balance > 0 ? (balance, false) : Int128(0).subtractingReportingOverflow(balance)
    if overflow { return text }
    return TokenText.text(magnitude, asset: asset) + (balance > 0 ? " Dr" : " Cr")
  }
}
