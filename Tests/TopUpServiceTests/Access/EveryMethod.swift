import RPCClient
import RPCCore
import TopUpAPI

/// A well-formed request for each method of `topup.v1`, by the method's name, all of them about one
/// tenant, cluster, account and source.
enum EveryMethod {
  typealias Calling = @Sendable (RPCChannel, CallOptions) async throws -> Void

  /// What every request names.
  static let tenant = "acme"
  static let cluster = "0x0059f5ada35eee46802d80750d5ca4a490640511"
  static let owner = "0x" + String(repeating: "07", count: 32)
  static let source = "node-1"

  /// Those that name a top-up or a set-up by its id alone: whose it is, only the store can say.
  static let namesByID: Set = [
    "GetTopUp", "CancelTopUp", "GetSetup", "RefundTopUp", "CreateAuthentication",
    "RedeemAuthentication",
  ]

  private static let account = Account(
    kind: .ddc(DDCAccount(clusterID: cluster, owner: owner)))
  private static let payer = Payer(tenant: tenant, user: "u")
  private static let credits = CreditsAccount(tenant: tenant, user: "u")
  private static let actor = ActorMessage(name: "a", reason: "r")
  private static let money = Money(minorUnits: 1_000, currency: "USD")
  private static let policy = Policy(
    account: account, payer: payer, enabled: true, threshold: "1", amount: .fixed(money))
  static let event = LowBalanceEvent(
    eventID: [UInt8](repeating: 1, count: 16), seq: 1,
    clusterID: [0x00, 0x59, 0xf5, 0xad, 0xa3, 0x5e, 0xee, 0x46, 0x80, 0x2d]
      + [0x80, 0x75, 0x0d, 0x5c, 0xa4, 0xa4, 0x90, 0x64, 0x05, 0x11],
    owner: [UInt8](repeating: 7, count: 32), severity: .low)

  static let calls: [String: Calling] = topUps.merging(cards) { $1 }.merging(balances) { $1 }
    .merging(admin) { $1 }

  private static let topUps: [String: Calling] = [
    "CreateTopUp": {
      _ = try await TopUpClient($0).createTopUp(
        CreateTopUpRequest(account: account, payer: payer, amount: money, idempotencyKey: "k"),
        options: $1)
    },
    "GetTopUp": {
      _ = try await TopUpClient($0).getTopUp(GetTopUpRequest(by: .id("tu_1")), options: $1)
    },
    "ListTopUps": {
      _ = try await TopUpClient($0).listTopUps(ListTopUpsRequest(account: account), options: $1)
    },
    "WatchTopUps": {
      try await TopUpClient($0).watchTopUps(WatchTopUpsRequest(account: account), options: $1) {
        messages async throws(RPCError) in _ = try await messages.next()
      }
    },
    "CancelTopUp": {
      _ = try await TopUpClient($0).cancelTopUp(CancelTopUpRequest(id: "tu_1"), options: $1)
    },
    "RefundTopUp": {
      _ = try await TopUpClient($0).refundTopUp(
        RefundTopUpRequest(id: "tu_1", idempotencyKey: "k", actor: actor), options: $1)
    },
    "QuoteTopUp": {
      _ = try await TopUpClient($0).quoteTopUp(
        QuoteTopUpRequest(account: account, side: .amount(money)), options: $1)
    },
    "CreateAuthentication": {
      _ = try await TopUpClient($0).createAuthentication(
        CreateAuthenticationRequest(topUpID: "tu_1"), options: $1)
    },
    "RedeemAuthentication": {
      _ = try await TopUpClient($0).redeemAuthentication(
        RedeemAuthenticationRequest(oneTimeToken: "auth_1"), options: $1)
    },
    "CreateCheckout": {
      _ = try await TopUpClient($0).createCheckout(
        CreateCheckoutRequest(account: account, payer: payer), options: $1)
    },
    "GetPolicy": {
      _ = try await TopUpClient($0).getPolicy(GetPolicyRequest(account: account), options: $1)
    },
    "SetPolicy": {
      _ = try await TopUpClient($0).setPolicy(
        SetPolicyRequest(policy: policy, idempotencyKey: "k"), options: $1)
    },
    "ListNotices": {
      _ = try await TopUpClient($0).listNotices(ListNoticesRequest(account: account), options: $1)
    },
    "WatchNotices": {
      try await TopUpClient($0).watchNotices(WatchNoticesRequest(account: account), options: $1) {
        messages async throws(RPCError) in _ = try await messages.next()
      }
    },
    "ListPrices": {
      _ = try await TopUpClient($0).listPrices(ListPricesRequest(tenant: payer.tenant), options: $1)
    },
    "ListDecisions": {
      _ = try await TopUpClient($0).listDecisions(
        ListDecisionsRequest(account: account), options: $1)
    },
  ]

