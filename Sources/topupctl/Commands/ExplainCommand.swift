internal import ArgumentParser
internal import ProtobufRuntime
internal import RPCCore
internal import TopUpAPI

/// Why an account would be charged now or was charged then, or not.
struct ExplainCommand: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what would be decided on an account, condition by condition.",
    discussion: """
      Balance, headroom and price are read as for a real look; nothing is decided or charged. The \
      first condition that fails is the reason; those after it are told with their values as far \
      as these are known. With --ago it is the last decision from before then, with what that one \
      looked at.

      topupctl explain --cluster 0x… --owner 5Gr… --ago 2h
      """)

  @OptionGroup var account: AccountOptions
  @Option(
    help: ArgumentHelp(
      "As it was decided so long ago. Default: as it would be now.", valueName: "span"),
    transform: Reading.span)
  var ago: Duration?
  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let account = try account.required()
    let moment = ago.map { ago in
      ProtobufTimestamp(
        seconds: Host.unixNanoseconds() / 1_000_000_000 - ago.components.seconds)
    }
    let request = ExplainRequest(account: account, at: moment)
    let response = try await session.call(AdminRPC.explain) {
      connection async throws(RPCError) in
      try await connection.admin.explain(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      ExplanationView.write(response, isPast: request.at != nil, to: &report)
    }
  }
}
