import Gateways
import RPCClient
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What was kept under a key is told again, whatever such a request is held to by now (invariant 43).
@Suite struct RepeatCallsTests {
  private func serving(
    _ ground: CreatorGround, _ body: (RPCChannel, CallOptions) async throws -> Void
  ) async throws {
    let guarded = try await GuardedGround(
      nil, over: ground.store, fence: ground.store.fence, prices: CreatorGround.prices)
    do {
      try await body(guarded.channel, try GuardedGround.options(nil))
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

  private static let payer = TopUpAPI.Payer(tenant: "acme", user: "u1")

  @Test func `a top-up of less than may be charged by now is told again by its key`() async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let begun = try await ground.create("k", cents: 1)
    func request(_ key: String, cents: Int64 = 1) -> CreateTopUpRequest {
      CreateTopUpRequest(
        account: Account(kind: .credits(TopUpAPI.CreditsAccount(tenant: "acme", user: "u1"))),
        payer: Self.payer, amount: TopUpAPI.Money(minorUnits: cents, currency: "USD"),
        idempotencyKey: key)
    }
    try await serving(ground) { channel, options in
      let client = TopUpClient(channel)
      let again = try await client.createTopUp(request("k"), options: options)
      #expect(again.topUp?.id == begun.id.rawValue)
      // Another amount is another request, and a new one is held to what is taken now.
      var calls: [StatusCode?] = []
      for other in [request("k", cents: 2), request("new"), request("new", cents: 0)] {
        calls.append(await code { _ = try await client.createTopUp(other, options: options) })
      }
      #expect(calls == [.alreadyExists, .invalidArgument, .invalidArgument])
      // Nor is one that is no request at all taken for the one that was kept.
      var both = request("k")
      both.currency = "USD"
      let odd = await code { _ = try await client.createTopUp(both, options: options) }
      #expect(odd == .invalidArgument)
    }
  }

  @Test func `a top-up of an account on a network that is not taken by now is told again`()
    async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
    let cluster = "0x" + String(repeating: "01", count: 20)
    let account = AccountKey.ddc(
      TopUpCore.DDCAccount(
        cluster: try #require(ClusterID(hex: cluster)),
        owner: try AccountID32(text: address, accepting: .every)))
    let asked = TopUpRequest(
      caller: "local", key: "k", account: account, payer: CreatorGround.payer,
      amount: Money(minorUnits: 500, .usd), tier: nil, card: nil, onSession: false,
      description: "")
    let topUp = TopUp(
      id: .requested(caller: "local", account: account, key: "k"), account: account,
      payer: CreatorGround.payer, trigger: .user, episode: nil,
      amount: Money(minorUnits: 500, .usd), fee: 0, tax: 0, quote: nil, credits: nil,
      onSession: false, policyVersion: 0, slippageBasisPoints: 0, cards: [], description: "",
      created: CreatorGround.now)
    try await ground.commit([
      .rememberRequest(
        StoredRequest(
          caller: "local", key: "k", digest: asked.digest, result: topUp.id.rawValue)),
      .beginTopUp(topUp, cause: "test"),
    ])
    func request(_ key: String) -> CreateTopUpRequest {
      CreateTopUpRequest(
        account: Account(
          kind: .ddc(TopUpAPI.DDCAccount(clusterID: cluster, owner: address))),
        payer: Self.payer, amount: TopUpAPI.Money(minorUnits: 500, currency: "USD"),
        idempotencyKey: key)
    }
    try await serving(ground) { channel, options in
      let client = TopUpClient(channel)
      let again = try await client.createTopUp(request("k"), options: options)
      #expect(again.topUp?.id == topUp.id.rawValue)
      let new = await code { _ = try await client.createTopUp(request("l"), options: options) }
      #expect(new == .invalidArgument)
    }
  }

  private struct Answering: HTTPTransport {
    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      let card = """
        {"id":"pm_1","object":"payment_method","customer":"cus_1","livemode":false,
        "type":"card","card":{"brand":"visa","last4":"4242","exp_month":1,"exp_year":2020,
        "funding":"credit","country":"DE","fingerprint":"fp_1"}}
        """
      return .response(HTTPResponse(status: 200, headers: [], body: Array(card.utf8)))
    }
  }

  @Test func `a card's correction is told again after the card has expired`() async throws {
    let ground = try await CreatorGround(consent: nil)
    _ = try await CardService(
      store: ground.store,
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false), over: Answering()),
      clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence
    ).update(
      CreatorGround.stored.id, of: CreatorGround.payer, month: 1, year: 2_020, caller: "local",
      key: "k")
    try await serving(ground) { channel, options in
      let client = PaymentMethodsClient(channel)
      var calls: [StatusCode?] = []
      for (key, month) in [("k", 1), ("k", 2), ("new", 1), ("k", 13)] as [(String, Int32)] {
        calls.append(
          await code {
            let answer = try await client.updatePaymentMethod(
              UpdatePaymentMethodRequest(
                payer: Self.payer, paymentMethodID: "pm_1", expiryMonth: month,
                expiryYear: 2_020, idempotencyKey: key), options: options)
            #expect(answer.paymentMethod?.id == "pm_1")
          })
      }
      #expect(calls == [nil, .alreadyExists, .invalidArgument, .alreadyExists])
    }
  }
}
