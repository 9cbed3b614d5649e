internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// What a tenant sells credits for.
struct PricesCommand: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "prices",
    abstract: "Show what a tenant's credits cost: rates, and tiers by name.",
    discussion: "A rule names a tier by 'policy set --tier', a purchase by 'topup create --tier'.")

  @Option(help: ArgumentHelp("The tenant.", valueName: "name"))
  var tenant: String

  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let request = ListPricesRequest(tenant: tenant)
    let prices = try await session.call(TopUpRPC.listPrices) {
      connection async throws(RPCError) in
      try await connection.topUps.listPrices(request, options: connection.unary)
    }
    session.console.show(prices.json) { report in
      report.list(Self.tiers(prices), ifEmpty: "no tiers")
      report.list(Self.rates(prices), ifEmpty: "no rates")
    }
  }

  private static func tiers(_ prices: ListPricesResponse) -> Table {
    var table = Table("TIER", "PRICE", "CREDITS", "BONUS")
    for tier in prices.tiers {
      table.add(
        Cell(tier.name, .strong), Cell(MoneyText.text(tier.price)), Cell(tier.credits),
        Cell(tier.bonus == "0" ? "" : tier.bonus))
    }
    return table
  }

  private static func rates(_ prices: ListPricesResponse) -> Table {
    var table = Table("CURRENCY", "CREDITS PER MINOR UNIT")
    for rate in prices.rates { table.add(Cell(rate.currency), Cell(rate.creditsPerMinorUnit)) }
    return table
  }
}
