internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Stored cards: references to the processor's, never card numbers.
struct PaymentMethodCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pm", abstract: "List, store, correct and forget cards.",
    discussion: "The payer is named by --payer-tenant and --payer-user.",
    subcommands: [
      List.self, Add.self, PaymentMethodUpdate.self, Remove.self, Setup.self, ConsentCommand.self,
    ])

  struct List: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List a payer's cards in the order in which they are tried.")

    @OptionGroup var payer: PayerOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = ListPaymentMethodsRequest(payer: try payer.payer())
      let response = try await session.call(PaymentMethodsRPC.listPaymentMethods) {
        connection async throws(RPCError) in
        try await connection.paymentMethods.listPaymentMethods(request, options: connection.unary)
      }
      session.console.show(response.json, elements: response.paymentMethods.map(\.json)) {
        report in
        report.list(PaymentMethodView.table(response.paymentMethods), ifEmpty: "no cards")
        report.add(
          Cell("consent  ", .dim),
          response.consent.map { Cell(PaymentMethodView.text($0)) }
            ?? Cell("none: nothing is charged without the payer present", .waiting))
      }
    }
  }

  struct Add: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Store a card that the processor knows, or begin to store one.",
      discussion: """
        With a card's id at the processor (pm_…) the card is stored. Without one, a client secret \
        is printed with which the payer's own device enters a card in the processor's form; \
        'topupctl pm setup' tells how that went. Card numbers are never taken.
        """)

    @Argument(help: ArgumentHelp("The card's id at the processor.", valueName: "pm_…"))
    var card: String?

    @Flag(help: "Charge this card first.")
    var makeDefault = false

    @Option(help: ArgumentHelp("For receipts.", valueName: "address"))
    var email: String?

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var payer: PayerOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard let card else { return }
      // Not repeated in the answer: it could be a card number.
      guard card.hasPrefix("pm_") else {
        throw ValidationError(
          "the card is named by its id at the processor, pm_…; card numbers are never taken")
      }
    }

    func run(in session: Session) async throws {
      let payer = try payer.payer()
      let key = key.key(telling: session.console)
      let request = AddPaymentMethodRequest(
        payer: payer, paymentMethodID: card ?? "", idempotencyKey: key, makeDefault: makeDefault,
        consent: consent.optional, email: email ?? "")
      let response = try await session.call(PaymentMethodsRPC.addPaymentMethod, key: key) {
        connection async throws(RPCError) in
        try await connection.paymentMethods.addPaymentMethod(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        if let method = response.paymentMethod {
          report.add(PaymentMethodView.table([method]))
        } else {
          report.add(
            Table(fields: [
              ("setup", Cell(response.setupID, .strong)),
              ("client secret", Cell(response.clientSecret)),
            ]))
        }
      }
      if response.paymentMethod == nil {
        session.console.note(
          "the secret is for the payer's own device alone; then: topupctl pm setup "
            + response.setupID)
      }
    }
  }

  struct Remove: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget a card, here and at the processor; this is final.")

    @Argument(help: ArgumentHelp("The card's id at the processor.", valueName: "pm_…"))
    var card: String

    @Flag(name: .shortAndLong, help: "Do not ask on the terminal.")
    var yes = false

    @OptionGroup var payer: PayerOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let payer = try payer.payer()
      if !yes, let answer = Host.ask(SafeText.shown("Forget \(card) for good? [y/N] ")) {
        guard ["y", "yes"].contains(answer.lowercased()) else { throw Unsuccessful("not done") }
      }
      let key = key.key(telling: session.console)
      let request = RemovePaymentMethodRequest(
        payer: payer, paymentMethodID: card, idempotencyKey: key)
      let response = try await session.call(PaymentMethodsRPC.removePaymentMethod, key: key) {
        connection async throws(RPCError) in
        try await connection.paymentMethods.removePaymentMethod(request, options: connection.unary)
      }
      session.console.show(response.json) { report in report.add("forgotten: \(card)") }
    }
  }

  struct Setup: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how the storing of a card went that a person was to finish.")

    @Argument(help: "The setup's id.")
    var setup: String

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = GetSetupRequest(setupID: setup)
      let response = try await session.call(PaymentMethodsRPC.getSetup) {
        connection async throws(RPCError) in
        try await connection.paymentMethods.getSetup(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(Table(fields: [("setup", Cell(setup)), ("status", Cell(response.status))]))
        report.section(
          "card", PaymentMethodView.table(response.paymentMethod.map { [$0] } ?? []))
      }
    }
  }
}
