internal import ArgumentParser
internal import RPCCore
internal import StrictJSON
internal import TopUpAPI
internal import TopUpCore

/// The ledger: whether it is sound, what stood when, and what moved on an account.
struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Verify the ledger, keep its head, and draw statements from it.",
    subcommands: [Verify.self, Head.self, Balance.self, Export.self])

  struct Verify: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recompute the ledger from its first entry, and each top-up's books.",
      discussion: """
        Ends with 1 when something is wrong, and says where. Takes as long as the ledger is large; \
        the daemon serves meanwhile. For a store that no daemon has open: 'topupd verify'.
        """)

    @Option(
      help: ArgumentHelp(
        "A head that 'topupctl ledger head' printed earlier: the ledger must still hold it.",
        valueName: "position:digest"), transform: Reading.ledgerHead)
    var head: LedgerHead?

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = VerifyLedgerRequest(
        headPosition: head?.position ?? 0, headDigest: head?.digest ?? [])
      let response = try await session.call(AdminRPC.verifyLedger) {
        connection async throws(RPCError) in
        try await connection.admin.verifyLedger(request, options: connection.long)
      }
      session.console.show(response.json) { report in
        for fault in response.faults { report.add(Cell(fault, .bad)) }
        if response.moreFaults { report.add(Cell("and more", .bad)) }
        if response.faults.isEmpty {
          let head = LedgerHead(position: response.entries, digest: response.headDigest)
          report.add(Cell("sound", .good), Cell(": head \(head)"))
        }
      }
      guard response.faults.isEmpty else { throw Unsuccessful("the ledger is not sound") }
    }
  }

  struct Head: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the ledger's head, to be kept elsewhere.",
      discussion: "With it 'ledger verify --head' sees entries that are missing at the end.")

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let response = try await session.call(AdminRPC.getLedgerHead) {
        connection async throws(RPCError) in
        try await connection.admin.getLedgerHead(
          GetLedgerHeadRequest(), options: connection.unary)
      }
      session.console.show(response.json) { report in
        let head = LedgerHead(position: response.position, digest: response.digest)
        report.add(Cell("\(head)"))
      }
    }
  }

  struct Balance: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what an account's ledger accounts stood at after an entry.")

    @Option(
      help: ArgumentHelp(
        "The entry's position, of this account or any other. Default: the last.",
        valueName: "position"), transform: Reading.position)
    var at: Int64?

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let response = try await StatementSource(session, account: account.required())
        .balances(at: at ?? 0)
      session.console.show(response.json, elements: response.balances.map(\.json)) { report in
        report.add(Cell("after entry \(response.position)", .dim))
        report.list(LedgerView.table(of: response.balances), ifEmpty: "no entries by then")
      }
    }
  }

  struct Export: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print an account's statement: each posting, between two balances.",
      discussion: """
        A debit is above zero and a credit below. The balances before and after are asked for by \
        themselves, and a statement that does not lead from one to the other is not printed.
        """)

    @Option(help: "csv or json.")
    var format: StatementFormat

    @Option(
      help: ArgumentHelp("The first entry's position. Default: the first.", valueName: "position"),
      transform: Reading.position)
    var from: Int64?

    @Option(
      help: ArgumentHelp("The last entry's position. Default: the last.", valueName: "position"),
      transform: Reading.position)
    var to: Int64?

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      if let from, let to, from > to { throw ValidationError("--from is behind --to") }
    }

    func run(in session: Session) async throws {
      let source = StatementSource(session, account: try account.required())
      let statement = try await source.statement(from: from ?? 1, to: to)
      switch format {
      case .csv: session.console.show(lines: StatementText.csv(statement))
      case .json: session.console.show(lines: [StatementText.json(statement).prettyText])
      }
    }
  }
}
