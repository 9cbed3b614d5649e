internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Credits: balances of a tenant's users that are kept in the ledger alone.
struct CreditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "credits",
    abstract: "Use, give back and hand on credits.",
    discussion: "Amounts are in the tenant's smallest unit. The same --key never acts twice.",
    subcommands: [Deduct.self, GiveBack.self, Transfer.self])

  struct Deduct: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take credits for use; refused when they do not suffice.")

    @Option(help: ArgumentHelp("How many.", valueName: "units"))
    var amount: String

    @Option(help: ArgumentHelp("What for.", valueName: "text"))
    var description: String?

    @OptionGroup var user: CreditsOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let key = key.key(telling: session.console)
      let request = DeductCreditsRequest(
        account: user.account, amount: amount, idempotencyKey: key,
        description: description ?? "")
      let response = try await session.call(BalanceRPC.deductCredits, key: key) {
        connection async throws(RPCError) in
        try await connection.balances.deductCredits(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add("left: \(response.balanceAfter)")
        report.add(LedgerView(response.entry.map { [$0] } ?? []).table)
      }
    }
  }

  struct GiveBack: SessionCommand {
    static let configuration = CommandConfiguration(
      commandName: "return", abstract: "Give back credits of a deduction whose use failed.")

    @Option(help: ArgumentHelp("The key of the deduction.", valueName: "key"))
    var deductionKey: String

    @Option(help: ArgumentHelp("How many; no more than are left of it.", valueName: "units"))
    var amount: String

    @OptionGroup var user: CreditsOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let key = key.key(telling: session.console)
      let request = ReturnCreditsRequest(
        account: user.account, deductionKey: deductionKey, amount: amount, idempotencyKey: key)
      let response = try await session.call(BalanceRPC.returnCredits, key: key) {
        connection async throws(RPCError) in
        try await connection.balances.returnCredits(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add("left: \(response.balanceAfter)")
        report.add(LedgerView(response.entry.map { [$0] } ?? []).table)
      }
    }
  }

  struct Transfer: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hand credits on to another user of the same tenant.")

    @Option(help: ArgumentHelp("The user who gets them.", valueName: "id"))
    var to: String

    @Option(help: ArgumentHelp("How many.", valueName: "units"))
    var amount: String

    @OptionGroup var user: CreditsOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let key = key.key(telling: session.console)
      let request = TransferCreditsRequest(
        from: user.account, to: CreditsAccount(tenant: user.tenant, user: to), amount: amount,
        idempotencyKey: key)
      let response = try await session.call(BalanceRPC.transferCredits, key: key) {
        connection async throws(RPCError) in
        try await connection.balances.transferCredits(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(LedgerView(response.entry.map { [$0] } ?? []).table)
      }
    }
  }
}
