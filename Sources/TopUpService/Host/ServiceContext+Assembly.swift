package import Gateways
package import RPCCore
package import RPCTransport
internal import Synchronization
package import TopUpCore

/// What a deployment says of the service besides its addresses.
package struct ServiceTerms: Sendable {
  package var prices: PriceBook
  package var networks: SS58.Networks
  package var isLive: Bool
  /// Whether an operator's refund or resolution takes two persons.
  package var needsSecondPerson: Bool
  /// How many calls the processor takes.
  package var processorLimits: OutboundLimits
  /// Gives that many random bytes: the kernel's, but in a simulation.
  package var randomBytes: @Sendable (Int) -> [UInt8]

  package init(
    prices: PriceBook = PriceBook(), networks: SS58.Networks = .cere, isLive: Bool = false,
    needsSecondPerson: Bool = false, processorLimits: OutboundLimits = OutboundLimits(),
    randomBytes: @escaping @Sendable (Int) -> [UInt8] = { System.randomBytes($0) }
  ) {
    self.randomBytes = randomBytes
    self.processorLimits = processorLimits
    self.needsSecondPerson = needsSecondPerson
    self.prices = prices
    self.networks = networks
    self.isLive = isLive
  }
}

extension ServiceContext {
  /// Puts the engine, the intake and what the services work with together. The engine is not
  /// started.
  ///
  /// - Parameters:
  ///   - loop: the engine's.
  ///   - settings: with the fence that the store was opened under.
  ///   - report: told what the engine has to say to an operator.
  package static func assemble(
    store: any Store, outside: Outside, clock: any WallClock, zones: any TimeZones,
    on loop: any EventLoop, settings: EngineSettings, terms: ServiceTerms, grants: GrantBook,
    report: @escaping @Sendable (EngineReport) -> Void
  ) -> ServiceContext {
    let reader = Mutex<LowBalanceIntake?>(nil)
    let limiter = OutboundLimiter(terms.processorLimits, on: loop)
    let observed = Outside(
      processor: LimitedProcessor(outside.processor, limiter), ramp: outside.ramp,
      node: ObservedNode(node: outside.node) { number in
        reader.withLock { $0 }?.headWasRead(number)
      })
    let feed = ChangeFeed()
    var settings = settings
    settings.prices = terms.prices
    let engine = Engine(
      loop: loop, store: store, outside: observed, clock: clock, zones: zones, feed: feed,
      settings: settings, report: report)
    let intake = LowBalanceIntake(
      store: store, clock: clock, fence: settings.fence, engine: engine)
    reader.withLock { $0 = intake }
    return ServiceContext(
      store: store, outside: observed, limiter: limiter, engine: engine, clock: clock,
      zones: zones, feed: feed,
      intake: intake, sources: SourceRegistry(), fence: settings.fence,
      prices: terms.prices, attemptCeiling: settings.attemptCeiling,
      rampTerms: settings.ramp, newCardHold: settings.newCardHold, networks: terms.networks,
      isLive: terms.isLive,
      version: Release.version,
      started: clock.now, grants: grants, needsSecondPerson: terms.needsSecondPerson,
      randomBytes: terms.randomBytes)
  }

  /// The services of `topup.v1`.
  package var services: [any RPCService] {
    [TopUpCalls(self), PaymentMethodCalls(self), BalanceCalls(self), AdminCalls(self)]
  }

  /// What takes the processor's webhooks in.
  package func webhookReceiver(_ signature: StripeSignature) -> WebhookReceiver {
    WebhookReceiver(
      verifier: StripeWebhookVerifier(signature), decoder: StripeWebhookDecoder(),
      inbox: StoreInbox(store: store, clock: clock, fence: fence, engine: engine),
      livemode: isLive, handledTypes: Set(StripeEventTypes.taken))
  }
}
