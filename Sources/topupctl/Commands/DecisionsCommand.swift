internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Decisions: what came of an account's events, and why nothing did.
struct DecisionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decisions", abstract: "Show what was decided on an account's events.",
    subcommands: [List.self, Replay.self])

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

  struct Replay: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make decisions again from what was kept of each, and tell what differs.",
      discussion: """
        Ends with 1 when a decision comes out otherwise than it was, as it may by a release that \
        decides differently. The daemon serves meanwhile. For a store that no daemon has open: \
        'topupd replay'.
        """)

    @Option(
      help: ArgumentHelp("Those behind this. Default: from the first.", valueName: "position"),
      transform: Reading.position)
    var after: Int64?

    @Option(
      help: ArgumentHelp("Up to this. Default: to the last.", valueName: "position"),
      transform: Reading.position)
    var through: Int64?

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      if let after, let through, after >= through {
        throw ValidationError("--through is not behind --after")
      }
    }

    func run(in session: Session) async throws {
      let request = ReplayDecisionsRequest(
        account: account.named, afterPosition: after ?? 0, throughPosition: through ?? 0)
      let response = try await session.call(AdminRPC.replayDecisions) {
        connection async throws(RPCError) in
        try await connection.admin.replayDecisions(request, options: connection.long)
      }
      let all = response.same + response.different
      session.console.show(response.json) { report in
        for difference in response.differences { report.add(Cell(difference, .bad)) }
        if Int64(response.differences.count) < response.different {
          report.add(Cell("and more", .bad))
        }
        if response.different == 0 {
          report.add(Cell("the same", .good), Cell(": all \(all) come out as they were"))
        }
      }
      guard response.different == 0 else {
        throw Unsuccessful("\(response.different) of \(all) decisions come out otherwise")
      }
    }
  }
}
