internal import TopUpAPI

/// How an account stands, in words.
enum AccountView {
  static func write(
    _ standing: AccountStanding, to report: inout Report, time: TimeText = .local
  ) {
    let episode = standing.episode ?? AccountEpisode()
    report.add(
      Table(fields: [
        (
          "charging",
          standing.blocks.isEmpty ? Cell("allowed", .good) : Cell("blocked", .bad)
        ),
        ("debt rule", Cell(standing.debtRule.text)),
        ("version", Cell("\(standing.version)")),
        ("episode", Cell("\(episode.ordinal)\(episode.armed ? ", armed" : "")")),
        ("top-ups in it", Cell("\(episode.topUps)")),
        ("declines in a row", Cell("\(episode.declines)")),
        ("last finished", Cell(time.moment(episode.lastFinishedAt))),
        ("backs off until", Cell(time.moment(standing.backOffUntil))),
        ("refused cards", Cell(standing.refusedPaymentMethodIDs.joined(separator: ", "), .bad)),
      ]))
    report.section("blocks", blocks(standing.blocks, time))
    report.section("owed", debts(standing.debts))
    report.section("in flight", inFlight(standing.inFlight))
    if let proposal = standing.proposal {
      let name = proposal.actor?.name ?? ""
      report.add(
        Cell("\(name) wants the debt forgiven; a second person must ask for the same", .waiting))
    }
  }

  private static func blocks(_ blocks: [AccountBlock], _ time: TimeText) -> Table {
    var table = Table("CAUSE", "SINCE", "BY", "WHY")
    for block in blocks {
      table.add(
        Cell(block.cause.text, .bad), Cell(time.moment(block.since)),
        Cell(block.actor?.name ?? ""), Cell(block.actor?.reason ?? ""))
    }
    return table
  }

  private static func debts(_ debts: [AccountDebt]) -> Table {
    var table = Table(.trailing("OWED"), "FOR TOP-UP")
    for debt in debts {
      table.add(Cell(MoneyText.text(debt.amount), .bad), Cell("in all"))
      for part in debt.parts {
        table.add(Cell(MoneyText.text(part.amount)), Cell(part.topUpID))
      }
    }
    return table
  }

  private static func inFlight(_ topUps: [TopUpInFlight]) -> Table {
    var table = Table("TOP-UP", "STATE", "TRIGGER", .trailing("AMOUNT"))
    for topUp in topUps {
      table.add(
        Cell(topUp.id), topUp.state.cell, Cell(topUp.trigger.text),
        Cell(MoneyText.text(topUp.amount)))
    }
    return table
  }
}
