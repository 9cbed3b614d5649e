import RPCClient
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What callers are told of a user's credits.
@Suite struct CreditsBalanceTests {
  private static let user = TopUpCore.CreditsAccount(tenant: "acme", user: "u1")

  private static func topUp() -> TopUpCore.TopUp {
    TopUpCore.TopUp(
      id: TopUpID("tu_1"), account: .credits(user), payer: CreatorGround.payer, trigger: .user,
      episode: nil, amount: TopUpCore.Money(minorUnits: 500, .usd), fee: 0, tax: 0, quote: nil,
      credits: 500, onSession: true, policyVersion: 0, slippageBasisPoints: 0, cards: [],
      description: "", created: CreatorGround.now)
  }

  @Test func `a grant between two looks counts once: one state says all (10)`() async throws {
    let (before, after) = (
      try await CreatorGround(consent: nil), try await CreatorGround(consent: nil)
    )
    try await before.commit([.beginTopUp(Self.topUp(), cause: "test")])
    try await after.commit([
      .post(
        Entry(
          topUp: nil, "credits granted",
          Entry.move(500, from: .credits(Self.user), to: .conversionCredits(tenant: "acme"))))
    ])
    let views = StoreViews(before.store, [.of(before.store), .of(after.store)])
    let ground = try await GuardedGround(nil, over: views, fence: before.store.fence)
    let balance = try await BalanceClient(ground.channel).getBalance(
      GetBalanceRequest(account: AccountKey.credits(Self.user).api),
      options: try GuardedGround.options(nil)
    ).balance
    await ground.close()
    #expect(balance?.pending == "500" && balance?.active == "0")
    #expect(balance?.effective == "500")
  }
}
