import Glibc
import ProtobufRuntime
import RPCCore
import TopUpAPI
import TopUpCore

@testable import topupctl

struct FakeAdmin: AdminServiceProtocol {
  let daemon: FakeDaemon

  func getStatus(
    _ request: GetStatusRequest, context: ServerContext
  ) async throws -> GetStatusResponse {
    let (rampIsDown, killSwitch) = daemon.withMemory { ($0.rampIsDown, $0.killSwitch) }
    return GetStatusResponse(
      version: Release.version, startedAt: SampleTopUp.at(0),
      serverTime: ProtobufTimestamp(seconds: Int64(time(nil))), storeID: "store-1",
      ledgerPosition: 13,
      components: [
        ComponentStatus(
          name: "store", healthy: true, latency: ProtobufDuration(nanos: 1_000_000)),
        ComponentStatus(
          name: "ramp", healthy: !rampIsDown, detail: rampIsDown ? "connection refused" : ""),
      ], topUpsInFlight: 1, killSwitch: killSwitch,
      leadTime: LeadTime(p95: ProtobufDuration(seconds: 95), samples: 57, measured: true))
  }

  func listInbox(
    _ request: ListInboxRequest, context: ServerContext
  ) async throws -> ListInboxResponse {
    ListInboxResponse(events: [
      InboxEvent(
        id: "evt_1", type: "charge.refunded", objectID: "ch_1", receivedAt: SampleTopUp.at(0),
        tries: 2, lastError: "no such charge"),
      InboxEvent(
        id: "evt_2", type: "charge.refunded", objectID: "ch_2", receivedAt: SampleTopUp.at(0),
        tries: 150, lastError: "no such charge", givenUpAt: SampleTopUp.at(86_400)),
    ])
  }

  func setKillSwitch(
    _ request: SetKillSwitchRequest, context: ServerContext
  ) async throws -> SetKillSwitchResponse {
    daemon.withMemory { $0.killSwitch = request.engaged }
    return SetKillSwitchResponse(engaged: request.engaged)
  }

  func explain(
    _ request: ExplainRequest, context: ServerContext
  ) async throws -> ExplainResponse {
    ExplainResponse(
      predicates: [
        Predicate(
          name: "policy_enabled", holds: true, left: "on", right: "on", relation: "is",
          standing: .holds),
        Predicate(
          name: "balance_low", left: "60 CERE", right: "50 CERE", relation: "<=",
          standing: .fails),
        Predicate(name: "runway_short", relation: "<", standing: .fails),
        Predicate(
          name: "caps_fit", left: "3 top-ups, 75.00 USD", right: "no cap", relation: "<=",
          standing: .notReached, subject: "the day 2026-11-21 (UTC) of the service"),
      ], skipReason: .notLow, summary: "60 CERE is above the threshold of 50 CERE",
      at: SampleTopUp.at(0))
  }

  func dryRunPolicy(
    _ request: DryRunPolicyRequest, context: ServerContext
  ) async throws -> DryRunPolicyResponse {
    daemon.withMemory { $0.dryRuns.append(request) }
    return DryRunPolicyResponse(decisions: [
      Decision(
        position: 4, account: request.policy?.account, at: SampleTopUp.at(0),
        explanation: "25.00 USD: 60 CERE is not above the threshold of 80 CERE",
        effectiveBalance: "600000000000", blockNumber: 9),
      Decision(
        position: 5, account: request.policy?.account, at: SampleTopUp.at(60),
        skipReason: .cooldown, explanation: "too soon", effectiveBalance: "600000000000"),
    ])
  }

  func replayDecisions(
    _ request: ReplayDecisionsRequest, context: ServerContext
  ) async throws -> ReplayDecisionsResponse {
    daemon.withMemory { $0.replays.append(request) }
    // Of everybody's all are the same; one account's has one that is not.
    guard request.account != nil else { return ReplayDecisionsResponse(same: 12, position: 12) }
    return ReplayDecisionsResponse(
      same: 3, different: 1,
      differences: ["decision 7 on ddc:07: decided again: skip, NOT_LOW: 60 CERE"], position: 9)
  }

  func setShadowPolicy(
    _ request: SetShadowPolicyRequest, context: ServerContext
  ) async throws -> SetShadowPolicyResponse {
    let kept = ShadowPolicy(
      policy: request.policy, version: request.expectedVersion + 1, actor: request.actor,
      setAt: SampleTopUp.at(0))
    daemon.withMemory {
      $0.trials.append(request)
      $0.shadow = kept
    }
    return SetShadowPolicyResponse(shadow: kept)
  }

