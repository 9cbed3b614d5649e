import RPCClient
import TopUpCore
import TopUpStore

@testable import TopUpService

/// An account of a cluster that two tenants may see, each with a top-up of it in flight; its policy,
/// a card, a set-up and a token to authenticate with are `acme`'s. Callers are named after their tenants.
final class SharedGround: Sendable {
  static let bindings = """
    {"name": "t", "bindings": [
      {"name": "acme", "principals": ["acme"], "tenants": ["acme"], "clusters": ["\(EveryMethod.cluster)"]},
      {"name": "other", "principals": ["other"], "tenants": ["other"], "service": true,
       "clusters": ["\(EveryMethod.cluster)"]},
      {"name": "node", "principals": ["node"], "sources": ["\(EveryMethod.source)"]}]}
    """
  static let setup = "seti_1"
  static let card = "pm_1"
  static var token: String { known.text.reveal() }
  private static let known = AuthenticationToken(
    random: Array(repeating: 1, count: AuthenticationToken.randomBytes))

  private static let now = CreatorGround.now
  private let temporary: TemporaryStore
  private let ground: GuardedGround
  private let account: AccountKey

  init() async throws {
    temporary = try TemporaryStore()
    guard let cluster = ClusterID(hex: EveryMethod.cluster) else { throw StoreError.full }
    account = .ddc(
      DDCAccount(
        cluster: cluster, owner: try AccountID32(text: EveryMethod.owner, accepting: .cere)))
    let store = temporary.store
    ground = try await GuardedGround(
      Bindings(parsing: Array(Self.bindings.utf8)), over: store, fence: store.fence)
    let payer = CreatorGround.payer
    let reading = KnownReading(
      active: 5, total: 5, exists: true, block: BlockReference(number: 1, hash: "0x00"),
      readAt: Self.now)
    let changes: [Change] = [
      .putCustomer(payer, CustomerID("cus_1")),
      .putCard(StoredCard(payer: payer, card: CreatorGround.stored, rank: 0, added: Self.now)),
      .putSetup(
        StoredSetup(id: SetupIntentID(Self.setup), payer: payer, makeDefault: false)),
      .putPolicy(policy, expected: 0),
      .beginTopUp(topUp("acme"), cause: "test"), .beginTopUp(topUp("other"), cause: "test"),
      .putAccount(account, AccountState(reading: reading, version: 1)),
      .moveTopUp(waiting, cause: "test"),
      .issueAuthentication(
        AuthenticationLink(
          topUp: waiting.id, attempt: 1, digest: Self.known.digest, returnURL: "",
          caller: "acme", issued: Self.now, expires: Self.now.advanced(by: .seconds(60)))),
    ]
    try await store.commit(Commit(now: Self.now, fence: store.fence, changes))
  }

  var channel: RPCChannel { ground.channel }

  static func id(_ tenant: String) -> String { "tu_\(tenant)" }

  private func topUp(_ tenant: String) -> TopUp {
    TopUp(
      id: TopUpID(Self.id(tenant)), account: account, payer: Payer(tenant: tenant, user: "u1"),
      trigger: .user, episode: nil, amount: Money(minorUnits: 500, .usd), fee: 0, tax: 0,
      quote: nil, credits: nil, onSession: true, policyVersion: 0, slippageBasisPoints: 0,
      cards: [], description: "", created: Self.now)
  }

  /// `acme`'s, waiting for its person.
  private var waiting: TopUp {
    var topUp = topUp("acme")
    topUp.version += 1
    topUp.state = .actionRequired
    let card = CardReference(
      id: PaymentMethodID(Self.card), customer: CustomerID("cus_1"), fingerprint: "fp_1",
      brand: "visa", last4: "4242")
    topUp.attempts = [
      ChargeAttempt(
        number: 1, card: card, phase: .awaitingPerson, intent: PaymentIntentID("pi_1"),
        started: Self.now)
    ]
    return topUp
  }

  private var policy: Policy {
    Policy(
      account: account, payer: CreatorGround.payer, isEnabled: true, threshold: 5,
      amount: .fixed(Money(minorUnits: 500, .usd)), minPerTopUp: 50, maxPerTopUp: 100_000,
      day: Policy.Cap(), month: Policy.Cap(), timeZone: "UTC", rearmMargin: 0,
      cooldown: .seconds(3_600), lowCooldown: .seconds(300), minRunway: nil,
      slippageBasisPoints: 100, cards: [], version: 1, updated: Self.now)
  }

  /// Tells watchers that a tenant's top-up moved on.
  func publish(_ tenant: String) {
    var topUp = topUp(tenant)
    topUp.version += 1
    topUp.state = .charging
    ground.feed.publish(TopUpChange(topUp: topUp, from: .reserved, cause: "test"))
  }

  /// Tells watchers of the credits of a tenant's user.
  func publishCredits(_ tenant: String) {
    let topUp = TopUp(
      id: TopUpID("tu_credits"), account: .credits(CreditsAccount(tenant: tenant, user: "u")),
      payer: Payer(tenant: tenant, user: "u"), trigger: .user, episode: nil,
      amount: Money(minorUnits: 500, .usd), fee: 0, tax: 0, quote: nil, credits: 5,
      onSession: true, policyVersion: 0, slippageBasisPoints: 0, cards: [], description: "",
      created: Self.now)
    ground.feed.publish(TopUpChange(topUp: topUp, from: nil, cause: "test"))
  }

  func bindNobody() throws {
    let text = """
      {"name": "t", "bindings": [{"name": "x", "principals": ["x"], "tenants": ["x"]}]}
      """
    ground.grants.replace(try Bindings(parsing: Array(text.utf8)))
  }

  func close() async { await ground.close() }
}
