import Gateways
import RPCCore
import RPCServer
import RPCTransport
import SimulatedWorld
import TestSupport
import TopUpCore
import TopUpService
import TopUpStore

/// One daemon: the service's own code from its sockets' bytes down to the store's file, without a
/// thread, a socket or a clock of the machine's.
///
/// `@unchecked Sendable`: on its loop only.
final class Replica: @unchecked Sendable {
  static let webhookSecret = "whsec_sandbox"
  static let database = "topup.db"
  /// What the tenants sell credits for.
  static let prices: PriceBook = {
    var prices = PriceBook()
    do {
      try prices.addRates("acme:USD:1,beta:USD:1")
      try prices.addTiers("acme:small:USD:300:300+40,acme:large:USD:900:1000,beta:small:USD:300:7")
    } catch { preconditionFailure("\(error)") }
    return prices
  }()

  let number: Int
  let process: DiskProcess
  let clock: ReplicaClock
  let store: ReplicaStore
  private let context: ServiceContext
  private let definition: ServerDefinition
  private let gate: WebhookGate
  private let loop: ManualLoop
  /// Whether it takes connections.
  private(set) var isServing = false
  private var pipes: [(number: Int, pipe: MemoryPipe)] = []
  private var lastPipe = 0

  /// Everything of the simulation that a daemon lives on.
  struct Ground {
    let loop: ManualLoop
    let wire: OutsideWire
    let dice: Dice
    let zones: SimulatedZones
    let inboxTriesMax: Int
    let report: @Sendable (Int, EngineReport) -> Void
  }

  /// Opens the store and puts the service together; nothing outside is asked before ``start()``.
  init(_ number: Int, on process: DiskProcess, clockOffset: Duration, _ ground: Ground) throws {
    self.number = number
    self.process = process
    loop = ground.loop
    let wire = ground.wire
    clock = ReplicaClock(wire, offset: clockOffset)
    DiskVFS.register()
    let dice = ground.dice
    let file = try StoreFile.open(
      path: process.path(Self.database), vfs: DiskVFS.name, isInline: true, isAlone: false,
      randomBytes: dice.bytes, whenLost: { [process] _ in process.die() })
    store = ReplicaStore(file, of: process, on: loop, dice)
    let transport = DaemonTransport(wire: wire, process: process)
    var stripe = try StripeConfiguration(
      key: Secret("sk_test_sandbox"), livemode: false, baseURL: OutsideWire.stripeURL)
    stripe.storeID = file.storeID
    let outside = Outside(
      processor: StripeClient(stripe, over: transport),
      ramp: RampClient(
        try RampConfiguration(baseURL: OutsideWire.rampURL, key: Secret("ramp_key_sandbox")),
        over: transport),
      node: SubstrateNode(url: OutsideWire.nodeURL, over: transport))
    var settings = EngineSettings(fence: file.fence)
    settings.inboxPatience.triesMax = ground.inboxTriesMax
    context = ServiceContext.assemble(
      store: store, outside: outside, clock: clock, zones: ground.zones, on: loop,
      settings: settings,
      terms: ServiceTerms(
        prices: Self.prices,
        randomBytes: { dice.bytes($0) }), grants: GrantBook(nil),
      report: { ground.report(number, $0) })
    definition = ServerDefinition(
      router: RPCRouter(context.services, interceptors: []), limits: HTTP2Limits())
    guard let signature = StripeSignature(secrets: [Secret(Self.webhookSecret)]) else {
      preconditionFailure("the webhooks' secret has another form")
    }
    let clock = clock
    gate = WebhookGate(
      rules: try HTTPRequestRules(path: "/stripe/webhook", hosts: ["localhost"]),
      limits: WebhookLimits(), sink: context.webhookReceiver(signature), clock: { clock.now },
      on: loop)
  }

  var isAlive: Bool { !process.isDead }

  /// Picks up what has not ended, and serves.
  func start() throws {
    let engine = context.engine
    try engine.assumeIsolated { engine in _ = try engine.start() }
    isServing = true
  }

  /// What an operator would see of the three books; what is younger than three hours may be under
  /// way, for with webhooks off the processor's events are gone through every hour.
  func compareBooks() -> TaskResult<Reconciliation> {
    let request = ReconciliationRequest(
      scope: .asked, since: nil, settledFor: .seconds(3 * 3_600))
    return loop.start { [engine = context.engine] in
      try await engine.reconcile(request) { true }
    }
  }

  /// Tries another rule beside each account's own, which must change nothing that anybody sees; by the
  /// file itself, so that no chance is drawn for it.
  func tryRules(of accounts: [AccountKey]) -> TaskResult<Void> {
    let (file, now) = (store.file, clock.now)
    return loop.start {
      for account in accounts {
        let stored = try file.read { snapshot throws(StoreError) in
          try snapshot.account(account)
        }
        guard var rule = stored.policy else { continue }
        rule.threshold *= 40
        rule.amount = .fixed(Money(minorUnits: 900, .usd))
        rule.cooldown = .seconds(60)
        let shadow = ShadowPolicy(
          account: account, policy: rule, version: 1, set: now, actor: "ops", reason: "a trial")
        try await file.commit(Commit(now: now, fence: file.fence, [.putShadow(shadow)]))
      }
    }
  }

  /// How many looks their trials have counted, and how many of them came out otherwise.
  func trials(of accounts: [AccountKey]) throws(StoreError) -> (looks: Int64, different: Int64) {
    try store.file.read { snapshot throws(StoreError) in
      var (looks, different) = (Int64(0), Int64(0))
      for account in accounts {
        guard let stored = try snapshot.shadow(of: account) else { continue }
        looks += stored.looks
        different += stored.differences.values.reduce(0, +)
      }
      return (looks, different)
    }
  }

  /// A client's connection.
  func accept() -> (any ByteProtocol)? {
    guard isServing, isAlive else { return nil }
    return ServerConnection(
      definition,
      peer: PeerConnection(address: "simulated", isPrivate: true, identity: .anonymous), on: loop)
  }

  /// The processor's connection for a webhook.
  func acceptWebhook() -> (any ByteProtocol)? {
    guard isServing, isAlive else { return nil }
    return WebhookConnection(gate)
  }

  /// Keeps a connection, to break it when the daemon dies.
  func keep(_ pipe: MemoryPipe) {
    lastPipe += 1
    let number = lastPipe
    pipes.append((number, pipe))
    let others = pipe.onClose
    pipe.onClose = { [weak self] in
      others?()
      self?.pipes.removeAll { $0.number == number }
    }
  }

  /// Ends everything of a daemon that died: its connections break and its tasks come to their ends
  /// without an effect.
  func bury() {
    isServing = false
    process.die()
    for (_, pipe) in pipes { pipe.close() }
    context.sources.drain()
    context.feed.finish()
    // Its engine does nothing any more, and its tasks end one by one.
    let engine = context.engine
    Task(executorPreference: loop.tasks) { [store, process] in
      await engine.stop()
      store.file.close()
      process.forget()
    }
  }
}
