internal import ArgumentParser
internal import RPCCore
internal import Synchronization
internal import TopUpAPI

/// What people are to be told: once each, in the order of what it tells of.
struct NoticesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notices", abstract: "Show what people are to be told of their accounts.",
    subcommands: [List.self, Watch.self])

  struct List: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "List notices, the oldest first.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var cursor: NoticeCursor
    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let position = Mutex(Int64(0))
      let (notices, next) = try await page.collect { size, token in
        let request = ListNoticesRequest(
          afterPosition: token.isEmpty ? cursor.after ?? 0 : 0, account: account.named,
          pageSize: size, pageToken: token)
        let response = try await session.call(TopUpRPC.listNotices) {
          connection async throws(RPCError) in
          try await connection.topUps.listNotices(request, options: connection.unary)
        }
        position.withLock { $0 = response.position }
        return (response.notices, response.nextPageToken)
      }
      let whole = ListNoticesResponse(
        notices: notices, nextPageToken: next, position: position.withLock { $0 })
      session.console.show(whole.json, elements: notices.map(\.json)) { report in
        report.list(NoticeView.table(notices), ifEmpty: "no notices")
      }
      page.tellRest(next, session.console)
    }
  }

  struct Watch: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show notices from a position on, and each new one as it comes.",
      discussion: """
        A connection that is lost is made again from the last one that was shown, so that each is \
        shown once. -o json and -o jsonl print an object a line.
        """)

    @OptionGroup var account: AccountOptions
    @OptionGroup var cursor: NoticeCursor
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let place = Mutex(cursor.after ?? 0)
      let console = session.console
      let account = account.named
      let keeper = StreamKeeper(console, connectTimeout: session.connection.connectTimeout)
      try await keeper.run(until: { false }) { isAgain async throws(CallFailure) in
        let request = WatchNoticesRequest(
          afterPosition: place.withLock { $0 }, account: account)
        try await session.call(TopUpRPC.watchNotices) { connection async throws(RPCError) in
          try await connection.topUps.watchNotices(
            request, options: connection.stream(isAgain: isAgain)
          ) { responses async throws(RPCError) in
            while let response = try await responses.next() {
              keeper.noteMessage()
              place.withLock { $0 = response.position }
              guard let notice = response.notice else { continue }
              console.change(notice.json) { NoticeView.write(notice, to: &$0) }
            }
          }
        }
      }
    }
  }
}

/// Where a reader of notices was.
struct NoticeCursor: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Those behind this. Default: from the oldest that is kept.", valueName: "position"),
    transform: Reading.position)
  var after: Int64?
}
