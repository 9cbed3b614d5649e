import ProtobufRuntime
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Why an account is charged or not, over the wire.
@Suite struct ExplainCallsTests {
  private static let account = TopUpAPI.Account(
    kind: .ddc(
      .init(
        clusterID: "0x" + String(repeating: "07", count: 20),
        owner: "0x" + String(repeating: "09", count: 32))))

  private func serving(
    _ body: (CreatorGround, AdminClient, CallOptions) async throws -> Void
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    let guarded = try await GuardedGround(nil, over: ground.store, fence: ground.store.fence)
    do {
      try await body(ground, AdminClient(guarded.channel), try GuardedGround.options(nil))
    } catch {
      await guarded.close()
      throw error
    }
    await guarded.close()
  }

  @Test func `each condition is told by name, with its standing`() async throws {
    try await serving { _, admin, options in
      let told = try await admin.explain(
        ExplainRequest(account: Self.account), options: options)
      #expect(told.skipReason == .noPolicy)
      #expect(told.summary == "no policy is set for this account")
      #expect(told.wouldCharge == nil && told.at != nil)
      #expect(told.predicates.map(\.name) == DecisionPredicate.allCases.map(\.rawValue))
      let first = told.predicates.first
      #expect(first?.standing == .fails && first?.holds == false)
      #expect(first?.left == "none" && first?.relation == "is" && first?.right == "set")
      #expect(told.predicates.dropFirst().allSatisfy { $0.standing == .notReached })
    }
  }

  @Test func `the past is told from what the last decision before then looked at (1)`()
    async throws
  {
    try await serving { ground, admin, options in
      let key = AccountKey.ddc(
        TopUpCore.DDCAccount(
          cluster: try #require(ClusterID(Array(repeating: 7, count: 20))),
          owner: try #require(AccountID32(Array(repeating: 9, count: 32)))))
      for minute in 0...1 as ClosedRange<Int64> {
        let input = CreatorGround.input(
          key, at: CreatorGround.now.advanced(by: .seconds(minute * 60)), blocked: minute == 1)
        guard case .skip(let skip) = decide(input) else { continue }
        try await ground.commit([
          .recordDecision(
            StoredDecision(
              account: key, at: input.now, topUp: nil, skip: skip.reason,
              explanation: skip.explanation, effective: nil, block: 0, policyVersion: 0,
              episode: 0, events: 1, record: DecisionRecord(input, .skip(skip))))
        ])
      }
      func told(_ second: Int64) async throws -> ExplainResponse {
        let at = CreatorGround.now.advanced(by: .seconds(second)).timestamp
        return try await admin.explain(
          ExplainRequest(account: Self.account, at: at), options: options)
      }
      let first = try await told(59)
      #expect(first.skipReason == .disabled && first.at == CreatorGround.now.timestamp)
      #expect(first.predicates.first { $0.standing == .fails }?.name == "policy_enabled")
      #expect(try await told(60).skipReason == .accountBlocked)
      await #expect(throws: RPCError.self) { _ = try await told(-1) }
    }
  }

  @Test func `a dry run holds another rule against what was decided before`() async throws {
    try await serving { ground, admin, options in
      let key = AccountKey.ddc(
        TopUpCore.DDCAccount(
          cluster: try #require(ClusterID(Array(repeating: 7, count: 20))),
          owner: try #require(AccountID32(Array(repeating: 9, count: 32)))))
      let input = CreatorGround.input(key, at: CreatorGround.now, blocked: false)
      let decision = decide(input)
      try await ground.commit([
        .recordDecision(
          StoredDecision(
            account: key, at: input.now, topUp: nil, skip: .disabled,
            explanation: decision.explanation, effective: nil, block: 0, policyVersion: 1,
            episode: 0, events: 1, record: DecisionRecord(input, decision)))
      ])
      var policy = try #require(input.policy)
      try await ground.commit([.putPolicy(policy, expected: 0)])
      func told(since second: Int64) async throws -> [TopUpAPI.Decision] {
        let request = DryRunPolicyRequest(
          policy: policy.api,
          since: CreatorGround.now.advanced(by: .seconds(second)).timestamp)
        return try await admin.dryRunPolicy(request, options: options).decisions
      }
      #expect(try await told(since: 0).map(\.skipReason) == [.disabled])
      #expect(try await told(since: 1) == [])
      policy.isEnabled = true
      let other = try await told(since: 0)
      #expect(other.map(\.skipReason) == [.balanceUnreadable])
      #expect(other.first?.explanation == "the balance could not be read")
      #expect(other.first?.policyVersion == 0 && other.first?.position == 1)
    }
  }

  @Test func `an account is needed`() async throws {
    try await serving { _, admin, options in
      await #expect(throws: RPCError.self) {
        _ = try await admin.explain(ExplainRequest(), options: options)
      }
    }
  }
}

extension CreatorGround {
  /// Of a rule that is off, or of an account that is blocked.
  fileprivate static func input(
    _ account: AccountKey, at now: UnixTime, blocked: Bool
  ) -> DecisionInput {
    DecisionInput(
      account: account,
      policy: TopUpCore.Policy(
        account: account, payer: payer, isEnabled: blocked, threshold: 1,
        amount: .fixed(TopUpCore.Money(minorUnits: 500, .usd)), minPerTopUp: 50,
        maxPerTopUp: 1_000, day: .init(), month: .init(), timeZone: "UTC", rearmMargin: 0,
        cooldown: .seconds(3_600), lowCooldown: .seconds(300), minRunway: nil,
        slippageBasisPoints: 100, cards: [], version: 1, updated: now),
      state: AccountState(
        blocks: blocked
          ? [AccountBlock(.operator, actor: "ops:jan", reason: "asked for", since: now)] : []),
      claim: nil, reading: nil, inFlight: [], cards: [], consent: nil, windows: nil,
      quote: .notAsked, isKillSwitchOn: false, clocks: .agree,
      eraSeconds: 480, now: now)
  }
}
