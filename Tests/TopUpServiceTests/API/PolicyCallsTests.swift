import RPCClient
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Rules as they are set over the wire.
@Suite struct PolicyCallsTests {
  /// A rule that buys a tier, in the one currency that it is sold in.
  private static func request(threshold: String = "100") -> SetPolicyRequest {
    var policy = TopUpAPI.Policy()
    policy.account = Account(
      kind: .credits(TopUpAPI.CreditsAccount(tenant: "acme", user: "u1")))
    policy.payer = TopUpAPI.Payer(tenant: "acme", user: "u1")
    policy.enabled = true
    policy.threshold = threshold
    policy.amount = .tier("plus")
    return SetPolicyRequest(policy: policy, idempotencyKey: "k", actor: ActorMessage(name: "ops"))
  }

  private func serving<Value>(
    _ tiers: String, over ground: CreatorGround,
    _ body: (TopUpClient, CallOptions) async throws -> Value
  ) async throws -> Value {
    var prices = PriceBook()
    try prices.addTiers(tiers)
    let guarded = try await GuardedGround(
      nil, over: ground.store, fence: ground.store.fence, prices: prices)
    do {
      let value = try await body(TopUpClient(guarded.channel), try GuardedGround.options(nil))
      await guarded.close()
      return value
    } catch {
      await guarded.close()
      throw error
    }
  }

  private func code(_ call: () async throws -> Void) async -> StatusCode? {
    do {
      try await call()
      return nil
    } catch { return (error as? RPCError)?.code }
  }

  @Test func `a rule that was kept is told again by its key, whatever the list says since (43)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    let first = try await serving("acme:plus:USD:1000:10000", over: ground) { client, options in
      try await client.setPolicy(Self.request(), options: options).policy
    }
    #expect(first?.version == 1 && first?.currency == "USD")
    for tiers in ["acme:new:USD:500:2", "acme:plus:USD:900:1,acme:plus:EUR:900:1"] {
      try await serving(tiers, over: ground) { client, options in
        let again = try await client.setPolicy(Self.request(), options: options).policy
        #expect(again == first)
        // As it is told, but for what the server says of it.
        var told = Self.request()
        told.policy?.version = 7
        told.policy?.updatedAt = first?.updatedAt
        #expect(try await client.setPolicy(told, options: options).policy == first)
        let other = await code {
          _ = try await client.setPolicy(Self.request(threshold: "101"), options: options)
        }
        #expect(other == .alreadyExists)
        let new = await code {
          var request = Self.request()
          request.idempotencyKey = "l"
          request.expectedVersion = 1
          _ = try await client.setPolicy(request, options: options)
        }
        #expect(new == .invalidArgument)
      }
    }
  }

  @Test func `a version that no rule can have is refused, and ends nothing (43, 52)`() async throws
  {
    let ground = try await CreatorGround(consent: nil)
    try await serving("acme:plus:USD:1000:10000", over: ground) { client, options in
      func set(from version: Int64, _ key: String) async -> StatusCode? {
        await code {
          var request = Self.request()
          request.idempotencyKey = key
          request.expectedVersion = version
          _ = try await client.setPolicy(request, options: options)
        }
      }
      for (number, version) in ([-1, .min] as [Int64]).enumerated() {
        #expect(await set(from: version, "n\(number)") == .invalidArgument)
      }
      // One that nothing follows.
      #expect(await set(from: .max, "m") == .aborted)
      #expect(await set(from: 0, "k") == nil)
      #expect(await set(from: .max, "m2") == .aborted)
    }
  }
}
