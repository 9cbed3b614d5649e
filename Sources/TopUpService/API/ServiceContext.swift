internal import RPCCore
package import TopUpCore

/// What the services of `topup.v1` work with.
package struct ServiceContext: Sendable {
  package let store: any Store
  package let outside: Outside
  /// What ``outside``'s calls to the processor pass.
  package let limiter: OutboundLimiter
  package let engine: Engine
  package let clock: any WallClock
  package let zones: any TimeZones
  package let feed: ChangeFeed
  package let intake: LowBalanceIntake
  package let sources: SourceRegistry
  package let fence: Int64
  package let prices: PriceBook
  package let attemptCeiling: AttemptCeiling
  package let rampTerms: RampTerms
  package let newCardHold: Duration
  package let networks: SS58.Networks
  package let isLive: Bool
  package let version: String
  package let started: UnixTime
  package let grants: GrantBook
  /// Verifications of the whole store, which wait for each other.
  let verifications: LongReads
  /// Walks through an account's history, which wait for each other and for no verification.
  let histories: LongReads
  /// Whether an operator's refund or resolution takes two persons.
  package let needsSecondPerson: Bool
  private let randomBytes: @Sendable (Int) -> [UInt8]

  init(
    store: any Store, outside: Outside, limiter: OutboundLimiter, engine: Engine,
    clock: any WallClock,
    zones: any TimeZones, feed: ChangeFeed, intake: LowBalanceIntake, sources: SourceRegistry,
    fence: Int64, prices: PriceBook, attemptCeiling: AttemptCeiling, rampTerms: RampTerms,
    newCardHold: Duration, networks: SS58.Networks, isLive: Bool, version: String,
    started: UnixTime, grants: GrantBook, needsSecondPerson: Bool,
    randomBytes: @escaping @Sendable (Int) -> [UInt8]
  ) {
    self.store = store
    self.outside = outside
    self.limiter = limiter
    self.engine = engine
    self.clock = clock
    self.zones = zones
    self.feed = feed
    self.intake = intake
    self.sources = sources
    self.fence = fence
    self.prices = prices
    self.attemptCeiling = attemptCeiling
    self.rampTerms = rampTerms
    self.newCardHold = newCardHold
    self.networks = networks
    self.isLive = isLive
    self.version = version
    self.started = started
    self.grants = grants
    verifications = LongReads(store)
    histories = LongReads(store)
    self.needsSecondPerson = needsSecondPerson
    self.randomBytes = randomBytes
  }

  func reader() -> RequestReader { RequestReader(networks: networks, prices: prices) }

  /// Whose keys a call's are (invariant 43); without credentials every caller on this machine is
  /// one.
  func caller(of call: ServerContext) -> String { call.principal?.name ?? "local" }

  var creator: TopUpCreator {
    TopUpCreator(
      store: store, outside: outside, clock: clock, zones: zones, feed: feed, fence: fence,
      prices: prices, attemptCeiling: attemptCeiling, rampTerms: rampTerms,
      newCardHold: newCardHold, clocks: { [engine] in await engine.clockAgreement() },
      notReady: { [engine] in await engine.whyNotReady() })
  }

  var rampWatch: RampWatch { RampWatch(store: store, ramp: outside.ramp, terms: rampTerms) }

  var policies: PolicyKeeper {
    PolicyKeeper(store: store, clock: clock, zones: zones, fence: fence, feed: feed)
  }

  var reviewDesk: ReviewDesk {
    ReviewDesk(
      store: store, engine: engine, clock: clock, fence: fence,
      needsSecondPerson: needsSecondPerson)
  }

  var creditsDesk: CreditsDesk {
    CreditsDesk(
      store: store, clock: clock, fence: fence,
      lowWasSeen: { [engine] in await engine.pokeEvaluations() })
  }

  var refundDesk: RefundDesk { RefundDesk(store: store, engine: engine) }

  var authentications: AuthenticationDesk {
    AuthenticationDesk(
      store: store, engine: engine, processor: outside.processor, clock: clock, fence: fence,
      randomBytes: randomBytes)
  }

  var cards: CardService {
    CardService(store: store, processor: outside.processor, clock: clock, fence: fence)
  }
}
