internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Corrects a card's expiry.
struct PaymentMethodUpdate: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Correct a card's expiry, here and at the processor.",
    discussion: "A card that was refused for its data is charged again after that.")

  @Argument(help: ArgumentHelp("The card's id at the processor.", valueName: "pm_…"))
  var card: String

  @Option(
    help: ArgumentHelp("As it stands on the card, such as 07/2031.", valueName: "month/year"),
    transform: Reading.expiry)
  var expiry: CardExpiry

  @OptionGroup var payer: PayerOptions
  @OptionGroup var key: KeyOption
  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let payer = try payer.payer()
    let key = key.key(telling: session.console)
    let request = UpdatePaymentMethodRequest(
      payer: payer, paymentMethodID: card, expiryMonth: expiry.month, expiryYear: expiry.year,
      idempotencyKey: key)
    let response = try await session.call(PaymentMethodsRPC.updatePaymentMethod, key: key) {
      connection async throws(RPCError) in
      try await connection.paymentMethods.updatePaymentMethod(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      report.add(PaymentMethodView.table(response.paymentMethod.map { [$0] } ?? []))
    }
  }
}