  func getShadowPolicy(
    _ request: GetShadowPolicyRequest, context: ServerContext
  ) async throws -> GetShadowPolicyResponse {
    guard var shadow = daemon.withMemory({ $0.shadow }) else {
      throw RPCError(.notFound, "no rule was tried for this account")
    }
    shadow.looks = 40
    shadow.counts = [ShadowCount(kind: .wouldCharge, looks: 3)]
    return GetShadowPolicyResponse(
      shadow: shadow,
      differences: [
        ShadowDifference(
          position: 5, at: SampleTopUp.at(0), kind: .wouldCharge, live: "NOT_LOW",
          liveExplanation: "60 CERE is above the threshold of 50 CERE", shadow: "25.00 USD",
          shadowExplanation: "60 CERE is not above the threshold of 80 CERE")
      ])
  }

  func listReviewItems(
    _ request: ListReviewItemsRequest, context: ServerContext
  ) async throws -> ListReviewItemsResponse {
    var item = ReviewItem(
      id: "tu_1", topUpID: "tu_1", reason: "the ramp returned the money", owner: "operators",
      nextCheckAt: SampleTopUp.at(3_600), createdAt: SampleTopUp.at(0))
    item.version = 9
    item.resumesAs = .depositing
    item.held = Money(minorUnits: 2_500, currency: "USD")
    item.proposals = [
      ReviewProposal(
        verb: .resolve, outcome: .lost, actor: ActorMessage(name: "ops:jan", reason: "old"),
        at: SampleTopUp.at(60))
    ]
    return ListReviewItemsResponse(items: [item])
  }

  func actOnReviewItem(
    _ request: ActOnReviewItemRequest, context: ServerContext
  ) async throws -> ActOnReviewItemResponse {
    daemon.withMemory { $0.reviewed.append(request) }
    return ActOnReviewItemResponse(
      topUp: TopUpRecord(id: request.id, state: .needsReview),
      awaitsSecondPerson: request.verb == .refund)
  }

  func reconcile(
    _ request: ReconcileRequest, responses: MessageWriter<ReconcileResponse>,
    context: ServerContext
  ) async throws {
    // Without a window the books agree.
    guard request.since != nil else { return }
    try await responses.write(
      ReconcileResponse(
        difference: "the refunds differ", topUpID: "tu_1", repaired: request.repair,
        kind: "refund_sum", objectID: "pi_1", ours: "0.00 USD refunded",
        theirs: "2.00 USD refunded", repairable: true, remedy: "look"))
    guard !request.repair else { return }
    try await responses.write(
      ReconcileResponse(
        difference: "twice", topUpID: "tu_1", kind: "second_charge", objectID: "pi_2",
        ours: "5.00 USD charged", theirs: "5.00 USD taken", alarm: true, remedy: "refund it"))
  }

  func settleByHand(
    _ request: SettleByHandRequest, context: ServerContext
  ) async throws -> SettleByHandResponse { SettleByHandResponse() }

  func clearBehind(
    _ request: ClearBehindRequest, context: ServerContext
  ) async throws -> ClearBehindResponse {
    ClearBehindResponse(wasBehind: "said by \(request.actor?.name ?? "")")
  }

  func verifyLedger(
    _ request: VerifyLedgerRequest, context: ServerContext
  ) async throws -> VerifyLedgerResponse {
    // As a store that holds entry 13 and no later one.
    let faults =
      request.headPosition > 13
      ? ["entry \(request.headPosition): was exported as the head, and is not there"] : []
    return VerifyLedgerResponse(entries: 13, headDigest: Self.digest, faults: faults)
  }

  func getLedgerHead(
    _ request: GetLedgerHeadRequest, context: ServerContext
  ) async throws -> GetLedgerHeadResponse {
    GetLedgerHeadResponse(position: 13, digest: Self.digest, at: SampleTopUp.at(0))
  }

  private static let digest = [UInt8](repeating: 0xAB, count: 32)

  func replayInboxEvent(
    _ request: ReplayInboxEventRequest, context: ServerContext
  ) async throws -> ReplayInboxEventResponse {
    daemon.withMemory { $0.replayed.append(request) }
    let isApplied = request.id == "evt_1"
    return ReplayInboxEventResponse(
      event: InboxEvent(
        id: request.id, type: "charge.refunded", objectID: "ch_1", receivedAt: SampleTopUp.at(0),
        appliedAt: isApplied ? SampleTopUp.at(60) : nil, tries: isApplied ? 0 : 1,
        lastError: isApplied ? "" : "the refunds could not be read"))
  }

