internal import ArgumentParser
internal import ProtobufRuntime
internal import RPCCore
internal import StrictJSON
internal import Synchronization
internal import TopUpAPI

/// Processor, ledger and ramp.
struct ReconcileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile", abstract: "Compare processor, ledger and ramp, and settle the rest.",
    subcommands: [Compare.self, Settle.self, ClearBehind.self], defaultSubcommand: Compare.self)

  struct Settle: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Note that you have settled what an alarm is about: it is told no more.")

    @Argument(help: "The intent or order, as the last comparison printed it.")
    var object: String

    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = SettleByHandRequest(objectID: object, actor: try actor.required())
      let response = try await session.call(AdminRPC.settleByHand) {
        connection async throws(RPCError) in
        try await connection.admin.settleByHand(request, options: connection.unary)
      }
      session.console.show(response.json) { $0.add(Cell("settled", .good), Cell(": \(object)")) }
    }
  }

  struct ClearBehind: SessionCommand {
    static let configuration = CommandConfiguration(
      commandName: "clear-behind",
      abstract: "Let a store that was behind send again.",
      discussion: """
        Compares everything first, and refuses while something stands that this store does not have \
        and nobody has settled, or that --repair would mend.
        """)

    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = ClearBehindRequest(actor: try actor.required())
      let response = try await session.call(AdminRPC.clearBehind) {
        connection async throws(RPCError) in
        try await connection.admin.clearBehind(request, options: connection.long)
      }
      session.console.show(response.json) { report in
        report.add(Cell("sends again", .good), Cell("; it was behind: \(response.wasBehind)"))
      }
    }
  }
}

/// The three books, compared.
struct Compare: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare processor, ledger and ramp; print where they differ.",
    discussion: """
      Prints nothing and ends with 0 when they agree, and with 1 when a difference stands. Changes \
      nothing without --repair, which tells each top-up what is so outside and leaves the rest to a \
      person.
      """)

  @Option(
    help: ArgumentHelp(
      "How far back: payments and top-ups of so long ago and younger. Default: all.",
      valueName: "span"), transform: Reading.span)
  var since: Duration?

  @Option(
    help: ArgumentHelp(
      "What is younger may be under way and is left alone. Default: 2min.", valueName: "span"),
    transform: Reading.span)
  var settled: Duration?

  @Flag(help: "Mend what is safe to mend; needs --reason.")
  var repair = false

  @OptionGroup var actor: ActorOptions
  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    var request = ReconcileRequest(repair: repair, settledFor: settled?.proto)
    if repair { request.actor = try actor.required() }
    if let since {
      let seconds = Host.unixNanoseconds() / 1_000_000_000 - since.components.seconds
      request.since = ProtobufTimestamp(seconds: seconds)
    }
    let asked = request
    let heard = Heard()
    try await session.call(AdminRPC.reconcile) { connection async throws(RPCError) in
      try await connection.admin.reconcile(asked, options: connection.long) {
        responses async throws(RPCError) in
        while let response = try await responses.next() {
          heard.responses.withLock { $0.append(response) }
        }
      }
    }
    let found = heard.responses.withLock { $0 }
    show(found, session.console)
    let open = found.count { !$0.repaired }
    guard open == 0 else {
      throw Unsuccessful(open == 1 ? "1 difference stands" : "\(open) differences stand")
    }
  }

  /// What the server has streamed so far.
  private final class Heard: Sendable {
    let responses = Mutex<[ReconcileResponse]>([])
  }

  private func show(_ found: [ReconcileResponse], _ console: Console) {
    guard !found.isEmpty || console.format == .json else { return }
    console.show(.array(found.map(\.json)), elements: found.map(\.json)) { report in
      var table = Table("DIFFERENCE", "TOP-UP", "ABOUT", "HERE", "THERE", "WHAT NOW")
      for difference in found {
        let style: Style = difference.repaired ? .good : difference.alarm ? .bad : .waiting
        table.add(
          Cell(difference.kind, style), Cell(difference.topUpID), Cell(difference.objectID),
          Cell(difference.ours), Cell(difference.theirs),
          Cell(
            difference.repaired
              ? "repaired"
              : difference.repairable && !repair
                ? "mended by --repair" : difference.remedy))
      }
      report.add(table)
    }
  }
}
