internal import TopUpAPI

/// What waits for a person, and what another person must agree to.
enum ReviewView {
  static func table(_ items: [ReviewItem], time: TimeText = .local) -> Table {
    var table = Table(
      "TOP-UP", .trailing("VERSION"), "SINCE", .trailing("HELD"), "WAS", "NEXT LOOK", "WHY")
    for item in items {
      table.add(
        Cell(item.topUpID), Cell("\(item.version)"), Cell(time.moment(item.createdAt)),
        Cell(MoneyText.text(item.held)), item.resumesAs.cell, Cell(time.moment(item.nextCheckAt)),
        Cell(item.reason))
    }
    return table
  }

  static func proposals(_ items: [ReviewItem], time: TimeText = .local) -> Table {
    var table = Table("TOP-UP", "WANTED", "BY", "AT", "WHY")
    for item in items {
      for proposal in item.proposals {
        let outcome =
          proposal.outcome == .unspecified
          ? "" : " as " + proposal.outcome.name(after: "REVIEW_OUTCOME_").lowercased()
        table.add(
          Cell(item.topUpID),
          Cell(proposal.verb.name(after: "REVIEW_VERB_").lowercased() + outcome, .waiting),
          Cell(proposal.actor?.name ?? ""), Cell(time.moment(proposal.at)),
          Cell(proposal.actor?.reason ?? ""))
      }
    }
    return table
  }
}
