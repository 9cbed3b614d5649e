internal import TopUpAPI

/// What was decided on an account, and why.
enum DecisionView {
  /// - Parameter isDryRun: whether they are what another rule would have decided.
  static func table(
    _ decisions: [Decision], isDryRun: Bool = false, time: TimeText = .local
  ) -> Table {
    var table = Table(
      .trailing("POS"), "TIME", "OUTCOME", .trailing("BALANCE"), .trailing("BLOCK"),
      .trailing("EVENTS"), "WHY")
    for decision in decisions {
      table.add(
        Cell("\(decision.position)"), Cell(time.moment(decision.at)), outcome(decision, isDryRun),
        Cell(
          TokenText.text(decision.effectiveBalance, AccountText.unit(of: decision.account))),
        Cell(decision.blockNumber == 0 ? "" : "\(decision.blockNumber)"),
        Cell(decision.coalescedEvents == 0 ? "" : "\(decision.coalescedEvents)"),
        Cell(decision.explanation))
    }
    return table
  }

  /// The top-up that was begun, or why none was.
  private static func outcome(_ decision: Decision, _ isDryRun: Bool) -> Cell {
    if isDryRun, decision.skipReason == .unspecified { return Cell("would charge", .good) }
    guard decision.topUpID.isEmpty else { return Cell(decision.topUpID, .good) }
    return Cell(
      "\(isDryRun ? "would skip" : "skipped"): \(decision.skipReason.text)", .waiting)
  }
}
