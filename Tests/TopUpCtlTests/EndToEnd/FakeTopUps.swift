import ProtobufRuntime
import RPCCore
import RPCServices
import TopUpAPI

struct FakeTopUps: TopUpServiceProtocol {
  let daemon: FakeDaemon

  func createTopUp(
    _ request: CreateTopUpRequest, context: ServerContext
  ) async throws -> CreateTopUpResponse {
    daemon.withMemory { $0.created.append(request) }
    guard !request.tier.isEmpty || request.amount?.minorUnits ?? 0 >= 50 else {
      throw RPCError(
        .invalidArgument, "amount.minor_units: is below the least",
        details: [
          GoogleErrorInfo(reason: "AMOUNT_TOO_SMALL", domain: "topup.v1"),
          GoogleBadRequest(fieldViolations: [
            .init(field: "amount.minor_units", description: "is below the least")
          ]),
        ])
    }
    return CreateTopUpResponse(topUp: SampleTopUp.reserved)
  }

  func getTopUp(
    _ request: GetTopUpRequest, context: ServerContext
  ) async throws -> GetTopUpResponse {
    switch request.by {
    case .id("tu_1"), .idempotencyKey("known"):
      return GetTopUpResponse(topUp: SampleTopUp.credited)
    case .id("slow"):
      await FakeDaemon.untilCancelled()
      throw CancellationError()
    case .id(let name), .idempotencyKey(let name): throw FakeDaemon.noTopUp(name)
    case nil: throw RPCError(.invalidArgument, "by is required")
    }
  }

  func listTopUps(
    _ request: ListTopUpsRequest, context: ServerContext
  ) async throws -> ListTopUpsResponse {
    daemon.withMemory { $0.listed.append(request) }
    if request.pageToken == "2" { return ListTopUpsResponse(topUps: [SampleTopUp.declined]) }
    return ListTopUpsResponse(topUps: [SampleTopUp.credited], nextPageToken: "2")
  }

  func watchTopUps(
    _ request: WatchTopUpsRequest, responses: MessageWriter<WatchTopUpsResponse>,
    context: ServerContext
  ) async throws {
    guard request.id.isEmpty || request.id == "tu_1" else { throw FakeDaemon.noTopUp(request.id) }
    let (ends, breaks, holds) = daemon.withMemory { memory in
      defer { memory.breaks = max(0, memory.breaks - 1) }
      return (memory.ends, memory.breaks > 0, memory.holds)
    }
    try await responses.write(WatchTopUpsResponse(topUp: SampleTopUp.reserved))
    if holds { return await FakeDaemon.untilCancelled() }
    if breaks { throw RPCError(.unavailable, "the server is shutting down") }
    var charging = SampleTopUp.reserved
    charging.state = .charging
    charging.version = 2
    try await responses.write(
      WatchTopUpsResponse(
        topUp: charging,
        transition: Transition(
          version: 2, from: .reserved, to: .charging, cause: "intent made", at: SampleTopUp.at(1))))
    try await responses.write(
      WatchTopUpsResponse(
        topUp: ends,
        transition: Transition(
          version: ends.version, from: .charging, to: ends.state, cause: "answered",
          at: SampleTopUp.at(15))))
    if request.id.isEmpty { throw FakeDaemon.endOfTest }
  }

  func cancelTopUp(
    _ request: CancelTopUpRequest, context: ServerContext
  ) async throws -> CancelTopUpResponse {
    daemon.withMemory { $0.cancelled.append(request) }
    var record = SampleTopUp.reserved
    record.state = .cancelled
    return CancelTopUpResponse(topUp: record)
  }

  func quoteTopUp(
    _ request: QuoteTopUpRequest, context: ServerContext
  ) async throws -> QuoteTopUpResponse {
    QuoteTopUpResponse(
      amount: SampleTopUp.money(2_500), fee: SampleTopUp.money(75), net: SampleTopUp.money(2_425),
      tokens: "2505000000000", expiresAt: SampleTopUp.at(60))
  }

  func listPrices(
    _ request: ListPricesRequest, context: ServerContext
  ) async throws -> ListPricesResponse {
    ListPricesResponse(
      rates: [CreditRate(currency: "EUR", creditsPerMinorUnit: "10")],
      tiers: [
        PriceTier(name: "starter", price: SampleTopUp.money(200), credits: "1000", bonus: "0"),
        PriceTier(name: "plus", price: SampleTopUp.money(1_000), credits: "10000", bonus: "500"),
      ])
  }

