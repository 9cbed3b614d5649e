internal import TopUpAPI

/// The conditions of a decision, a line each, under what comes of them.
enum ExplanationView {
  static func write(
    _ explanation: ExplainResponse, isPast: Bool, to report: inout Report,
    time: TimeText = .local
  ) {
    report.add(
      Table(fields: [
        ("outcome", outcome(explanation, isPast)), ("why", Cell(explanation.summary)),
        ("as of", Cell(time.moment(explanation.at))),
      ]))
    report.section("conditions", table(explanation.predicates))
  }

  static func table(_ predicates: [Predicate]) -> Table {
    var table = Table("CONDITION", .trailing("VALUE"), "", "BOUND", "", "OF")
    for predicate in predicates {
      table.add(
        Cell(predicate.name.replacing("_", with: " ")), Cell(predicate.left),
        Cell(relation(predicate)), Cell(predicate.right), standing(predicate),
        Cell(predicate.subject))
    }
    return table
  }

  private static func outcome(_ explanation: ExplainResponse, _ isPast: Bool) -> Cell {
    if let amount = explanation.wouldCharge {
      return Cell("\(isPast ? "charged" : "would charge") \(MoneyText.text(amount))", .good)
    }
    let reason = explanation.skipReason
    return reason == .unspecified
      ? Cell("undecided", .waiting)
      : Cell("\(isPast ? "skipped" : "would skip"): \(reason.text)", .waiting)
  }

  /// Before the bound; nothing where there is none.
  private static func relation(_ predicate: Predicate) -> String {
    predicate.right.isEmpty ? "" : predicate.relation
  }

  private static func standing(_ predicate: Predicate) -> Cell {
    switch predicate.standing {
    case .holds: Cell("holds", .good)
    case .notNeeded: Cell("not needed", .dim)
    case .fails: Cell("fails", .bad)
    case .waits: Cell("waits for a price", .waiting)
    case .notReached: Cell("not reached", .dim)
    case .unspecified, .unrecognized: Cell("")
    }
  }
}