  func clearBreaker(
    _ request: ClearBreakerRequest, context: ServerContext
  ) async throws -> ClearBreakerResponse { throw FakeDaemon.unused }

  func getRamp(
    _ request: GetRampRequest, context: ServerContext
  ) async throws -> GetRampResponse {
    GetRampResponse(
      breaker: RampBreaker(
        open: true, reason: "the charge of tu_2 is given back", openedAt: SampleTopUp.at(0),
        probesAt: SampleTopUp.at(3_600), compensations: 2, version: 4),
      headroom: "5000000000000", claimed: "20000000000",
      prices: [
        AcceptedPrice(
          currency: "USD", rateNano: 1_250_000, acceptedAt: SampleTopUp.at(0),
          actor: ActorMessage(name: "topupd", reason: "charged by tu_1"), bandPercent: 20,
          version: 7)
      ])
  }

  func clearRampBreaker(
    _ request: ClearRampBreakerRequest, context: ServerContext
  ) async throws -> ClearRampBreakerResponse {
    daemon.withMemory { $0.cleared.append(request) }
    return ClearRampBreakerResponse(breaker: RampBreaker(version: 5))
  }

  func acceptPrice(
    _ request: AcceptPriceRequest, context: ServerContext
  ) async throws -> AcceptPriceResponse {
    daemon.withMemory { $0.prices.append(request) }
    return AcceptPriceResponse(
      price: AcceptedPrice(
        currency: request.currency, rateNano: request.rateNano, actor: request.actor,
        bandPercent: 20, version: 8))
  }

  /// Of 100.00 USD a day 90.00 USD are used.
  private static func caps(_ tenant: String) -> Caps {
    Caps(
      tenant: tenant, currency: "USD",
      day: Cap(count: 7, amount: Money(minorUnits: 10_000, currency: "USD")), month: Cap(),
      timeZone: "UTC", version: 3, actor: ActorMessage(name: "ops:jan", reason: "contract"),
      dayUse: CapUse(
        window: "2026-11-21", count: 4, amount: Money(minorUnits: 9_000, currency: "USD"),
        endsAt: SampleTopUp.at(60)),
      monthUse: CapUse(window: "2026-11", count: 4))
  }

  private static func standing(_ account: Account?) -> AccountStanding {
    AccountStanding(
      account: account, version: 9,
      debts: [
        AccountDebt(
          amount: Money(minorUnits: 2_500, currency: "USD"),
          parts: [
            DebtPart(topUpID: "tu_1", amount: Money(minorUnits: 2_500, currency: "USD"))
          ])
      ],
      blocks: [
        AccountBlock(
          cause: .debt, actor: ActorMessage(name: "topupd", reason: "tu_1: taken back"),
          since: SampleTopUp.at(1))
      ], debtRule: .block, episode: AccountEpisode(ordinal: 4, armed: true),
      inFlight: [
        TopUpInFlight(
          id: "tu_2", state: .charging, trigger: .user,
          amount: Money(minorUnits: 700, currency: "USD"))
      ])
  }

  func getAccountStanding(
    _ request: GetAccountStandingRequest, context: ServerContext
  ) async throws -> GetAccountStandingResponse {
    GetAccountStandingResponse(standing: Self.standing(request.account))
  }

  func blockAccount(
    _ request: BlockAccountRequest, context: ServerContext
  ) async throws -> BlockAccountResponse {
    daemon.withMemory { $0.blocks.append(request) }
    return BlockAccountResponse(standing: Self.standing(request.account))
  }

  func releaseAccount(
    _ request: ReleaseAccountRequest, context: ServerContext
  ) async throws -> ReleaseAccountResponse {
    daemon.withMemory { $0.releases.append(request) }
    return ReleaseAccountResponse(
      standing: Self.standing(request.account), awaitsSecondPerson: request.forgive)
  }

  func getCaps(
    _ request: GetCapsRequest, context: ServerContext
  ) async throws -> GetCapsResponse { GetCapsResponse(caps: [Self.caps(request.tenant)]) }

  func setCaps(
    _ request: SetCapsRequest, context: ServerContext
  ) async throws -> SetCapsResponse {
    daemon.withMemory { $0.caps.append(request) }
    var caps = Self.caps(request.tenant)
    caps.version = request.expectedVersion + 1
    return SetCapsResponse(caps: caps)
  }
}
