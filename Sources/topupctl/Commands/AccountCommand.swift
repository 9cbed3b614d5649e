internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// What an account owes and what blocks it, and an operator's word on that.
struct AccountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account",
    abstract: "Show what an account owes and what blocks it; block and release it.",
    subcommands: [Show.self, Block.self, Release.self])

  struct Show: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show debts, blocks, the episode, refused cards and what is in flight.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = GetAccountStandingRequest(account: try account.required())
      let response = try await session.call(AdminRPC.getAccountStanding) {
        connection async throws(RPCError) in
        try await connection.admin.getAccountStanding(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        AccountView.write(response.standing ?? AccountStanding(), to: &report)
      }
    }
  }

  struct Block: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have nothing charged for an account until it is released.",
      discussion: """
        Neither its rule nor a user's request charges it then, and what is in flight and not \
        confirmed yet is cancelled. What was charged goes on.

        topupctl account block --cluster 0x… --owner 5Gr… --reason "asked by the customer"
        """)

    @OptionGroup var account: AccountOptions
    @OptionGroup var version: VersionOption
    @OptionGroup var actor: ActorOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let actor = try actor.required()
      let account = try account.required()
      let key = key.key(telling: session.console)
      let request = BlockAccountRequest(
        account: account, actor: actor, idempotencyKey: key, expectedVersion: version.version)
      let response = try await session.call(AdminRPC.blockAccount, key: key) {
        connection async throws(RPCError) in
        try await connection.admin.blockAccount(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        AccountView.write(response.standing ?? AccountStanding(), to: &report)
      }
    }
  }

  struct Release: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "End what blocks an account, and forgive what it owes.",
      discussion: """
        What is owed stays owed unless --forgive makes it our loss; that ends the block of the debt \
        by itself, and takes two persons where reviews do.

        topupctl account release --cluster 0x… --owner 5Gr… --cause fraud-warning --reason "checked"
        topupctl account release --cluster 0x… --owner 5Gr… --forgive --reason "agreed in ticket 7"
        """)

    @OptionGroup var account: AccountOptions
    @Option(
      help: ArgumentHelp(
        "What no longer blocks it: debt, fraud-warning or operator; several are all ended.",
        valueName: "cause"))
    var cause: [String] = []
    @Flag(help: "Make all that is owed our loss.")
    var forgive = false
    @OptionGroup var version: VersionOption
    @OptionGroup var actor: ActorOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let actor = try actor.required()
      let account = try account.required()
      let causes = try cause.map { try Self.cause(named: $0) }
      guard forgive || !causes.isEmpty else {
        throw UsageError("what is to be ended? --cause or --forgive")
      }
      let key = key.key(telling: session.console)
      let request = ReleaseAccountRequest(
        account: account, causes: causes, forgive: forgive, actor: actor, idempotencyKey: key,
        expectedVersion: version.version)
      let response = try await session.call(AdminRPC.releaseAccount, key: key) {
        connection async throws(RPCError) in
        try await connection.admin.releaseAccount(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        if response.awaitsSecondPerson {
          report.add(Cell("noted: a second person must ask for the same", .waiting))
        }
        AccountView.write(response.standing ?? AccountStanding(), to: &report)
      }
    }

    private static func cause(named text: String) throws(UsageError) -> BlockCause {
      guard let cause = BlockCause(named: text, prefix: BlockCause.prefix) else {
        let known = BlockCause.choices(after: BlockCause.prefix).joined(separator: ", ")
        throw UsageError("--cause: \(text) is none of \(known)")
      }
      return cause
    }
  }
}
