internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Balances: what an account has, what is on its way, how long it lasts.
struct BalanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balance", abstract: "Show and follow an account's balance.",
    subcommands: [Get.self, Watch.self, History.self])

  struct Get: SessionCommand {
    static let configuration = CommandConfiguration(abstract: "Show an account's balance.")

    @Flag(help: "Ask the node now instead of answering from the last reading.")
    var refresh = false

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = GetBalanceRequest(account: try account.required(), refresh: refresh)
      let response = try await session.call(BalanceRPC.getBalance) {
        connection async throws(RPCError) in
        try await connection.balances.getBalance(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        BalanceReport(response.balance ?? BalanceView()).write(to: &report)
      }
    }
  }

  struct Watch: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Follow an account's balance: a line now, and one with each change.",
      discussion: "A connection that is lost is made again.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = WatchBalanceRequest(account: try account.required())
      let console = session.console
      let keeper = StreamKeeper(
        console, connectTimeout: session.connection.connectTimeout)
      try await keeper.run { isAgain async throws(CallFailure) in
        try await session.call(BalanceRPC.watchBalance) { connection async throws(RPCError) in
          try await connection.balances.watchBalance(
            request, options: connection.stream(isAgain: isAgain)
          ) { responses async throws(RPCError) in
            while let response = try await responses.next() {
              keeper.noteMessage()
              console.change(response.json) { report in
                BalanceReport(response.balance ?? BalanceView()).writeChange(to: &report)
              }
            }
          }
        }
      }
    }
  }

  struct History: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List an account's ledger entries, newest first.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let account = try account.required()
      let (entries, next) = try await page.collect { size, token in
        let request = ListEntriesRequest(account: account, pageSize: size, pageToken: token)
        let response = try await session.call(BalanceRPC.listEntries) {
          connection async throws(RPCError) in
          try await connection.balances.listEntries(request, options: connection.unary)
        }
        return (response.entries, response.nextPageToken)
      }
      let whole = ListEntriesResponse(entries: entries, nextPageToken: next)
      session.console.show(whole.json, elements: entries.map(\.json)) { report in
        report.list(LedgerView(entries).table, ifEmpty: "no entries")
      }
      page.tellRest(next, session.console)
    }
  }
}
