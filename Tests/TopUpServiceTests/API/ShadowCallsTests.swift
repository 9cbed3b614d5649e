import ProtobufRuntime
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Rules on trial, and decisions made again, over the wire.
@Suite struct ShadowCallsTests {
  private static let actor = ActorMessage(name: "ops", reason: "runs dry")

  private static func key() throws -> AccountKey {
    .ddc(
      TopUpCore.DDCAccount(
        cluster: try #require(ClusterID(Array(repeating: 7, count: 20))),
        owner: try #require(AccountID32(Array(repeating: 9, count: 32)))))
  }

  private static func rule() throws -> TopUpCore.Policy {
    TopUpCore.Policy(
      account: try key(), payer: CreatorGround.payer, isEnabled: true, threshold: 1,
      amount: .fixed(TopUpCore.Money(minorUnits: 500, .usd)), minPerTopUp: 50, maxPerTopUp: 1_000,
      day: .init(), month: .init(), timeZone: "UTC", rearmMargin: 0, cooldown: .seconds(3_600),
      lowCooldown: .seconds(300), minRunway: nil, slippageBasisPoints: 100, cards: [], version: 1,
      updated: CreatorGround.now)
  }

  private func serving(
    hasRule: Bool = true,
    _ body: (CreatorGround, AdminClient, CallOptions) async throws -> Void
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    if hasRule { try await ground.commit([.putPolicy(try Self.rule(), expected: 0)]) }
    let guarded = try await GuardedGround(nil, over: ground.store, fence: ground.store.fence)
    do {
      try await body(ground, AdminClient(guarded.channel), try GuardedGround.options(nil))
    } catch {
      await guarded.close()
      throw error
    }
    await guarded.close()
  }

  private func code(_ call: () async throws -> Void) async -> StatusCode? {
    do {
      try await call()
      return nil
    } catch { return (error as? RPCError)?.code }
  }

  // MARK: Trials

  @Test func `a trial is set, told with its counts, and ended, each from the version before`()
    async throws
  {
    try await serving { ground, admin, options in
      let key = try Self.key()
      var rule = try Self.rule()
      rule.threshold = 80
      let unknown = await code {
        _ = try await admin.getShadowPolicy(
          GetShadowPolicyRequest(account: key.api), options: options)
      }
      #expect(unknown == .notFound)
      let wanted = SetShadowPolicyRequest(
        account: key.api, policy: rule.api, actor: Self.actor)
      let set = try await admin.setShadowPolicy(wanted, options: options).shadow
      #expect(set?.version == 1 && set?.policy?.threshold == "80" && set?.actor == Self.actor)
      // The same once more, and another that was made from what was there before.
      #expect(try await admin.setShadowPolicy(wanted, options: options).shadow == set)
      var other = wanted
      other.policy?.threshold = "90"
      #expect(
        await code { _ = try await admin.setShadowPolicy(other, options: options) } == .aborted)
      let difference = TopUpCore.ShadowDifference(
        at: CreatorGround.now, kind: .wouldSkip, live: .init(word: "5.00 USD", explanation: "low"),
        shadow: .init(word: "notLow", explanation: "high"))
      try await ground.commit([
        .noteShadow(key, version: 1, nil), .noteShadow(key, version: 1, difference),
      ])
      let told = try await admin.getShadowPolicy(
        GetShadowPolicyRequest(account: key.api), options: options)
      #expect(told.shadow?.looks == 2)
      #expect(told.shadow?.counts == [ShadowCount(kind: .wouldSkip, looks: 1)])
      #expect(told.differences.map(\.live) == ["5.00 USD"])
      #expect(told.differences.map(\.shadow) == ["NOT_LOW"])
      #expect(told.differences.map(\.shadowExplanation) == ["high"])
      let ended = try await admin.setShadowPolicy(
        SetShadowPolicyRequest(account: key.api, actor: Self.actor, expectedVersion: 1),
        options: options
      ).shadow
      #expect(ended?.version == 2 && ended?.policy == nil && ended?.looks == 0)
    }
  }

  @Test func `a rule that pays otherwise than the one in force is refused, with the field`()
    async throws
  {
    try await serving { _, admin, options in
      let changes: [(String, (inout TopUpCore.Policy) -> Void)] = [
        ("policy.payer", { $0.payer = TopUpCore.Payer(tenant: "acme", user: "u2") }),
        ("policy.currency", { $0.amount = .fixed(TopUpCore.Money(minorUnits: 500, .eur)) }),
        ("policy.time_zone", { $0.timeZone = "Europe/Berlin" }),
        (
          "policy.schedules[0]",
          {
            $0.schedules = [
              ScheduledCharge(
                dayOfMonth: 1, minuteOfDay: 0, amount: TopUpCore.Money(minorUnits: 500, .usd))
            ]
          }
        ),
        ("policy.account", { $0.account = .credits(CreditsAccount(tenant: "acme", user: "u1")) }),
      ]
      for (field, change) in changes {
        var rule = try Self.rule()
        change(&rule)
        let request = SetShadowPolicyRequest(
          account: try Self.key().api, policy: rule.api, actor: Self.actor)
        do {
          _ = try await admin.setShadowPolicy(request, options: options)
          Issue.record("\(field) is taken")
        } catch let error as RPCError {
          #expect(error.code == .invalidArgument && error.message.contains(field))
        }
      }
      let anonymous = SetShadowPolicyRequest(
        account: try Self.key().api, policy: try Self.rule().api)
      #expect(
        await code { _ = try await admin.setShadowPolicy(anonymous, options: options) }
          == .invalidArgument)
    }
  }

