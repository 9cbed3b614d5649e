internal import ArgumentParser
internal import ProtobufRuntime
internal import RPCCore
internal import TopUpAPI

/// What a rule would have done.
struct PolicyDryRunCommand: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "dry-run",
    abstract: "Show what a rule would have decided on what was looked at before.",
    discussion: """
      The rule in force, or the one in a file, with the flags' changes is held against each \
      decision that was kept, on what that one looked at. Each stands for itself: what would have \
      been charged before changes neither balance nor cooldown. Prices that nobody asked for are \
      estimated. Nothing is set or charged.

      topupctl policy dry-run --cluster 0x… --owner 6UJs… --threshold "80 CERE" --since 7d
      topupctl policy dry-run rule.json --since 7d
      """)

  @OptionGroup var file: PolicyFileOption
  @OptionGroup var flags: PolicyFlags
  @Option(
    help: ArgumentHelp("How far back. Default: 7d.", valueName: "span"),
    transform: Reading.span)
  var since: Duration?
  @OptionGroup var account: AccountOptions
  @OptionGroup var payer: PayerOptions
  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let wanted = try await PolicyCommand.wanted(flags, file, account, payer, session).policy
    let span = since?.components.seconds ?? 7 * 86_400
    let moment = Host.unixNanoseconds() / 1_000_000_000 - span
    let request = DryRunPolicyRequest(
      policy: wanted, since: ProtobufTimestamp(seconds: moment))
    let response = try await session.call(AdminRPC.dryRunPolicy) {
      connection async throws(RPCError) in
      try await connection.admin.dryRunPolicy(request, options: connection.unary)
    }
    let decisions = response.decisions
    session.console.show(response.json, elements: decisions.map(\.json)) { report in
      report.list(
        DecisionView.table(decisions, isDryRun: true), ifEmpty: "no decisions were kept")
    }
    let charges = decisions.count { $0.skipReason == .unspecified }
    session.console.note("\(charges) of \(decisions.count) would have charged")
    if response.moreDecisions { session.console.note("older ones since then are left out") }
  }
}
