internal import TopUpAPI

/// A rule that is tried, and what it would do otherwise.
enum ShadowView {
  static func write(_ shadow: ShadowPolicy, to report: inout Report, time: TimeText = .local) {
    let by = [shadow.actor?.name ?? "", shadow.actor?.reason ?? ""].filter { !$0.isEmpty }
    let differing = shadow.counts.reduce(0) { $0 + $1.looks }
    report.add(
      Table(fields: [
        ("tried", shadow.policy == nil ? Cell("none now", .waiting) : Cell("yes", .good)),
        ("version", Cell("\(shadow.version)")), ("set", Cell(time.moment(shadow.setAt))),
        ("by", Cell(by.joined(separator: ": "))), ("looks", Cell("\(shadow.looks)")),
        ("otherwise", Cell("\(differing)", differing > 0 ? .waiting : .good)),
      ]))
    report.section("of these", counts(shadow.counts))
    guard let policy = shadow.policy else { return }
    report.section("rule", Table(fields: PolicyView(policy).values.map { ($0.0, Cell($0.1)) }))
  }

  static func table(_ differences: [ShadowDifference], time: TimeText = .local) -> Table {
    var table = Table("TIME", "HOW", "DECIDED", "WHY", "WOULD HAVE BEEN", "WHY")
    for difference in differences {
      table.add(
        Cell(time.moment(difference.at)), Cell(difference.kind.text),
        Cell(difference.live), Cell(difference.liveExplanation, .dim),
        Cell(difference.shadow, difference.kind == .wouldCharge ? .good : .waiting),
        Cell(difference.shadowExplanation, .dim))
    }
    return table
  }

  private static func counts(_ counts: [ShadowCount]) -> Table {
    Table(fields: counts.map { ($0.kind.text, Cell("\($0.looks)")) })
  }
}
