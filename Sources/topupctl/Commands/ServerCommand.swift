internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// The daemon itself.
struct ServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "server", abstract: "Look at the daemon, and stop or allow charging.",
    subcommands: [Status.self, Inbox.self, KillSwitch.self])

  struct Status: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what the server is and how its parts are.")

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let status = try await session.call(AdminRPC.getStatus) {
        connection async throws(RPCError) in
        try await connection.admin.getStatus(GetStatusRequest(), options: connection.unary)
      }
      session.console.show(status.json) { report in StatusView.write(status, to: &report) }
    }
  }

  struct Inbox: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the webhook events that were received.")

    @Flag(help: "Only those that could not be applied.")
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
        var table = Table(
          "EVENT", "TYPE", "OBJECT", "RECEIVED", "APPLIED", .trailing("TRIES"), "ERROR")
        for event in events {
          table.add(
            Cell(event.id), Cell(event.type), Cell(event.objectID),
            Cell(TimeText.local.moment(event.receivedAt)),
            event.appliedAt == nil
              ? Cell("waiting", .waiting) : Cell(TimeText.local.moment(event.appliedAt)),
            Cell("\(event.tries)"), Cell(event.lastError, .bad))
        }
        report.list(table, ifEmpty: "no events")
      }
      page.tellRest(next, session.console)
    }
  }

  struct KillSwitch: SessionCommand {
    static let configuration = CommandConfiguration(
      commandName: "kill-switch", abstract: "Stop, or allow again, every further charge.")

    /// Which way to turn it.
    enum Position: String, EnumerableFlag {
      case stop
      case allow

      static func help(for value: Position) -> ArgumentHelp? {
        switch value {
        case .stop: "No card is charged from now on; what was charged is still delivered."
        case .allow: "Cards may be charged again."
        }
      }
    }

    @Flag var position: Position
    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = SetKillSwitchRequest(
        engaged: position == .stop, actor: try actor.required())
      let response = try await session.call(AdminRPC.setKillSwitch) {
        connection async throws(RPCError) in
        try await connection.admin.setKillSwitch(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(
          response.engaged ? Cell("charging is stopped", .bad) : Cell("charging is allowed", .good))
      }
    }
  }
}
