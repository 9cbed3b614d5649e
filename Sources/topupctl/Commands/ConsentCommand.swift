internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// The payer's consent to charges without being present.
struct ConsentCommand: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "consent",
    abstract: "Record, or withdraw, the payer's consent to charges without being present.")

  @Flag(help: "Withdraw it: nothing is charged without the payer from now on.")
  var withdraw = false

  @OptionGroup var consent: ConsentOptions
  @OptionGroup var actor: ActorOptions
  @OptionGroup var payer: PayerOptions
  @OptionGroup var key: KeyOption
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard withdraw != (consent.consent != nil) else {
      throw ValidationError("--consent with the version of the text, or --withdraw")
    }
  }

  func run(in session: Session) async throws {
    let payer = try payer.payer()
    guard var given = consent.optional else { return try await withdraw(payer, session) }
    given.actor = actor.optional
    let key = key.key(telling: session.console)
    let request = RecordConsentRequest(payer: payer, consent: given, idempotencyKey: key)
    let response = try await session.call(PaymentMethodsRPC.recordConsent, key: key) {
      connection async throws(RPCError) in
      try await connection.paymentMethods.recordConsent(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      report.add(Cell(response.consent.map { PaymentMethodView.text($0) } ?? "recorded"))
    }
  }

  private func withdraw(_ payer: Payer, _ session: Session) async throws {
    let request = WithdrawConsentRequest(payer: payer, actor: actor.optional)
    let response = try await session.call(PaymentMethodsRPC.withdrawConsent) {
      connection async throws(RPCError) in
      try await connection.paymentMethods.withdrawConsent(request, options: connection.unary)
    }
    session.console.show(response.json) { report in report.add("withdrawn") }
  }
}
