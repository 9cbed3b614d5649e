internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Rules: how an account is funded by itself.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show and set the rule by which an account is funded.",
    subcommands: [Get.self, Set.self, PolicyDryRunCommand.self, PolicyShadowCommand.self])

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
      guard wanted != before, !dryRun else {
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

  /// The rule that flags and a file ask for: the one in force with the flags' changes, or the one in
  /// the file with them. Nothing is set by it.
  static func wanted(
    _ flags: PolicyFlags, _ file: PolicyFileOption, _ account: AccountOptions,
    _ payer: PayerOptions, _ session: Session
  ) async throws -> (account: Account, policy: Policy) {
    let written = try file.policy()
    let named = try account.named ?? written?.account ?? account.required()
    let base: Policy?
    if let written { base = written } else { base = try await present(named, session) }
    return (named, try flags.applied(to: base, account: named, payer: payer))
  }

  /// The rule in force; nil when there is none yet.
  static func present(
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
