internal import ProtobufRuntime
internal import StrictJSON
internal import TopUpCore

/// A statement for other programs: amounts are exact decimals in the unit of people, without it.
enum StatementText {
  private static let header = [
    "position", "time", "description", "top_up", "ledger_account", "asset", "debit", "credit",
    "balance_after",
  ]

  /// RFC 4180: a header, the opening balances, the postings, the closing balances.
  static func csv(_ statement: Statement) -> [String] {
    var rows = [header]
    for balance in statement.opening { rows.append(row("opening balance", balance)) }
    for line in statement.lines {
      rows.append([
        "\(line.position)", line.at?.json.string ?? "", foreign(line.description),
        line.topUpID, foreign(line.account), line.asset, debit(line), credit(line),
        TokenText.number(line.balanceAfter, asset: line.asset),
      ])
    }
    for balance in statement.closing { rows.append(row("closing balance", balance)) }
    return rows.map { $0.map(field).joined(separator: ",") }
  }

  private static func row(_ title: String, _ balance: Statement.Balance) -> [String] {
    [
      "", "", title, "", foreign(balance.account), balance.asset, "", "",
      TokenText.number(balance.units, asset: balance.asset),
    ]
  }

  /// What others wrote: nothing that a terminal acts on, nor what a spreadsheet takes for a formula.
  static func foreign(_ text: String) -> String {
    let shown = SafeText.shown(text)
    let isFormula = shown.unicodeScalars.first.map { "=+-@".unicodeScalars.contains($0) } ?? false
    return isFormula ? "'" + shown : shown
  }

  /// Quoted where it must be (RFC 4180 §2, rules 5 to 7).
  private static func field(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0 != "," && $0 != "\"" && $0.value >= 0x20 }
    if isPlain { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  static func json(_ statement: Statement) -> JSON {
    [
      "from_position": .string("\(statement.from)"), "to_position": .string("\(statement.to)"),
      "opening": .array(statement.opening.map(json)),
      "entries": .array(statement.lines.map(json)),
      "closing": .array(statement.closing.map(json)),
    ]
  }

  private static func json(_ balance: Statement.Balance) -> JSON {
    [
      "ledger_account": .string(balance.account), "asset": .string(balance.asset),
      "balance": .string(TokenText.number(balance.units, asset: balance.asset)),
    ]
  }

  private static func json(_ line: Statement.Line) -> JSON {
    [
      "position": .string("\(line.position)"), "time": .string(line.at?.json.string ?? ""),
      "description": .string(line.description), "top_up": .string(line.topUpID),
      "ledger_account": .string(line.account), "asset": .string(line.asset),
      "debit": .string(debit(line)), "credit": .string(credit(line)),
      "balance_after": .string(TokenText.number(line.balanceAfter, asset: line.asset)),
    ]
  }

  private static func debit(_ line: Statement.Line) -> String {
    line.amount > 0 ? TokenText.number(line.amount, asset: line.asset) : ""
  }

  /// Without its sign.
  private static func credit(_ line: Statement.Line) -> String {
    guard line.amount < 0 else { return "" }
    return String(TokenText.number(line.amount, asset: line.asset).dropFirst())
  }
}
