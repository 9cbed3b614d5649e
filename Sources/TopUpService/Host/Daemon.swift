internal import Gateways
package import Logging
internal import ProtobufRuntime
internal import RPCCore
internal import RPCServer
internal import RPCServices
internal import RPCTransport
internal import Synchronization
internal import TopUpAPI
package import TopUpCore
internal import TopUpStore

/// The whole service in one process: the store, the engine, the RPC server and the webhook
/// listener, put together in the order in which each needs the others.
package final class Daemon: Sendable {
  private let store: StoreFile
  private let engine: Engine
  private let server: RPCServer
  private let webhook: WebhookListener
  /// Certificates and authorization files, which may change.
  private let watches: [FileWatch]
  private let loops: [EpollLoop]
  private let health: HealthService
  private let sources: SourceRegistry
  private let feed: ChangeFeed
  private let transport: CurlTransport
  private let grace: Duration
  private let metrics: MetricsListener?
  /// Where calls are served, with the port the kernel chose.
  package let address: String
  /// Where webhooks are taken.
  package let webhookAddress: String

  private init(
    _ parts: Parts, server: RPCServer, webhook: WebhookListener,
    watches: [FileWatch], loops: [EpollLoop], metrics: MetricsListener?,
    health: HealthService, grace: Duration
  ) {
    self.metrics = metrics
    self.watches = watches
    store = parts.store
    engine = parts.context.engine
    sources = parts.context.sources
    feed = parts.context.feed
    transport = parts.transport
    self.server = server
    self.webhook = webhook
    self.loops = loops
    self.health = health
    self.grace = grace
    address = server.address
    webhookAddress = webhook.address.description
  }

  /// What the services stand on.
  private struct Parts {
    let store: StoreFile
    let transport: CurlTransport
    let context: ServiceContext
  }

  /// Opens the store, picks up what has not ended, and begins to serve.
  ///
  /// - Parameter storeIsLost: called when only a restart helps: a commit is in doubt, or another
  ///   process has taken the store over (invariants 41, 49). Whoever waits for that commit has not
  ///   been answered, and is not when this ends the process.
  package static func start(
    _ configuration: Configuration, logger: Logger, storeIsLost: @escaping @Sendable () -> Void
  ) async throws(StartError) -> Daemon {
    Descriptors.raiseLimit()
    let access = try AccessControl(configuration, logger: logger)
    let certificates = FileStamps(configuration.tls?.files ?? [])
    // A start that cannot serve leaves the store, and whoever works on it, alone.
    try checkFree([configuration.listen, configuration.webhookListen])
    let loops = try makeLoops()
    let watch = ServerWatch(loops: configuration.loops, logger: logger)
    let parts = try assemble(
      configuration, logger, access.grants, watch.books, on: loops[0], storeIsLost)
    let health = HealthService()
    let server = try await serve(parts.context, configuration, health, access, watch)
    let webhook = try await listen(parts, configuration, logger, on: loops[1])
    let metrics = try await watch.listen(
      at: configuration.metricsListen, server, parts.store, parts.context.limiter,
      started: parts.context.clock.now, on: loops[1])
    var watches = access.watch(on: loops[1]).map { [$0] } ?? []
    if configuration.tls != nil {
      watches.append(watchCertificates(certificates, of: server, logger, on: loops[1]))
    }
    // Last: no outside call is made by a process that cannot serve.
    let recovered: Int
    do throws(StoreError) { recovered = try await parts.context.engine.start() } catch {
      throw .store(error)
    }
    for watch in watches { watch.start() }
    logger.info(
      "serving",
      metadata: [
        "address": "\(server.address)", "webhook": "\(webhook.address)",
        "metrics": "\(metrics?.address ?? "none")",
        "store": "\(parts.store.storeID)", "recovered": "\(recovered)",
        "version": "\(Release.version)",
      ])
    return Daemon(
      parts, server: server, webhook: webhook, watches: watches, loops: loops,
      metrics: metrics, health: health, grace: configuration.drainGrace)
  }

  private static func watchCertificates(
    _ certificates: FileStamps, of server: RPCServer, _ logger: Logger, on loop: EpollLoop
  ) -> FileWatch {
    let words = FileWatch.Words(
      taken: "certificates reloaded", refused: "certificates not reloaded, those in use stay")
    return FileWatch(certificates, words, logger: logger, on: loop) {
      do throws(TLSError) {
        try server.reloadTLS()
        return nil
      } catch { return "\(error)" }
    }
  }

  /// - Throws: ``StartError/system(_:)`` when something else listens on a port of these.
  private static func checkFree(_ endpoints: [Endpoint]) throws(StartError) {
    for endpoint in endpoints where endpoint.port != 0 {
      // What is no address is told with its setting's name, where it is used.
      guard let address = SocketAddress(host: endpoint.host, port: endpoint.port) else { continue }
      do throws(SystemError) { try System.checkFree(address) } catch {
        throw .system("cannot listen: \(error)")
      }
    }
  }

  private static func makeLoops() throws(StartError) -> [EpollLoop] {
    do throws(SystemError) {
      return [try EpollLoop(name: "engine"), try EpollLoop(name: "webhook")]
    } catch { throw .system("\(error)") }
  }

  private static func assemble(
    _ configuration: Configuration, _ logger: Logger, _ grants: GrantBook, _ books: BooksMeter,
    on loop: EpollLoop, _ storeIsLost: @escaping @Sendable () -> Void
  ) throws(StartError) -> Parts {
    let store: StoreFile
    do throws(StoreError) {
      store = try StoreFile.open(
        path: configuration.database, cachedBalances: configuration.cachedBalances,
        whenLost: { reason in
          logger.critical("the store is lost", metadata: ["reason": "\(reason)"])
          storeIsLost()
        })
    } catch { throw .store(error) }
    let transport = try makeTransport(configuration)
    let log = EngineLog(logger: logger, storeIsLost: storeIsLost)
    var settings = EngineSettings(fence: store.fence)
    settings.eraSeconds = configuration.eraSeconds
    settings.attemptCeiling = configuration.attemptCeiling
    settings.ramp = configuration.ramp
    settings.inboxPatience.triesMax = configuration.inboxTriesMax
    settings.newCardHold = configuration.newCardHold
    let terms = ServiceTerms(
      prices: configuration.prices,
      networks: configuration.acceptsGenericAddresses ? .cereAndGeneric : .cere,
      isLive: configuration.isLive, needsSecondPerson: configuration.needsSecondPerson,
      processorLimits: configuration.processorLimits)
    let context = ServiceContext.assemble(
      store: store, outside: try makeOutside(configuration, transport, storeID: store.storeID),
      clock: SystemClock(),
      zones: ZoneInfo(folder: configuration.zoneInfo), on: loop, settings: settings, terms: terms,
      grants: grants,
      report: { report in
        books.note(report)
        log.record(report)
      })
    return Parts(store: store, transport: transport, context: context)
  }

  private static func makeTransport(
    _ configuration: Configuration
  ) throws(StartError) -> CurlTransport {
    var settings = CurlConfiguration(version: Release.version)
    settings.allowsPlainHTTP = configuration.allowsPlainHTTP
    do throws(CurlError) {
      return try CurlTransport(settings)
    } catch { throw .system("\(error)") }
  }

  private static func makeOutside(
    _ configuration: Configuration, _ transport: CurlTransport, storeID: String
  ) throws(StartError) -> Outside {
    guard let stripeKey = configuration.stripeKey else { throw .configuration("no Stripe key") }
    var stripe: StripeConfiguration
    do throws(StripeConfigurationError) {
      stripe = try StripeConfiguration(
        key: stripeKey, livemode: configuration.isLive, baseURL: configuration.stripeURL)
    } catch { throw .configuration("TOPUP_STRIPE_KEY, TOPUP_STRIPE_URL: \(error)") }
    stripe.storeID = storeID
    let ramp: RampConfiguration
    do throws(RampConfigurationError) {
      ramp = try RampConfiguration(
        baseURL: configuration.rampURL, key: configuration.rampKey ?? Secret("none"))
    } catch { throw .configuration("TOPUP_RAMP_URL: \(error)") }
    return Outside(
      processor: StripeClient(stripe, over: transport), ramp: RampClient(ramp, over: transport),
      node: SubstrateNode(url: configuration.nodeURL, over: transport))
  }

  private static func serve(
    _ context: ServiceContext, _ configuration: Configuration, _ health: HealthService,
    _ access: AccessControl, _ watch: ServerWatch
  ) async throws(StartError) -> RPCServer {
    let names = [
      TopUpRPC.serviceName, PaymentMethodsRPC.serviceName, BalanceRPC.serviceName,
      AdminRPC.serviceName, HealthRPC.serviceName,
    ]
    for name in names { health.set(name, .serving) }
    let reflection = ReflectionService(
      services: names + [
        ServerReflectionRPC.serviceName, V1AlphaServerReflectionRPC.serviceName,
        ChannelzRPC.serviceName,
      ],
      files: TopUpAPIFiles.all + RPCServicesFiles.all + ProtobufRuntimeFiles.all)
    var settings = RPCServer.Configuration()
    settings.host = configuration.listen.host
    settings.port = configuration.listen.port
    settings.loopCount = configuration.loops
    settings.socketMode = configuration.socketMode
    settings.tls = configuration.tls
    settings.probe = configuration.probeListen.map {
      RPCServer.Probe(host: $0.host, port: $0.port)
    }
    settings.logger = watch.logger
    // Counted and logged first, so that what access or room refuses is seen too.
    settings.interceptors = [watch.metrics, watch.log, access.interceptor, watch.admission]
    let channelz = ChannelzService { call in try context.permitService(call) }
    do throws(ServerError) {
      let server = try await RPCServer.start(
        context.services + [health, reflection, channelz], settings)
      channelz.show(server)
      return server
    } catch { throw .system("\(error)") }
  }

  private static func listen(
    _ parts: Parts, _ configuration: Configuration, _ logger: Logger, on loop: EpollLoop
  ) async throws(StartError) -> WebhookListener {
    let endpoint = configuration.webhookListen
    guard let address = SocketAddress(host: endpoint.host, port: endpoint.port),
      let signature = StripeSignature(secrets: configuration.webhookSecrets)
    else { throw .configuration("TOPUP_WEBHOOK_LISTEN, TOPUP_STRIPE_WEBHOOK_SECRET") }
    let context = parts.context
    let receiver = context.webhookReceiver(signature)
    let rules = try rules(configuration)
    do throws(SystemError) {
      return try await WebhookListener.start(
        address, rules: rules, sink: receiver,
        clock: { context.clock.now }, on: loop,
        warn: { reason, count in
          logger.warning(
            "webhook requests are refused", metadata: ["reason": "\(reason)", "count": "\(count)"])
        })
    } catch { throw .system("\(error)") }
  }

  private static func rules(
    _ configuration: Configuration
  ) throws(StartError) -> HTTPRequestRules {
    let hosts = configuration.webhookHosts + ["localhost", "127.0.0.1", "[::1]"]
    do throws(HTTPRequestRules.Fault) {
      return try HTTPRequestRules(path: configuration.webhookPath, hosts: hosts)
    } catch { throw .configuration("TOPUP_WEBHOOK_PATH, TOPUP_WEBHOOK_HOSTS: \(error)") }
  }

  /// Reads the certificate, its key and the client authorities again, and the policy, the bindings
  /// and the issuer's keys, as SIGHUP asks; what is wrong with them is logged, and those in use stay.
  package func reload() {
    for watch in watches { watch.reload() }
  }

  /// Ends gracefully: told as not serving first, then streams, calls and webhooks, then the engine
  /// at its next commit, then the store (facts/operations §1.1, drain order).
  package func drain() async {
    health.shutDown()
    for watch in watches { watch.stop() }
    metrics?.close()
    sources.drain()
    feed.finish()
    async let calls: Void = server.drain(grace: grace)
    async let webhooks: Void = webhook.drain(grace: .seconds(5))
    _ = await (calls, webhooks)
    await engine.stop()
    for loop in loops { loop.stop() }
    store.close()
  }
}

extension ServerTLS {
  fileprivate var files: [String] {
    [certificateFile, keyFile] + (clientAuthoritiesFile.map { [$0] } ?? [])
  }
}

/// Why a daemon did not start.
package enum StartError: Error, Sendable, Hashable, CustomStringConvertible {
  case configuration(String)
  case store(StoreError)
  case system(String)

  package var description: String {
    switch self {
    case .configuration(let what): "configuration: \(what)"
    case .store(.unavailable(let why)), .store(.corrupt(let why)), .store(.inDoubt(let why)):
      "store: \(why)"
    case .store(.full): "store: no room is left on its disk, and nothing was changed in it"
    case .store(let error): "store: \(error)"
    case .system(let why): why
    }
  }
}
