internal import ArgumentParser
internal import ProtobufRuntime
internal import RPCCore
internal import TopUpAPI

/// Rules: how an account is funded by itself.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show and set the rule by which an account is funded.",
    subcommands: [Get.self, Set.self, DryRun.self])

  struct Get: SessionCommand {
    static let configuration = CommandConfiguration(abstract: "Show an account's rule.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let policy = try await PolicyCommand.policy(of: try account.required(), session)
      session.console.show(GetPolicyResponse(policy: policy).json) { report in
        PolicyView(policy).write(to: &report)
      }
    }
  }

  struct Set: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set or change an account's rule; what is not named stays as it is.",
      discussion: """
        The rule in force is read first and the change is made from its version: a change that \
        came in between is refused, not overwritten. Prints what differs.

        topupctl policy set --cluster 0x… --owner 6UJs… --payer-tenant console --payer-user 42 \
        --threshold "50 CERE" --fixed "25.00 USD" --day-cap 100.00 --enable
        """)

    @OptionGroup var flags: PolicyFlags
    @Flag(help: "Print what would differ; change nothing.")
    var dryRun = false
    @OptionGroup var account: AccountOptions
    @OptionGroup var payer: PayerOptions
    @OptionGroup var actor: ActorOptions
    @OptionGroup var key: KeyOption
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let account = try account.required()
      let before = try await PolicyCommand.present(account, session)
      let wanted = try flags.applied(to: before, account: account, payer: payer)
      let changes = PolicyView.changes(from: before, to: wanted)
      guard !changes.isEmpty, !dryRun else {
        session.console.show(GetPolicyResponse(policy: wanted).json) { report in
          report.list(PolicyView.table(changes), ifEmpty: "nothing to change")
        }
        return
      }
      let key = key.key(telling: session.console)
      let request = SetPolicyRequest(
        policy: wanted, idempotencyKey: key, expectedVersion: before?.version ?? 0,
        actor: actor.optional)
      let response = try await session.call(TopUpRPC.setPolicy, key: key) {
        connection async throws(RPCError) in
        try await connection.topUps.setPolicy(request, options: connection.unary)
      }
      let after = response.policy ?? wanted
      session.console.show(response.json) { report in
        report.add(PolicyView.table(PolicyView.changes(from: before, to: after)))
      }
      session.console.note("version \(after.version) is in force")
    }
  }

  struct DryRun: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a rule would have decided on what was looked at before.",
      discussion: """
        The rule in force with the flags' changes is held against each decision that was kept, on \
        what that one looked at. Each stands for itself: what would have been charged before \
        changes neither balance nor cooldown. Prices that nobody asked for are estimated. Nothing \
        is set or charged.

        topupctl policy dry-run --cluster 0x… --owner 6UJs… --threshold "80 CERE" --since 7d
        """)

    @OptionGroup var flags: PolicyFlags
    @Option(
      help: ArgumentHelp("How far back. Default: 7d.", valueName: "span"),
      transform: Reading.span)
    var since: Duration?
    @OptionGroup var account: AccountOptions
    @OptionGroup var payer: PayerOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let account = try account.required()
      let before = try await PolicyCommand.present(account, session)
      let wanted = try flags.applied(to: before, account: account, payer: payer)
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
    }
  }

  /// The rule in force; nil when there is none yet.
  fileprivate static func present(
    _ account: Account, _ session: Session
  ) async throws -> Policy? {
    do throws(CallFailure) { return try await policy(of: account, session) } catch {
      guard error.error.code == .notFound else { throw error }
      return nil
    }
  }

  fileprivate static func policy(
    of account: Account, _ session: Session
  ) async throws(CallFailure) -> Policy {
    let response = try await session.call(TopUpRPC.getPolicy) {
      connection async throws(RPCError) in
      try await connection.topUps.getPolicy(
        GetPolicyRequest(account: account), options: connection.unary)
    }
    return response.policy ?? Policy()
  }
}
