internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Decisions: what came of an account's events, and why nothing did.
struct DecisionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decisions", abstract: "Show what was decided on an account's events.",
    subcommands: [List.self])

  struct List: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List decisions, newest first: top-ups begun, and skips with their reason.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let account = try account.required()
      let (decisions, next) = try await page.collect { size, token in
        let request = ListDecisionsRequest(account: account, pageSize: size, pageToken: token)
        let response = try await session.call(TopUpRPC.listDecisions) {
          connection async throws(RPCError) in
          try await connection.topUps.listDecisions(request, options: connection.unary)
        }
        return (response.decisions, response.nextPageToken)
      }
      let whole = ListDecisionsResponse(decisions: decisions, nextPageToken: next)
      session.console.show(whole.json, elements: decisions.map(\.json)) { report in
        report.list(DecisionView.table(decisions), ifEmpty: "no decisions")
      }
      page.tellRest(next, session.console)
    }
  }
}
