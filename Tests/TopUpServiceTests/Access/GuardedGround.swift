import Gateways
import RPCClient
import RPCCore
import RPCServer
import RPCTransport
import Synchronization
import TopUpAPI
import TopUpCore

@testable import TopUpService

/// Every service of `topup.v1` behind a socket, over a store that cannot be read, unless one is given:
/// what asks it all the same ends UNAVAILABLE, and is counted.
final class GuardedGround: Sendable {
  /// A store that counts who comes, and lets nobody in.
  final class ShutStore: Store {
    private let count = Mutex(0)
    var uses: Int { count.withLock { $0 } }

    func read<Value>(
      _ body: (any StoreSnapshot) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
      count.withLock { $0 += 1 }
      throw .unavailable("shut")
    }

    func commit(_ commit: Commit) async throws(StoreError) {
      count.withLock { $0 += 1 }
      throw .unavailable("shut")
    }
  }

  /// Says who calls, as the authorization interceptor does.
  private final class Introduction: ServerInterceptor {
    func callBegan(_ call: any ServerCall) throws(RPCError) {
      guard case .text(let name)? = call.metadata.values("x-caller").first else { return }
      call.principal = Principal(name: name)
    }
  }

  private struct Nowhere: HTTPTransport {
    func send(_ request: HTTPRequest) async -> HTTPOutcome { .notSent("nothing is there") }
  }

  private struct Zones: TimeZones {
    func rules(of zone: String) -> TimeZoneRules? { .utc }
  }

  let store = ShutStore()
  let grants: GrantBook
  let feed: ChangeFeed
  let services: [any RPCService]
  let channel: RPCChannel
  private let server: RPCServer
  private let loop: EpollLoop

  init(
    _ bindings: Bindings?, over given: (any Store)? = nil, fence: Int64 = 1,
    prices: PriceBook = PriceBook()
  ) async throws {
    loop = try EpollLoop(name: "engine")
    grants = GrantBook(bindings)
    let clock = CreatorGround.Clock(now: CreatorGround.now)
    let store = given ?? self.store
    let outside = Outside(
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false), over: Nowhere()),
      ramp: RampClient(
        try RampConfiguration(baseURL: "http://127.0.0.1:1", key: Secret("k")), over: Nowhere()),
      node: SubstrateNode(url: "http://127.0.0.1:2", over: Nowhere()))
    var engineSettings = EngineSettings(fence: fence)
    engineSettings.attemptCeiling = AttemptCeiling(3)
    let context = ServiceContext.assemble(
      store: store, outside: outside, clock: clock, zones: Zones(), on: loop,
      settings: engineSettings, terms: ServiceTerms(prices: prices), grants: grants,
      report: { _ in })
    services = context.services
    feed = context.feed
    var settings = RPCServer.Configuration()
    settings.host = "127.0.0.1"
    settings.port = 0
    settings.loopCount = 1
    settings.interceptors = [Introduction()]
    server = try await RPCServer.start(services, settings)
    channel = try RPCChannel(host: "127.0.0.1", port: server.port)
  }

  /// What a call says of its caller.
  static func options(_ caller: String?) throws -> CallOptions {
    var options = CallOptions()
    if let caller { try options.metadata.append(caller, forKey: "x-caller") }
    options.timeout = .seconds(20)
    return options
  }

  func close() async {
    await channel.close(grace: .zero)
    await server.drain(grace: .zero)
    loop.stop()
  }
}
