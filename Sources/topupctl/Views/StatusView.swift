internal import TopUpAPI

/// What a server is and how its parts are.
enum StatusView {
  static func write(
    _ status: GetStatusResponse, to report: inout Report, time: TimeText = .local
  ) {
    report.add(
      Table(fields: [
        ("version", Cell(status.version)),
        ("mode", status.livemode ? Cell("live: real cards are charged", .bad) : "test"),
        ("charging", status.killSwitch ? Cell("stopped by an operator", .bad) : "allowed"),
        ("for the ramp", RampView.state(status.rampBreaker)),
        ("started", Cell(time.moment(status.startedAt))),
        ("server time", Cell(time.moment(status.serverTime))),
        ("store", Cell(status.storeID)),
        ("ledger position", Cell("\(status.ledgerPosition)")),
        ("in flight", Cell("\(status.topUpsInFlight)")),
        ("for review", Cell("\(status.reviewItems)", status.reviewItems > 0 ? .waiting : .plain)),
        ("inbox waiting", Cell("\(status.inboxWaiting)")),
        (
          "dead letters",
          Cell("\(status.inboxDeadLetters)", status.inboxDeadLetters > 0 ? .bad : .plain)
        ),
        ("books", books(status.lastReconciliation, time)),
        ("lead time", leadTime(status.leadTime)),
      ]))
    if !status.behind.isEmpty {
      report.add(Cell("nothing is sent: \(status.behind)", .bad))
    }
    var table = Table("PART", "STATE", .trailing("ANSWERS IN"), "DETAIL")
    for part in status.components {
      table.add(
        Cell(part.name), part.healthy ? Cell("healthy", .good) : Cell("unhealthy", .bad),
        Cell(SpanText.text(part.latency)), Cell(part.detail))
    }
    report.section("parts", table)
  }

  private static func leadTime(_ leadTime: LeadTime?) -> Cell {
    guard let leadTime else { return Cell("") }
    let text = SpanText.text(leadTime.p95)
    return leadTime.measured
      ? Cell("\(text) at p95 of \(leadTime.samples)")
      : Cell("\(text) assumed, \(leadTime.samples) measured")
  }

  private static func books(_ last: Reconciliation?, _ time: TimeText) -> Cell {
    guard let last else { return Cell("not compared yet", .waiting) }
    let count = last.openDifferences
    let words = count == 0 ? "agree" : count == 1 ? "1 difference" : "\(count) differences"
    return Cell("\(words) at \(time.moment(last.endedAt))", count == 0 ? .good : .bad)
  }
}
