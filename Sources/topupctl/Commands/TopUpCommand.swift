internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Top-ups: one funding of one account each.
struct TopUpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topup",
    abstract: "Begin, look at, follow, cancel and refund top-ups.",
    subcommands: [
      TopUpCreate.self, Get.self, List.self, TopUpWatch.self, Cancel.self, Quote.self,
      TopUpRefund.self, TopUpAuthenticate.self, TopUpRedeem.self,
    ])

  /// One top-up with all its history.
  struct Get: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a top-up: its state, attempts, orders, timeline and ledger entries.")

    @Argument(help: "The top-up's id.")
    var id: String?

    @Option(help: "The idempotency key that this caller created it with, instead of its id.")
    var key: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard (id == nil) != (key == nil) else { throw ValidationError("an id or --key is needed") }
    }

    func run(in session: Session) async throws {
      let by: GetTopUpRequest.By? = id.map { .id($0) } ?? key.map { .idempotencyKey($0) }
      let response = try await session.call(TopUpRPC.getTopUp) {
        connection async throws(RPCError) in
        try await connection.topUps.getTopUp(GetTopUpRequest(by: by), options: connection.unary)
      }
      session.console.show(response.json) { report in
        TopUpView(response.topUp ?? TopUpRecord()).write(to: &report)
      }
    }
  }

  /// Top-ups, newest first.
  struct List: SessionCommand {
    static let configuration = CommandConfiguration(abstract: "List top-ups, newest first.")

    @Option(
      help: ArgumentHelp(
        "Only those in this state, such as needs-review; may be given several times.",
        valueName: "state"), transform: Reading.state)
    var state: [TopUpState] = []

    @OptionGroup var account: AccountOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let (topUps, next) = try await page.collect { size, token in
        let request = ListTopUpsRequest(
          account: account.named, states: state, pageSize: size, pageToken: token)
        let response = try await session.call(TopUpRPC.listTopUps) {
          connection async throws(RPCError) in
          try await connection.topUps.listTopUps(request, options: connection.unary)
        }
        return (response.topUps, response.nextPageToken)
      }
      let whole = ListTopUpsResponse(topUps: topUps, nextPageToken: next)
      session.console.show(whole.json, elements: topUps.map(\.json)) { report in
        report.list(TopUpView.table(topUps), ifEmpty: "no top-ups")
      }
      page.tellRest(next, session.console)
    }
  }

  /// Ends a top-up before its charge.
  struct Cancel: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel a top-up that has not been charged.")

    @Argument(help: "The top-up's id.")
    var id: String

    @OptionGroup var actor: ActorOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let key = key.key(telling: session.console)
      let request = CancelTopUpRequest(id: id, idempotencyKey: key, actor: actor.optional)
      let response = try await session.call(TopUpRPC.cancelTopUp, key: key) {
        connection async throws(RPCError) in
        try await connection.topUps.cancelTopUp(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        TopUpView(response.topUp ?? TopUpRecord()).writeSummary(to: &report)
      }
    }
  }

  /// What an amount would buy.
  struct Quote: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask what an amount would buy now; nothing is reserved.")

    @Option(
      help: ArgumentHelp("What would be charged, such as \"25.00 USD\".", valueName: "money"),
      transform: Reading.money)
    var amount: Money?

    @Option(help: ArgumentHelp("Or how much is wanted, such as \"200 CERE\".", valueName: "tokens"))
    var tokens: String?

    @Option(help: ArgumentHelp("With --tokens: what to pay in.", valueName: "code"))
    var currency: String?

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard (amount == nil) != (tokens == nil) else {
        throw ValidationError("--amount or --tokens is needed")
      }
    }

    func run(in session: Session) async throws {
      let account = try account.required()
      var request = QuoteTopUpRequest(account: account, currency: currency?.uppercased() ?? "")
      if let amount { request.side = .amount(amount) }
      if let tokens {
        do throws(TokenText.Fault) {
          request.side = .tokens(try TokenText.units(tokens, AccountText.unit(of: account)))
        } catch { throw UsageError("--tokens: \(error)") }
      }
      let asked = request
      let quote = try await session.call(TopUpRPC.quoteTopUp) {
        connection async throws(RPCError) in
        try await connection.topUps.quoteTopUp(asked, options: connection.unary)
      }
      session.console.show(quote.json) { report in
        report.add(
          Table(fields: [
            ("amount", Cell(MoneyText.text(quote.amount))),
            ("fee", Cell(MoneyText.text(quote.fee))), ("net", Cell(MoneyText.text(quote.net))),
            ("buys", Cell(TokenText.text(quote.tokens, .cere), .strong)),
            ("until", Cell(TimeText.local.moment(quote.expiresAt))),
          ]))
      }
    }
  }
}
