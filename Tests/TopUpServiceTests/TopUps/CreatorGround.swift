import Gateways
import Synchronization
import TopUpCore
import TopUpStore

@testable import TopUpService

/// A creator over a store of its own, with nothing outside that answers: what it asks of others
/// shows as a refusal that names them.
final class CreatorGround: Sendable {
  static let now = UnixTime(seconds: 1_795_000_000)
  static let payer = Payer(tenant: "acme", user: "u1")
  static let stored = CardSnapshot(
    id: PaymentMethodID("pm_1"), customer: CustomerID("cus_1"), brand: "visa", last4: "4242",
    expiryMonth: 12, expiryYear: 2_030, funding: "credit", country: "DE", fingerprint: "fp_1")

  private struct Nowhere: HTTPTransport {
    func send(_ request: HTTPRequest) async -> HTTPOutcome { .notSent("nothing is there") }
  }

  struct Clock: WallClock {
    let now: UnixTime
  }

  /// A cent is a credit.
  static let prices: PriceBook = {
    var prices = PriceBook()
    do { try prices.addRates("acme:USD:1") } catch { preconditionFailure("\(error)") }
    return prices
  }()

  private struct Zones: TimeZones {
    func rules(of zone: String) -> TimeZoneRules? { .utc }
  }

  let temporary: TemporaryStore
  let outside: Outside
  var store: StoreFile { temporary.store }

  /// - Parameter consent: nil leaves the payer without one.
  init(consent: Consent?) async throws {
    temporary = try TemporaryStore()
    outside = Outside(
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false), over: Nowhere()),
      ramp: RampClient(
        try RampConfiguration(baseURL: "http://127.0.0.1:1", key: Secret("k")), over: Nowhere()),
      node: SubstrateNode(url: "http://127.0.0.1:2", over: Nowhere()))
    var changes: [Change] = [
      .putCustomer(Self.payer, CustomerID("cus_1")),
      .putCard(StoredCard(payer: Self.payer, card: Self.stored, rank: 0, added: Self.now)),
    ]
    if let consent { changes.append(.putConsent(Self.payer, consent)) }
    try await commit(changes)
  }

  static func consent(perCharge: Int64? = nil, perMonth: Int64? = nil) -> Consent {
    Consent(
      textVersion: "1", agreed: now, maxPerCharge: perCharge.map { Money(minorUnits: $0, .usd) },
      maxPerMonth: perMonth.map { Money(minorUnits: $0, .usd) }, actor: "user")
  }

  func commit(_ changes: [Change]) async throws {
    try await store.commit(Commit(now: Self.now, fence: store.fence, changes))
  }

  /// What a top-up of credits comes to; by another account for each user.
  func create(
    _ key: String, cents: Int64 = 1_000, user: String = "u1", onSession: Bool = false,
    clocks: ClockAgreement = .agree, fence: Int64? = nil, tier: String? = nil,
    prices: PriceBook = prices, through gate: (any Store)? = nil
  ) async throws(ServiceError) -> TopUp {
    let creator = TopUpCreator(
      store: gate ?? store, outside: outside, clock: Clock(now: Self.now), zones: Zones(),
      feed: ChangeFeed(), fence: fence ?? store.fence,
      prices: prices, attemptCeiling: AttemptCeiling(3),
      rampTerms: RampTerms(),
      clocks: { clocks })
    return try await creator.create(
      TopUpRequest(
        caller: "local", key: key, account: .credits(CreditsAccount(tenant: "acme", user: user)),
        payer: Self.payer, amount: tier == nil ? Money(minorUnits: cents, .usd) : nil,
        tier: tier.map { TopUpRequest.TierName(name: $0, currency: nil) }, card: nil,
        onSession: onSession, description: "")
    ).topUp
  }

  /// Records an attempt with the payer's card, as some account's top-up makes it.
  func tried(_ number: Int, at started: UnixTime) async throws {
    var topUp = try await create("tried \(number)", cents: 100, user: "other", onSession: true)
    topUp.version += 1
    topUp.state = .charging
    let card = CardReference(
      id: Self.stored.id, customer: CustomerID("cus_1"), fingerprint: Self.stored.fingerprint,
      brand: "visa", last4: "4242")
    topUp.attempts = [ChargeAttempt(number: 1, card: card, started: started)]
    try await commit([.moveTopUp(topUp, cause: "tried")])
  }

  /// Why a top-up is refused; nil when it is not.
  func refusal(
    _ key: String, cents: Int64 = 1_000, user: String = "u1", onSession: Bool = false,
    clocks: ClockAgreement = .agree, fence: Int64? = nil, through gate: (any Store)? = nil
  ) async -> ServiceError? {
    do throws(ServiceError) {
      _ = try await create(
        key, cents: cents, user: user, onSession: onSession, clocks: clocks, fence: fence,
        through: gate)
      return nil
    } catch {
      return error
    }
  }
}
