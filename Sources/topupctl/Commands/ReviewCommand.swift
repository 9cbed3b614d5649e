internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Top-ups that wait for a person, and those held before their deposit.
struct ReviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "List what waits for a person, and act on it.",
    subcommands: [List.self, Resume.self, Release.self, Refund.self, Resolve.self])

  struct List: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what waits for a person or is held before its deposit, newest first.")

    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let (items, next) = try await page.collect { size, token in
        let request = ListReviewItemsRequest(pageSize: size, pageToken: token)
        let response = try await session.call(AdminRPC.listReviewItems) {
          connection async throws(RPCError) in
          try await connection.admin.listReviewItems(request, options: connection.unary)
        }
        return (response.items, response.nextPageToken)
      }
      let whole = ListReviewItemsResponse(items: items, nextPageToken: next)
      session.console.show(whole.json, elements: items.map(\.json)) { report in
        report.list(ReviewView.table(items), ifEmpty: "nothing waits for a person")
        report.section("waiting for a second person", ReviewView.proposals(items))
      }
      page.tellRest(next, session.console)
    }
  }

  struct Resume: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a top-up go on where it was parked.",
      discussion: "What may have been sent before is asked about first, never sent blindly.")

    @OptionGroup var target: ReviewTarget
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws { try await target.act(.resume, in: session) }
  }

  struct Release: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Accept the price that moved, or end the hold, and let the top-up go on.")

    @OptionGroup var target: ReviewTarget
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws { try await target.act(.release, in: session) }
  }

  struct Refund: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give back what is held; its order is stopped first.")

    @OptionGroup var target: ReviewTarget
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws { try await target.act(.refund, in: session) }
  }

  struct Resolve: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a top-up by your word, with what became of its money.")

    enum Outcome: String, CaseIterable, ExpressibleByArgument {
      /// What was bought reached the account by other means.
      case delivered
      /// Nothing will, and what is held goes back.
      case undelivered
      /// What is held is written off.
      case lost

      var api: ReviewOutcome {
        switch self {
        case .delivered: .delivered
        case .undelivered: .undelivered
        case .lost: .lost
        }
      }
    }

    @Option(
      help: ArgumentHelp(
        "delivered: the account has what was bought; undelivered: no order delivers anything any "
          + "more, and the money goes back; lost: it will have neither.", valueName: "outcome"))
    var outcome: Outcome

    @Option(
      help: ArgumentHelp(
        "With delivered and undelivered: what proves it, such as an extrinsic's hash or the "
          + "ramp's ticket.", valueName: "text"))
    var evidence: String?

    @OptionGroup var target: ReviewTarget
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard (outcome != .lost) == (evidence != nil) else {
        throw ValidationError(
          "--evidence is needed with --outcome delivered or undelivered, and only there")
      }
    }

    func run(in session: Session) async throws {
      try await target.act(
        .resolve, outcome.api, evidence: evidence ?? "", in: session)
    }
  }
}
