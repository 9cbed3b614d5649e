internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// The daemon itself.
struct ServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "server", abstract: "Look at the daemon, and stop or allow charging.",
    subcommands: [Status.self, KillSwitch.self])

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
