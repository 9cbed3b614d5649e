internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// What all accounts of a tenant, or of the whole service, may be charged together.
struct CapsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "caps",
    abstract: "Show and set what a tenant, or the whole service, may be charged.",
    subcommands: [Get.self, Set.self])

  struct Get: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the caps in force, and what is used of them.")

    @OptionGroup var scope: CapScopeOptions
    @Option(help: ArgumentHelp("Only those in this currency.", valueName: "code"))
    var currency: String?
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let response = try await CapsCommand.caps(scope, currency ?? "", session)
      session.console.show(response.json) { report in
        report.list(CapsView.table(response.caps), ifEmpty: "no caps are set")
      }
    }
  }

  struct Set: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set or change caps; what is not named stays as it is.",
      discussion: """
        The caps in force are read first and the change is made from their version: a change that \
        came in between is refused, not overwritten. Caps below what is used already stop further \
        charges and break nothing. Accounts that wait for a cap are looked at again.

        topupctl caps set --tenant console --currency USD --day-cap 5000.00 --reason "new contract"
        """)

    @OptionGroup var scope: CapScopeOptions
    @Option(help: ArgumentHelp("The currency that is counted.", valueName: "code"))
    var currency: String
    @OptionGroup var flags: CapFlags
    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let actor = try actor.required()
      let before = try await CapsCommand.caps(scope, currency, session).caps.first
      let wanted = try flags.applied(to: before ?? Caps(currency: currency.uppercased()))
      let request = SetCapsRequest(
        tenant: scope.name, day: wanted.day, month: wanted.month, actor: actor,
        currency: wanted.currency, timeZone: wanted.timeZone, expectedVersion: wanted.version)
      let response = try await session.call(AdminRPC.setCaps) {
        connection async throws(RPCError) in
        try await connection.admin.setCaps(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(CapsView.table(response.caps.map { [$0] } ?? []))
      }
      session.console.note("version \(response.caps?.version ?? 0) is in force")
    }
  }

  fileprivate static func caps(
    _ scope: CapScopeOptions, _ currency: String, _ session: Session
  ) async throws(CallFailure) -> GetCapsResponse {
    try await session.call(AdminRPC.getCaps) { connection async throws(RPCError) in
      try await connection.admin.getCaps(
        GetCapsRequest(tenant: scope.name, currency: currency.uppercased()),
        options: connection.unary)
    }
  }
}
