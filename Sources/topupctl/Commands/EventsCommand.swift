internal import ArgumentParser
internal import ProtobufRuntime
internal import RPCCore
internal import StrictJSON
internal import TopUpAPI

/// Low-balance events, as a node would send them: for trials and repairs.
struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Send low-balance events as a node would.",
    subcommands: [Send.self])

  struct Send: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send low-balance events for a DDC account, and count what became of them.",
      discussion: """
        An event only makes the service look: it reads the balance itself before it decides. Over \
        one stream by default, or by single calls with --unary.
        """)

    @Option(help: ArgumentHelp("How many events.", valueName: "count"))
    var count = 1

    @Option(
      help: ArgumentHelp("low, critical, exhausted or recovered.", valueName: "severity"),
      transform: Reading.severity)
    var severity: Severity = .low

    @Option(help: ArgumentHelp("The name of the source.", valueName: "name"))
    var source = "topupctl"

    @Option(
      help: ArgumentHelp(
        "The source's epoch; sequences go on within one. Default: a new one, the present second.",
        valueName: "number"))
    var epoch: UInt64?

    @Option(help: ArgumentHelp("How many of a hundred are sent twice.", valueName: "percent"))
    var duplicates = 0

    @Option(help: ArgumentHelp("The balance that the source claims.", valueName: "tokens"))
    var active = "0"

    @Option(help: ArgumentHelp("Used but not yet billed.", valueName: "tokens"))
    var unbilled = "0"

    @Option(help: ArgumentHelp("Mean use of one era.", valueName: "tokens"))
    var burnPerEra = "0"

    @Option(help: ArgumentHelp("The block that the source saw.", valueName: "height"))
    var block: UInt64 = 0

    @Flag(help: "Send each event by a call of its own.")
    var unary = false

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard count > 0 else { throw ValidationError("--count must be above zero") }
      guard (0...100).contains(duplicates) else {
        throw ValidationError("--duplicates is a percentage, 0 to 100")
      }
    }

    func run(in session: Session) async throws {
      let plan = EventPlan(count: count, duplicatePercent: duplicates, event: try event())
      let begun = Host.monotonicNanoseconds()
      let sender = EventSender(
        session, plan, source: source,
        epoch: epoch ?? UInt64(clamping: Host.unixNanoseconds() / 1_000_000_000))
      let tally = unary ? try await sender.sendSingly() : try await sender.sendStream()
      let span = Duration.nanoseconds(Host.monotonicNanoseconds() - begun)
      session.console.show(tally.json) { report in tally.write(to: &report, span: span) }
      guard tally.acknowledged == tally.sent else {
        throw Unsuccessful("\(tally.sent - tally.acknowledged) events were not acknowledged")
      }
      guard tally.count(of: .rejected) == 0 else { throw Unsuccessful("events were rejected") }
    }

    /// The event that is sent again and again, but for its sequence.
    private func event() throws -> LowBalanceEvent {
      let (cluster, owner) = try AccountBytes.ddc(try account.required())
      let now = Host.unixNanoseconds()
      var event = LowBalanceEvent(clusterID: cluster, owner: owner)
      event.balanceActive = try units(active, "--active")
      event.unbilled = try units(unbilled, "--unbilled")
      event.burnPerEra = try units(burnPerEra, "--burn-per-era")
      event.observedAt = ProtobufTimestamp(
        seconds: now / 1_000_000_000, nanos: Int32(now % 1_000_000_000))
      event.blockNumber = block
      event.severity = severity
      return event
    }

    private func units(_ text: String, _ option: String) throws(UsageError) -> String {
      do throws(TokenText.Fault) { return try TokenText.units(text, .cere) } catch {
        throw UsageError("\(option): \(error)")
      }
    }
  }
}
