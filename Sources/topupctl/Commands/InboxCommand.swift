internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// The processor's webhook events.
struct InboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inbox",
    abstract: "List the webhook events that were received, and have one tried again.",
    subcommands: [List.self, Replay.self])

  struct List: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the webhook events that were received.")

    @Flag(help: "Only those that could not be applied, those that were given up among them.")
    var stuck = false

    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let (events, next) = try await page.collect { size, token in
        let request = ListInboxRequest(stuckOnly: stuck, pageSize: size, pageToken: token)
        let response = try await session.call(AdminRPC.listInbox) {
          connection async throws(RPCError) in
          try await connection.admin.listInbox(request, options: connection.unary)
        }
        return (response.events, response.nextPageToken)
      }
      let whole = ListInboxResponse(events: events, nextPageToken: next)
      session.console.show(whole.json, elements: events.map(\.json)) { report in
        report.list(InboxView.table(events), ifEmpty: "no events")
      }
      page.tellRest(next, session.console)
    }
  }

  struct Replay: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have an event tried again now, also one that was given up.",
      discussion: """
        What it tells is read again from the processor, and applied once; an event that is applied \
        is refused. Ends with 1 when it could not be applied this time either.
        """)

    @Argument(help: ArgumentHelp("The event's id.", valueName: "evt_…"))
    var id: String

    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = ReplayInboxEventRequest(id: id, actor: try actor.required())
      let response = try await session.call(AdminRPC.replayInboxEvent) {
        connection async throws(RPCError) in
        try await connection.admin.replayInboxEvent(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(InboxView.table(response.event.map { [$0] } ?? []))
      }
      guard response.event?.appliedAt != nil else {
        throw Unsuccessful("it could not be applied: \(response.event?.lastError ?? "")")
      }
    }
  }
}
