internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Gives a charge back that nothing was delivered for.
struct TopUpRefund: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "refund",
    abstract: "Give back a charge whose deposit has not arrived.",
    discussion: """
      The order at the ramp is stopped first; one that cannot be stopped any more is delivered \
      instead. What waits for a person is refunded by 'topupctl review refund'.
      """)

  @Argument(help: "The top-up's id.")
  var id: String

  @Option(
    help: ArgumentHelp(
      "What you take to be left, such as \"25.00 USD\"; refused when it is something else.",
      valueName: "money"), transform: Reading.money)
  var amount: Money?

  @OptionGroup var actor: ActorOptions
  @OptionGroup var key: KeyOption
  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let actor = try actor.required()
    let key = key.key(telling: session.console)
    let request = RefundTopUpRequest(id: id, amount: amount, idempotencyKey: key, actor: actor)
    let response = try await session.call(TopUpRPC.refundTopUp, key: key) {
      connection async throws(RPCError) in
      try await connection.topUps.refundTopUp(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      TopUpView(response.topUp ?? TopUpRecord()).writeSummary(to: &report)
    }
  }
}