  @Test func `beside no rule none is tried`() async throws {
    try await serving(hasRule: false) { _, admin, options in
      let request = SetShadowPolicyRequest(
        account: try Self.key().api, policy: try Self.rule().api, actor: Self.actor)
      #expect(
        await code { _ = try await admin.setShadowPolicy(request, options: options) } == .notFound)
    }
  }

  // MARK: Decisions made again

  @Test func `decisions are made again within a range, and what differs is told (1)`()
    async throws
  {
    try await serving { ground, admin, options in
      let rule = try Self.rule()
      let input = DecisionInput(
        account: rule.account, policy: rule, state: AccountState(), claim: nil, reading: nil,
        inFlight: [], cards: [], consent: nil, windows: nil, quote: .notAsked,
        isKillSwitchOn: false, clocks: .agree, eraSeconds: 480, now: CreatorGround.now)
      let decision = decide(input)
      var row = StoredDecision(
        account: rule.account, at: input.now, topUp: nil, skip: .balanceUnreadable,
        explanation: decision.explanation, effective: nil, block: 0, policyVersion: 1, episode: 0,
        events: 1, record: DecisionRecord(input, decision))
      try await ground.commit(Array(repeating: .recordDecision(row), count: 501))
      row.record?.outcome[0] ^= 1
      try await ground.commit(Array(repeating: .recordDecision(row), count: 2))
      func replay(
        _ account: AccountKey?, after: Int64 = 0, through: Int64 = 0
      ) async throws -> ReplayDecisionsResponse {
        try await admin.replayDecisions(
          ReplayDecisionsRequest(
            account: account?.api, afterPosition: after, throughPosition: through),
          options: options)
      }
      let all = try await replay(nil)
      #expect(all.same == 501 && all.different == 2 && all.position == 503)
      #expect(all.differences.count == 2)
      #expect(
        all.differences.first?.hasPrefix("decision 502 on \(rule.account.name): decided again: ")
          == true)
      let sound = try await replay(rule.account, after: 400, through: 501)
      #expect(sound.same == 101 && sound.different == 0 && sound.position == 501)
      let exact = try await replay(nil, after: 1, through: 502)
      #expect(exact.same == 500 && exact.different == 1)
      let nobody = try await replay(.credits(CreditsAccount(tenant: "acme", user: "u1")))
      #expect(nobody == ReplayDecisionsResponse())
      #expect(await code { _ = try await replay(nil, after: 5, through: 5) } == .invalidArgument)
      #expect(await code { _ = try await replay(nil, after: -1) } == .invalidArgument)
    }
  }
}
