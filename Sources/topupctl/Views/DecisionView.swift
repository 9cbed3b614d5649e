internal import TopUpAPI

/// What was decided on an account, and why.
enum DecisionView {
  static func table(_ decisions: [Decision], time: TimeText = .local) -> Table {
    var table = Table(
      .trailing("POS"), "TIME", "OUTCOME", .trailing("BALANCE"), .trailing("BLOCK"),
      .trailing("EVENTS"), "WHY")
    for decision in decisions {
      table.add(
        Cell("\(decision.position)"), Cell(time.moment(decision.at)), outcome(decision),
        Cell(
          TokenText.text(decision.effectiveBalance, AccountText.unit(of: decision.account))),
        Cell(decision.blockNumber == 0 ? "" : "\(decision.blockNumber)"),
        Cell(decision.coalescedEvents == 0 ? "" : "\(decision.coalescedEvents)"),
        Cell(decision.explanation))
    }
    return table
  }

  /// The top-up that was begun, or why none was.
  private static func outcome(_ decision: Decision) -> Cell {
    decision.topUpID.isEmpty
      ? Cell("skipped: \(decision.skipReason.text)", .waiting) : Cell(decision.topUpID, .good)
  }
}
