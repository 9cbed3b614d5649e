internal import ProtobufRuntime
internal import TopUpAPI

/// A balance on a person's screen.
struct BalanceReport {
  private let balance: BalanceView
  private let time: TimeText
  private let unit: TokenText.Unit

  init(_ balance: BalanceView, time: TimeText = .local) {
    self.balance = balance
    self.time = time
    unit = AccountText.unit(of: balance.account)
  }

  func write(to report: inout Report) {
    report.add(
      Table(fields: [
        ("account", Cell(AccountText.full(balance.account))),
        ("active", active),
        ("total", amount(balance.total)),
        ("unbilled", amount(balance.unbilled)),
        ("on its way", amount(balance.pending)),
        ("debt", Cell(amount(balance.debt).text, .bad)),
        ("effective", Cell(TokenText.text(balance.effective, unit), .strong)),
        ("lasts", runway),
        ("block", block),
        ("read at", Cell(time.moment(balance.readAt))),
      ]))
    if !balance.inFlight.isEmpty {
      report.section("in flight", TopUpView.table(balance.inFlight, time: time))
    }
  }

  /// The same on one line, for a stream.
  func writeChange(to report: inout Report) {
    let parts: [(String, String)] = [
      ("active", active.text), ("on its way", amount(balance.pending).text),
      ("effective", TokenText.text(balance.effective, unit)), ("lasts", runway.text),
      ("block", balance.blockNumber == 0 ? "" : "\(balance.blockNumber)"),
      ("in flight", balance.inFlight.isEmpty ? "" : states),
    ]
    let text = parts.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1)" }.joined(separator: "  ")
    report.add(Cell(time.clock(balance.readAt), .dim), "  ", Cell(text))
  }

  private var states: String {
    balance.inFlight.map { "\($0.id) \($0.state.cell.text)" }.joined(separator: ", ")
  }

  private var active: Cell {
    if !balance.exists { return Cell("never deposited", .waiting) }
    return Cell(TokenText.text(balance.active, unit))
  }

  /// What is zero is not worth a line.
  private func amount(_ units: String) -> Cell {
    units.isEmpty || units == "0" ? "" : Cell(TokenText.text(units, unit))
  }

  private var runway: Cell {
    guard let runway = balance.runway else { return "" }
    return Cell(SpanText.text(runway), runway.seconds < 86_400 ? .waiting : .plain)
  }

  private var block: Cell {
    guard balance.blockNumber > 0 else { return "" }
    return Cell(
      "\(balance.blockNumber) \(balance.finalized ? "finalized" : "not finalized") "
        + AccountText.shortened(balance.blockHash))
  }
}