  private static let cards: [String: Calling] = [
    "AddPaymentMethod": {
      _ = try await PaymentMethodsClient($0).addPaymentMethod(
        AddPaymentMethodRequest(payer: payer, idempotencyKey: "k"), options: $1)
    },
    "GetSetup": {
      _ = try await PaymentMethodsClient($0).getSetup(
        GetSetupRequest(setupID: "seti_1"), options: $1)
    },
    "ListPaymentMethods": {
      _ = try await PaymentMethodsClient($0).listPaymentMethods(
        ListPaymentMethodsRequest(payer: payer), options: $1)
    },
    "RemovePaymentMethod": {
      _ = try await PaymentMethodsClient($0).removePaymentMethod(
        RemovePaymentMethodRequest(payer: payer, paymentMethodID: "pm_1", idempotencyKey: "k"),
        options: $1)
    },
    "UpdatePaymentMethod": {
      _ = try await PaymentMethodsClient($0).updatePaymentMethod(
        UpdatePaymentMethodRequest(
          payer: payer, paymentMethodID: "pm_1", expiryMonth: 7, expiryYear: 2_099,
          idempotencyKey: "k"), options: $1)
    },
    "OrderPaymentMethods": {
      _ = try await PaymentMethodsClient($0).orderPaymentMethods(
        OrderPaymentMethodsRequest(payer: payer, idempotencyKey: "k"), options: $1)
    },
    "RecordConsent": {
      _ = try await PaymentMethodsClient($0).recordConsent(
        RecordConsentRequest(
          payer: payer, consent: Consent(textVersion: "1"), idempotencyKey: "k"), options: $1)
    },
    "WithdrawConsent": {
      _ = try await PaymentMethodsClient($0).withdrawConsent(
        WithdrawConsentRequest(payer: payer), options: $1)
    },
  ]

  private static let balances: [String: Calling] = [
    "GetBalance": {
      _ = try await BalanceClient($0).getBalance(GetBalanceRequest(account: account), options: $1)
    },
    "WatchBalance": {
      try await BalanceClient($0).watchBalance(WatchBalanceRequest(account: account), options: $1) {
        messages async throws(RPCError) in _ = try await messages.next()
      }
    },
    "ListEntries": {
      _ = try await BalanceClient($0).listEntries(
        ListEntriesRequest(account: account), options: $1)
    },
    "GetLedgerBalances": {
      _ = try await BalanceClient($0).getLedgerBalances(
        GetLedgerBalancesRequest(account: account), options: $1)
    },
    "StreamLowBalance": {
      try await BalanceClient($0).streamLowBalance(options: $1) {
        (messages, requests, call) async throws(RPCError) in
        try await requests.write(
          StreamLowBalanceRequest(message: .hello(Hello(sourceID: source, version: 1))))
        _ = try await messages.next()
      }
    },
    "ReportLowBalance": {
      _ = try await BalanceClient($0).reportLowBalance(
        ReportLowBalanceRequest(sourceID: source, event: event), options: $1)
    },
    "DeductCredits": {
      _ = try await BalanceClient($0).deductCredits(
        DeductCreditsRequest(account: credits, amount: "1", idempotencyKey: "k"), options: $1)
    },
    "ReturnCredits": {
      _ = try await BalanceClient($0).returnCredits(
        ReturnCreditsRequest(
          account: credits, deductionKey: "d", amount: "1", idempotencyKey: "k"), options: $1)
    },
    "TransferCredits": {
      _ = try await BalanceClient($0).transferCredits(
        TransferCreditsRequest(
          from: credits, to: CreditsAccount(tenant: tenant, user: "v"), amount: "1",
          idempotencyKey: "k"), options: $1)
    },
  ]

