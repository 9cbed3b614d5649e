internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Why an account would be charged now, or would not.
struct ExplainCommand: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what would be decided on an account now, condition by condition.",
    discussion: """
      Balance, headroom and price are read as for a real look; nothing is decided or charged. The \
      first condition that fails is the reason; those after it are told with their values as far \
      as these are known.

      topupctl explain --cluster 0x… --owner 5Gr…
      """)

  @OptionGroup var account: AccountOptions
  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let request = ExplainRequest(account: try account.required())
    let response = try await session.call(AdminRPC.explain) {
      connection async throws(RPCError) in
      try await connection.admin.explain(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      ExplanationView.write(response, to: &report)
    }
  }
}
