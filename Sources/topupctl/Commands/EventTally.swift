internal import StrictJSON
internal import TopUpAPI

/// What became of the events that were sent.
struct EventTally: Sendable {
  /// Events and repeats that went out.
  var sent = 0
  /// Results that came back.
  private(set) var acknowledged = 0
  private var outcomes: [IntakeOutcome: Int] = [:]
  private var reasons: [String: Int] = [:]
  private var topUps: [String] = []

  mutating func add(_ result: EventResult) {
    acknowledged += 1
    outcomes[result.outcome, default: 0] += 1
    if !result.reason.isEmpty {
      reasons["\(result.outcome.text): \(result.reason)", default: 0] += 1
    }
    if !result.topUpID.isEmpty, !topUps.contains(result.topUpID) { topUps.append(result.topUpID) }
  }

  func count(of outcome: IntakeOutcome) -> Int { outcomes[outcome] ?? 0 }

  private var sorted: [(outcome: IntakeOutcome, count: Int)] {
    outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
  }

  func write(to report: inout Report, span: Duration) {
    report.add(
      Table(fields: [
        ("sent", Cell("\(sent)")), ("acknowledged", Cell("\(acknowledged)")),
        ("took", Cell(SpanText.text(span))),
        ("folded into", Cell(topUps.joined(separator: ", "))),
      ]))
    var table = Table("OUTCOME", .trailing("EVENTS"))
    for (outcome, count) in sorted {
      table.add(
        Cell(outcome.text, outcome == .rejected ? .bad : .plain), Cell("\(count)"))
    }
    report.section("outcomes", table)
    var why = Table("REASON", .trailing("EVENTS"))
    for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
      why.add(Cell(reason), Cell("\(count)"))
    }
    report.section("reasons", why)
  }

  var json: JSON {
    var counts = JSONObject()
    for (outcome, count) in sorted { counts[outcome.text] = .integer(count) }
    return [
      "sent": .integer(sent), "acknowledged": .integer(acknowledged), "outcomes": .object(counts),
      "topUpIds": .array(topUps.map { .string($0) }),
    ]
  }
}
