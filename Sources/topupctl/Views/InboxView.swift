internal import TopUpAPI

/// Webhook events, with what became of each.
enum InboxView {
  static func table(_ events: [InboxEvent], time: TimeText = .local) -> Table {
    var table = Table("EVENT", "TYPE", "OBJECT", "RECEIVED", "APPLIED", .trailing("TRIES"), "ERROR")
    for event in events {
      table.add(
        Cell(event.id), Cell(event.type), Cell(event.objectID), Cell(time.moment(event.receivedAt)),
        applied(event, time), Cell("\(event.tries)"), Cell(event.lastError, .bad))
    }
    return table
  }

  private static func applied(_ event: InboxEvent, _ time: TimeText) -> Cell {
    if event.appliedAt != nil { return Cell(time.moment(event.appliedAt)) }
    return event.givenUpAt == nil
      ? Cell("waiting", .waiting) : Cell("given up \(time.moment(event.givenUpAt))", .bad)
  }
}
