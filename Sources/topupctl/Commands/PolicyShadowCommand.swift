internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// A rule that is tried beside the one in force.
struct PolicyShadowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shadow",
    abstract: "Try a rule beside the one in force, and show what it would do otherwise.",
    subcommands: [Show.self, Set.self, End.self])

  struct Show: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the rule that is tried, and where it differs from the one in force.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let account = try account.required()
      var shadow: ShadowPolicy?
      let (differences, next) = try await page.collect { size, token in
        let response = try await PolicyShadowCommand.get(account, size, token, session)
        shadow = response.shadow
        return (response.differences, response.nextPageToken)
      }
      let whole = GetShadowPolicyResponse(
        shadow: shadow, differences: differences, nextPageToken: next)
      session.console.show(whole.json, elements: differences.map(\.json)) { report in
        ShadowView.write(shadow ?? ShadowPolicy(), to: &report)
        report.section("differences", ShadowView.table(differences))
      }
      page.tellRest(next, session.console)
    }
  }

  struct Set: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try a rule from now on; what was noted of another is forgotten.",
      discussion: """
        The rule in force, or the one in a file, with the flags' changes decides each look too. It \
        charges nobody: only what would have come out otherwise is kept. It looks at what the rule in \
        force looks at, so it has the same payer, currency and zone.

        topupctl policy shadow set --cluster 0x… --owner 6UJs… --threshold "80 CERE" \
        --reason "runs dry at night"
        """)

    @OptionGroup var file: PolicyFileOption
    @OptionGroup var flags: PolicyFlags
    @OptionGroup var account: AccountOptions
    @OptionGroup var payer: PayerOptions
    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let actor = try actor.required()
      let (account, policy) = try await PolicyCommand.wanted(flags, file, account, payer, session)
      try await PolicyShadowCommand.set(policy, account, actor, session)
    }
  }

  struct End: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try it no more; what was noted of it is forgotten.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let actor = try actor.required()
      try await PolicyShadowCommand.set(nil, try account.required(), actor, session)
    }
  }

  private static func set(
    _ policy: Policy?, _ account: Account, _ actor: ActorMessage, _ session: Session
  ) async throws {
    let request = SetShadowPolicyRequest(
      account: account, policy: policy, actor: actor,
      expectedVersion: try await version(account, session))
    let response = try await session.call(AdminRPC.setShadowPolicy) {
      connection async throws(RPCError) in
      try await connection.admin.setShadowPolicy(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      ShadowView.write(response.shadow ?? ShadowPolicy(), to: &report)
    }
    session.console.note(policy == nil ? "it is tried no more" : "it is tried from now on")
  }

  /// The last trial's; 0 before the first.
  private static func version(_ account: Account, _ session: Session) async throws -> Int64 {
    do throws(CallFailure) {
      return try await get(account, 1, "", session).shadow?.version ?? 0
    } catch {
      guard error.error.code == .notFound else { throw error }
      return 0
    }
  }

  private static func get(
    _ account: Account, _ size: Int32, _ token: String, _ session: Session
  ) async throws(CallFailure) -> GetShadowPolicyResponse {
    try await session.call(AdminRPC.getShadowPolicy) { connection async throws(RPCError) in
      try await connection.admin.getShadowPolicy(
        GetShadowPolicyRequest(account: account, pageSize: size, pageToken: token),
        options: connection.unary)
    }
  }
}
