internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Charges a stored card and funds an account.
struct TopUpCreate: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Charge a stored card and fund an account.",
    discussion: """
      Answers as soon as the decision is durable; the top-up goes on by itself. With --wait it is \
      followed to its end, and the exit code is 0 only when the account was credited.

      topupctl topup create --cluster 0x… --owner 6UJs… --payer-tenant console --payer-user 42 \
      --amount "25.00 USD" --wait
      """)

  @Option(
    help: ArgumentHelp("What the card is charged, such as \"25.00 USD\".", valueName: "money"),
    transform: Reading.money)
  var amount: Money?

  @Option(
    help: ArgumentHelp("Or a tier of the price list, as 'prices' shows.", valueName: "name"))
  var tier: String?

  @Option(help: ArgumentHelp("With a tier sold in several currencies: which.", valueName: "code"))
  var currency: String?

  @Option(help: ArgumentHelp("The card; the payer's default when missing.", valueName: "pm_…"))
  var card: String?

  @Flag(help: "The payer is there and can authenticate.")
  var onSession = false

  @Option(help: ArgumentHelp("Shown on the payment.", valueName: "text"))
  var description: String?

  @Flag(help: "Follow the top-up to its end.")
  var wait = false

  @OptionGroup var account: AccountOptions
  @OptionGroup var payer: PayerOptions
  @OptionGroup var key: KeyOption
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (amount == nil) != (tier == nil) else {
      throw ValidationError("--amount or --tier is needed")
    }
  }

  func run(in session: Session) async throws {
    let account = try account.required()
    let payer = try payer.payer(of: account)
    let key = key.key(telling: session.console)
    let request = CreateTopUpRequest(
      account: account, payer: payer, amount: amount, idempotencyKey: key,
      paymentMethodID: card ?? "", onSession: onSession, description: description ?? "",
      tier: tier ?? "", currency: currency?.uppercased() ?? "")
    let response = try await session.call(TopUpRPC.createTopUp, key: key) {
      connection async throws(RPCError) in
      try await connection.topUps.createTopUp(request, options: connection.unary)
    }
    let record = response.topUp ?? TopUpRecord()
    guard wait, !record.state.isFinal else {
      show(response, session)
      if wait { return try TopUpFollower.judge(record) }
      if !record.state.isFinal {
        session.console.note("it goes on by itself; follow it: topupctl topup watch \(record.id)")
      }
      return
    }
    try await follow(response, record, session)
  }

  private func show(_ response: CreateTopUpResponse, _ session: Session) {
    session.console.show(response.json) { report in
      TopUpView(response.topUp ?? TopUpRecord()).writeSummary(to: &report)
      if !response.clientSecret.isEmpty {
        report.add(
          Table(fields: [("client secret", Cell(response.clientSecret))]))
      }
    }
  }

  /// A live timeline for people, a line for each change in `jsonl`, the final record in `json`.
  private func follow(
    _ response: CreateTopUpResponse, _ record: TopUpRecord, _ session: Session
  ) async throws {
    session.console.note("\(record.id) goes on by itself; Ctrl-C only stops looking")
    if !response.clientSecret.isEmpty {
      session.console.note("the payer's device finishes it with \(response.clientSecret)")
    }
    let console = session.console
    let last = try await TopUpFollower(session, .topUp(record.id)).follow { change in
      guard console.format != .json else { return }
      console.change(change.json) { report in
        TopUpView(change.topUp ?? TopUpRecord()).writeChange(
          change.transition, names: false, to: &report)
      }
    }
    let final = last ?? record
    if console.format == .json { console.show(CreateTopUpResponse(topUp: final).json) { _ in } }
    try TopUpFollower.judge(final)
  }
}