  func getPolicy(
    _ request: GetPolicyRequest, context: ServerContext
  ) async throws -> GetPolicyResponse {
    guard let policy = daemon.withMemory({ $0.policy }) else {
      throw RPCError(.notFound, "there is no policy of this account")
    }
    return GetPolicyResponse(policy: policy)
  }

  func setPolicy(
    _ request: SetPolicyRequest, context: ServerContext
  ) async throws -> SetPolicyResponse {
    let kept = try daemon.withMemory { memory in
      memory.policies.append(request)
      guard request.expectedVersion == memory.policy?.version ?? 0, var policy = request.policy
      else { throw RPCError(.aborted, "another version is in force") }
      policy.version = request.expectedVersion + 1
      memory.policy = policy
      return policy
    }
    return SetPolicyResponse(policy: kept)
  }

  func listDecisions(
    _ request: ListDecisionsRequest, context: ServerContext
  ) async throws -> ListDecisionsResponse {
    ListDecisionsResponse(decisions: [
      Decision(
        position: 8, account: SampleTopUp.account, at: SampleTopUp.at(0), topUpID: "tu_1",
        explanation: "0.5 CERE is at or below 50 CERE", effectiveBalance: "5000000000",
        blockNumber: 100_800, coalescedEvents: 3),
      Decision(
        position: 7, account: SampleTopUp.account, at: SampleTopUp.at(-60),
        skipReason: .cooldown, explanation: "until 09:00"),
    ])
  }

  /// Two, the second after the stream broke.
  private static let notices = [
    Notice(
      position: 3, kind: .declined, account: SampleTopUp.account,
      payer: Payer(tenant: "acme", user: "u1"), topUpID: "tu_1",
      text: "Your card was declined.", at: SampleTopUp.at(0)),
    Notice(
      position: 7, kind: .credited, account: SampleTopUp.account,
      payer: Payer(tenant: "acme", user: "u1"), topUpID: "tu_2", text: "25.00 USD was charged.",
      at: SampleTopUp.at(60)),
  ]

  func listNotices(
    _ request: ListNoticesRequest, context: ServerContext
  ) async throws -> ListNoticesResponse {
    ListNoticesResponse(
      notices: Self.notices.filter { $0.position > request.afterPosition }, position: 9)
  }

  func watchNotices(
    _ request: WatchNoticesRequest, responses: MessageWriter<WatchNoticesResponse>,
    context: ServerContext
  ) async throws {
    daemon.withMemory { $0.noticeCursors.append(request.afterPosition) }
    guard let next = Self.notices.first(where: { $0.position > request.afterPosition }) else {
      throw FakeDaemon.endOfTest
    }
    try await responses.write(WatchNoticesResponse(notice: next, position: next.position))
    throw RPCError(.unavailable, "the server is shutting down")
  }

  func refundTopUp(
    _ request: RefundTopUpRequest, context: ServerContext
  ) async throws -> RefundTopUpResponse {
    daemon.withMemory { $0.refunded.append(request) }
    var record = SampleTopUp.reserved
    record.state = .orderCancelling
    return RefundTopUpResponse(topUp: record)
  }

  func createAuthentication(
    _ request: CreateAuthenticationRequest, context: ServerContext
  ) async throws -> CreateAuthenticationResponse {
    CreateAuthenticationResponse(
      clientSecret: "pi_1_secret_2", oneTimeToken: "auth_\(request.topUpID)",
      expiresAt: SampleTopUp.at(86_400), paymentMethodID: "pm_1")
  }

  func redeemAuthentication(
    _ request: RedeemAuthenticationRequest, context: ServerContext
  ) async throws -> RedeemAuthenticationResponse {
    guard request.oneTimeToken == "auth_tu_1" else {
      throw RPCError(.notFound, "there is no authentication by this token")
    }
    return RedeemAuthenticationResponse(
      topUp: SampleTopUp.reserved, clientSecret: "pi_1_secret_2", paymentMethodID: "pm_1",
      returnURL: "https://console.example/done", expiresAt: SampleTopUp.at(86_400))
  }

  func createCheckout(
    _ request: CreateCheckoutRequest, context: ServerContext
  ) async throws -> CreateCheckoutResponse { throw FakeDaemon.unused }
}
