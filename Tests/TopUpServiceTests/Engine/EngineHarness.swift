import Gateways
import SimulatedWorld
import Synchronization
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// An engine with its store and the whole world outside, on one manual loop: after each verb
/// everything that could happen has happened, and time stands still.
final class EngineHarness {
  static let payer = Payer(tenant: "acme", user: "u1")

  struct Zones: TimeZones {
    func rules(of zone: String) -> TimeZoneRules? { .utc }
  }

  let loop = ManualLoop()
  let clock: LoopClock
  let world: EngineWorld
  let temporary: TemporaryStore
  /// What the engine's commits go through.
  let gate: StoreGate
  let feed = ChangeFeed()
  let engine: Engine
  let outside: Outside
  let account: DDCAccount
  /// Whose rule is set, and whose top-ups are looked at; the one on chain unless a test says.
  var key: AccountKey
  var store: StoreFile { temporary.store }
  private let reported = Reports()

  /// What the engine told, in order.
  private final class Reports: Sendable {
    let all = Mutex<[EngineReport]>([])
  }

  /// - Parameter adjust: changes the engine's settings.
  init(_ adjust: (inout EngineSettings) -> Void = { _ in }) throws {
    clock = LoopClock(loop)
    world = EngineWorld(clock)
    temporary = try TemporaryStore(isInline: true)
    gate = StoreGate(temporary.store)
    account = DDCAccount(
      cluster: try #require(ClusterID(hex: "0x0059f5ada35eee46802d80750d5ca4a490640511")),
      owner: try #require(AccountID32(Array(repeating: 5, count: 32))))
    key = .ddc(account)
    var stripe = try StripeConfiguration(
      key: Secret("sk_test_sandbox"), livemode: false, baseURL: EngineWorld.stripeURL)
    stripe.storeID = temporary.store.storeID
    outside = Outside(
      processor: StripeClient(stripe, over: world),
      ramp: RampClient(
        try RampConfiguration(baseURL: EngineWorld.rampURL, key: Secret("ramp_key_sandbox")),
        over: world),
      node: SubstrateNode(url: EngineWorld.nodeURL, over: world))
    var settings = EngineSettings(fence: temporary.store.fence)
    adjust(&settings)
    let reported = reported
    engine = Engine(
      loop: loop, store: gate, outside: outside, clock: clock, zones: Zones(),
      feed: feed, settings: settings,
      report: { report in reported.all.withLock { $0.append(report) } })
  }

  // MARK: Setting up

  /// Sets the balance, stores a card and consent, and starts the engine. The policy is up to the
  /// test.
  ///
  /// - Parameter card: number of a test card; nil leaves the payer without one.
  func start(card: String? = "4242424242424242", balance: Int128 = 20) throws {
    setBalance(balance)
    loop.advance(by: .seconds(60))
    let name = try look { try $0.settings() }.storeID
    let made = answer { [outside] in
      await outside.processor.createCustomer(
        CreateCustomer(
          store: name, tenant: "acme", user: "u1", email: nil, key: IdempotencyKey("cus")))
    }
    let customer = try #require(made)
    try commit(
      .putCustomer(Self.payer, customer),
      .putConsent(
        Self.payer,
        Consent(
          textVersion: "1", agreed: clock.now, maxPerCharge: nil, maxPerMonth: nil, actor: "user"))
    )
    if let card { _ = try addCard(card) }
    try onEngine { engine throws(StoreError) in _ = try engine.start() }
  }

  /// Another engine on the same store, after the first was stopped.
  ///
  /// - Parameter adjust: changes its settings.
  func restarted(_ adjust: (inout EngineSettings) -> Void = { _ in }) throws -> Engine {
    var settings = EngineSettings(fence: store.fence)
    adjust(&settings)
    let next = Engine(
      loop: loop, store: gate, outside: outside, clock: clock, zones: Zones(), feed: feed,
      settings: settings,
      report: { [reported] report in reported.all.withLock { $0.append(report) } })
    let started = loop.run { () -> Result<Int, StoreError> in
      next.assumeIsolated { engine in
        do throws(StoreError) { return .success(try engine.start()) } catch {
          return .failure(error)
        }
      }
    }
    _ = try started.get()
    return next
  }

  /// Somebody types a card into the form; it is stored without asking anybody.
  func addCard(_ number: String) throws -> CardSnapshot {
    let customer = try customer()
    _ = try typeCard(number)
    let cards = answer { [outside] in await outside.processor.paymentMethods(of: customer) }
    let known = try look { try $0.payer(Self.payer) }.cards.map(\.card.id)
    let card = try #require(cards?.first { !known.contains($0.id) })
    try commit(
      .putCard(
        StoredCard(payer: Self.payer, card: card, rank: known.count, added: clock.now)))
    return card
  }

  /// Somebody types a card into the form of a new set-up, which is not stored.
  func typeCard(_ number: String) throws -> SetupIntentID {
    let customer = try customer()
    let key = IdempotencyKey("setup.\(number)")
    let made = answer { [outside] in
      await outside.processor.createSetupIntent(
        CreateSetupIntent(customer: customer, paymentMethod: nil, key: key))
    }
    let setup = try #require(made)
    let typed = world.control(
      "stripe/card", #"{"setup_intent": "\#(setup.id)", "number": "\#(number)"}"#)
    if typed.contains("requires_action") {
      world.control("stripe/authenticate", #"{"intent": "\#(setup.id)"}"#)
    }
    return setup.id
  }

  private func customer() throws -> CustomerID {
    let payer = try look { try $0.payer(Self.payer) }
    return try #require(payer.customer)
  }

  /// In CERE.
  func setBalance(_ cere: Int128) {
    let (cluster, owner) = (Hex.text(account.cluster.bytes), Hex.text(account.owner.bytes))
    world.control(
      "chain",
      #"{"cluster": "0x\#(cluster)", "owner": "0x\#(owner)", "#
        + #""set_active": "\#(cere * Planck.cere.units)"}"#)
  }

  /// A rule that keeps 100 CERE on the account by charges of 5.00 USD; the account is due at once, or
  /// then.
  func setPolicy(lookAt due: UnixTime? = nil, _ adjust: (inout Policy) -> Void = { _ in }) throws {
    let before = try look { try $0.account(key) }.policy
    let expected = before?.version ?? 0
    var policy = Policy(
      account: key, payer: Self.payer, isEnabled: true, threshold: 100 * Planck.cere.units,
      amount: .fixed(Money(minorUnits: 500, .usd)), minPerTopUp: 50, maxPerTopUp: 100_000,
      day: Policy.Cap(), month: Policy.Cap(), timeZone: "UTC", rearmMargin: 0,
      cooldown: .seconds(3_600), lowCooldown: .seconds(300), minRunway: nil,
      slippageBasisPoints: 100, cards: [], version: expected + 1, updated: clock.now)
    adjust(&policy)
    policy = policy.keepingSince(of: before)
    try commit(
      .putPolicy(policy, expected: expected), .evaluate(key, due: due ?? clock.now, claim: nil))
    onEngine { $0.pokeEvaluations() }
  }

  /// A user's top-up of 5.00 USD, on session; the engine does not know of it until it is poked.
  func create(card: PaymentMethodID?, key: String? = nil) throws -> TopUp {
    let creator = TopUpCreator(
      store: store, outside: outside, clock: clock, zones: Zones(), feed: feed,
      fence: store.fence, prices: PriceBook(), attemptCeiling: AttemptCeiling(),
      rampTerms: RampTerms(),
      clocks: { .agree })
    let request = TopUpRequest(
      caller: "local", key: key ?? "\(clock.now)", account: self.key, payer: Self.payer,
      amount: Money(minorUnits: 500, .usd), card: card, onSession: true, description: "")
    let made = loop.start { try await creator.create(request).topUp }
    let result = try #require(made.result)
    return try result.get()
  }

  // MARK: Verbs

  /// Commits as another part of the service would.
  func commit(_ changes: Change...) throws {
    let commit = Commit(now: clock.now, fence: store.fence, changes)
    let done = loop.start { [store] in try await store.commit(commit) }
    let result = try #require(done.result)
    try result.get()
  }

  /// Takes in what the processor has sent, and lets the engine apply it.
  ///
  /// - Returns: the ids of what was taken.
  @discardableResult
  func deliverWebhooks() throws -> [String] {
    let deliveries = world.takeWebhooks().filter { StripeEventTypes.taken.contains($0.type) }
    for delivery in deliveries {
      let event = try StripeWebhookDecoder().decode(delivery.body)
      try commit(
        .receiveInbox(
          InboxEvent(
            id: event.id, type: event.type, object: event.object, intent: event.intent,
            body: delivery.body, received: clock.now)))
    }
    onEngine { $0.pokeInbox() }
    return deliveries.map(\.event)
  }

  func onEngine<Value: Sendable, Failure: Error>(
    _ body: @Sendable (isolated Engine) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let engine = engine
    let result: Result<Value, Failure> = loop.run {
      engine.assumeIsolated { engine in
        do throws(Failure) { return .success(try body(engine)) } catch { return .failure(error) }
      }
    }
    return try result.get()
  }

  /// Lets time pass in steps until something holds; bounded.
  func wait(
    atMost span: Duration, step: Duration = .seconds(1),
    until isMet: () throws -> Bool
  ) throws -> Bool {
    let end = clock.now.advanced(by: span)
    while clock.now < end {
      if try isMet() { return true }
      loop.advance(by: step)
    }
    return try isMet()
  }

  // MARK: Looking

  func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws -> Value {
    try store.read { snapshot throws(StoreError) in Result { try body(snapshot) } }.get()
  }

  /// All of the account's, the oldest first.
  func topUps() throws -> [TopUp] {
    try look { try $0.topUps(TopUpQuery(account: key, limit: 100)) }.reversed()
  }

  func decisions() throws -> [StoredDecision] {
    try look { try $0.decisions(of: key, before: nil, limit: 200) }
  }

  /// The ledger's entries that name no top-up: those of the service itself.
  func ownEntries() throws -> [StoredEntry] {
    let noted = try look { try $0.movements(since: UnixTime(seconds: 0), after: nil, limit: 100) }
    let last = try look { try $0.head() }.position
    guard last > 0, !noted.isEmpty else { return [] }
    return try look { snapshot in
      try (1...last).compactMap { try snapshot.entry($0) }.filter { $0.topUp == nil }
    }
  }

  var reports: [EngineReport] { reported.all.withLock { $0 } }

  /// What a call of a client came to; nil when it was refused or lost.
  func answer<Value: Sendable>(
    _ call: @escaping @Sendable () async -> OutsideResult<Value>
  ) -> Value? {
    let result = loop.start { await call() }
    if case .answered(let value)? = result.value { return value }
    return nil
  }
}