  private static let admin: [String: Calling] = [
    "GetStatus": { _ = try await AdminClient($0).getStatus(GetStatusRequest(), options: $1) },
    "Explain": {
      _ = try await AdminClient($0).explain(ExplainRequest(account: account), options: $1)
    },
    "DryRunPolicy": {
      _ = try await AdminClient($0).dryRunPolicy(DryRunPolicyRequest(policy: policy), options: $1)
    },
    "ReplayDecisions": {
      _ = try await AdminClient($0).replayDecisions(ReplayDecisionsRequest(), options: $1)
    },
    "SetShadowPolicy": {
      _ = try await AdminClient($0).setShadowPolicy(
        SetShadowPolicyRequest(account: account, policy: policy, actor: actor), options: $1)
    },
    "GetShadowPolicy": {
      _ = try await AdminClient($0).getShadowPolicy(
        GetShadowPolicyRequest(account: account), options: $1)
    },
    "ListReviewItems": {
      _ = try await AdminClient($0).listReviewItems(ListReviewItemsRequest(), options: $1)
    },
    "ActOnReviewItem": {
      _ = try await AdminClient($0).actOnReviewItem(
        ActOnReviewItemRequest(id: "tu_1", verb: .resume, actor: actor, idempotencyKey: "k"),
        options: $1)
    },
    "Reconcile": {
      try await AdminClient($0).reconcile(ReconcileRequest(), options: $1) {
        messages async throws(RPCError) in _ = try await messages.next()
      }
    },
    "SettleByHand": {
      _ = try await AdminClient($0).settleByHand(
        SettleByHandRequest(objectID: "pi_1", actor: actor), options: $1)
    },
    "ClearBehind": {
      _ = try await AdminClient($0).clearBehind(ClearBehindRequest(actor: actor), options: $1)
    },
    "VerifyLedger": {
      _ = try await AdminClient($0).verifyLedger(VerifyLedgerRequest(), options: $1)
    },
    "GetLedgerHead": {
      _ = try await AdminClient($0).getLedgerHead(GetLedgerHeadRequest(), options: $1)
    },
    "ListInbox": { _ = try await AdminClient($0).listInbox(ListInboxRequest(), options: $1) },
    "ReplayInboxEvent": {
      _ = try await AdminClient($0).replayInboxEvent(
        ReplayInboxEventRequest(id: "e", actor: actor), options: $1)
    },
    "SetKillSwitch": {
      _ = try await AdminClient($0).setKillSwitch(
        SetKillSwitchRequest(engaged: true, actor: actor), options: $1)
    },
    "ClearBreaker": {
      _ = try await AdminClient($0).clearBreaker(
        ClearBreakerRequest(paymentMethodID: "pm_1", account: account, actor: actor), options: $1)
    },
    "SetCaps": {
      _ = try await AdminClient($0).setCaps(
        SetCapsRequest(tenant: tenant, actor: actor, currency: "USD"), options: $1)
    },
    "GetAccountStanding": {
      _ = try await AdminClient($0).getAccountStanding(
        GetAccountStandingRequest(account: account), options: $1)
    },
    "BlockAccount": {
      _ = try await AdminClient($0).blockAccount(
        BlockAccountRequest(account: account, actor: actor, idempotencyKey: "k"), options: $1)
    },
    "ReleaseAccount": {
      _ = try await AdminClient($0).releaseAccount(
        ReleaseAccountRequest(
          account: account, causes: [.operator], actor: actor, idempotencyKey: "k"), options: $1)
    },
    "GetRamp": { _ = try await AdminClient($0).getRamp(GetRampRequest(), options: $1) },
    "ClearRampBreaker": {
      _ = try await AdminClient($0).clearRampBreaker(
        ClearRampBreakerRequest(actor: actor), options: $1)
    },
    "AcceptPrice": {
      _ = try await AdminClient($0).acceptPrice(
        AcceptPriceRequest(currency: "USD", rateNano: 1, actor: actor), options: $1)
    },
    "GetCaps": {
      _ = try await AdminClient($0).getCaps(GetCapsRequest(tenant: tenant), options: $1)
    },
  ]
}
