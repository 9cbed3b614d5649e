public import Logging
public import RPCCore
internal import RPCTransport
internal import Synchronization

/// A gRPC server: services on a port, over HTTP/2.
///
/// One event loop for each core at most; a connection lives on one of them, and so do the handlers
/// of its calls, until they go elsewhere themselves.
public final class RPCServer: Sendable {
  /// How a server is set up.
  public struct Configuration: Sendable {
    /// A numeric address, or `unix:` and the path of a socket. Plaintext is served on loopback
    /// addresses and Unix-domain sockets alone.
    public var host = "127.0.0.1"
    /// 0 lets the kernel choose; of no meaning for a Unix-domain socket.
    public var port: UInt16 = 0
    /// Permissions of a Unix-domain socket's file; who may write it may connect.
    public var socketMode: UInt32 = 0o600
    /// Nil serves plaintext.
    public var tls: ServerTLS?
    /// Where `grpc.health.v1.Health` alone is served besides, in plaintext, on any address, without
    /// interceptors: for a kubelet, whose probe knows no TLS. Nil: nowhere.
    public var probe: Probe?
    /// Whether another server may listen on the same port, as when a new one takes over from one
    /// that drains. Otherwise a port that is taken is an error.
    public var sharesPort = false
    /// Threads that serve.
    public var loopCount = 1
    /// Calls on one connection at a time; more are turned away with REFUSED_STREAM.
    public var concurrentCallsMax = 100
    /// The largest request message in bytes, unless a method says otherwise.
    public var messageBytesMax = 4_194_304
    /// Connections of each loop at a time, if the process may open so many files and some more; more
    /// are closed as they come.
    public var connectionsMax = 16_384
    /// How many of those may be of one address, an IPv6 /64 counting as one; nil: three quarters, so
    /// that one that takes all it can leaves room for the others.
    public var connectionsPerAddressMax: Int?
    /// How long a connection is kept, and how often a client may ping it (gRFC A8, A9).
    public var connectionLife = ConnectionLifetime()
    /// What stands between calls and their handlers, in the order in which a call passes it.
    public var interceptors: [any ServerInterceptor] = []
    /// Told of connections that TLS refused: a warning for each reason, once a minute at most. Nil:
    /// they are counted alone.
    public var logger: Logger?

    public init() {}
  }

  /// A port for health probes.
  public struct Probe: Sendable {
    /// A numeric address.
    public var host: String
    /// 0 lets the kernel choose.
    public var port: UInt16

    public init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }
  }

  /// Probes come one at a time; who else finds the port shall not use up the descriptors.
  private static let probeConnectionsMax = 64
  fileprivate static let healthService = "grpc.health.v1.Health"

  /// The services' place, and that for probes.
  let places: [ServedPlace]
  /// Whether the loops end: work that is given to them then may never run.
  private let areLoopsEnding = Atomic<Bool>(false)
  private let group: LoopGroup
  private let tls: TLSServerIdentity?
  /// Where it listens, with the port the kernel chose.
  public let address: String
  public let port: UInt16
  /// The port for health probes; nil when there is none.
  public let probePort: UInt16?
  private let definition: ServerDefinition

  /// How many connections were closed for what they overdid, by reason, such as `too_many_pings`;
  /// every reason is there from the start.
  public var protectionCounts: [String: UInt64] {
    Dictionary(
      uniqueKeysWithValues: definition.protections.all.map { ($0.key.rawValue, $0.value) })
  }

  /// How many values of metadata were not shown to a handler, for they were no printable ASCII.
  public var droppedMetadataCount: UInt64 { definition.protections.droppedMetadataCount }

  /// How many connections TLS refused, by reason, such as `no_client_certificate`; every reason is
  /// there from the start.
  public var tlsRefusalCounts: [String: UInt64] {
    Dictionary(
      uniqueKeysWithValues: definition.tlsRefusals.all.map { ($0.key.rawValue, $0.value) })
  }

  private init(
    _ places: [ServedPlace], probePort: UInt16?, _ group: LoopGroup,
    _ address: SocketAddress, _ tls: TLSServerIdentity?, _ definition: ServerDefinition
  ) {
    self.definition = definition
    self.places = places
    self.group = group
    self.tls = tls
    self.address = address.description
    port = address.port
    self.probePort = probePort
  }

  /// Starts to serve.
  ///
  /// - Throws: ``ServerError`` when the address cannot be used.
  public static func start(
    _ services: [any RPCService], _ configuration: Configuration = Configuration()
  ) async throws(ServerError) -> RPCServer {
    guard let address = SocketAddress(host: configuration.host, port: configuration.port) else {
      throw .badAddress(configuration.host)
    }
    let tls = try identity(configuration)
    guard tls != nil || address.isLoopback else {
      throw .plaintextBeyondLoopback(configuration.host)
    }
    let probe = try probePlace(services, configuration)
    var limits = HTTP2Limits()
    limits.concurrentCallsMax = configuration.concurrentCallsMax
    limits.messageBytesMax = configuration.messageBytesMax
    configuration.connectionLife.apply(to: &limits)
    let definition = ServerDefinition(
      router: RPCRouter(services, interceptors: configuration.interceptors),
      interceptors: configuration.interceptors, limits: limits,
      tlsRefusals: tlsRefusals(configuration.logger))
    var place = ServerListener.Place(address)
    place.tls = tls
    place.socketMode = configuration.socketMode
    let connectionsMax = min(
      configuration.connectionsMax, Descriptors.connectionsMax(loops: configuration.loopCount))
    place.connectionsMax = connectionsMax
    place.connectionsPerSourceMax =
      configuration.connectionsPerAddressMax ?? max(connectionsMax / 4 * 3, 1)
    do throws(SystemError) {
      // A path is not shared as a port is: one loop accepts there.
      let group = try LoopGroup(count: address.isUnix ? 1 : configuration.loopCount)
      do throws(SystemError) {
        var listeners: [ServerListener] = []
        for loop in group.loops {
          place.isAlone = listeners.isEmpty && !configuration.sharesPort
          let listener = try await ServerListener.start(place, definition, on: loop)
          place.address = listener.address
          listeners.append(listener)
        }
        var probing: ServerListener?
        if let probe {
          let health = ServerDefinition(router: RPCRouter(probe.services), limits: limits)
          probing = try await ServerListener.start(probe.place, health, on: group.loops[0])
        }
        return RPCServer(
          [ServedPlace(listeners)] + (probing.map { [ServedPlace([$0])] } ?? []),
          probePort: probing?.address.port, group, place.address, tls, definition)
      } catch {
        group.stop()
        throw error
      }
    } catch { throw .cannotListen("\(error)") }
  }

  private static func identity(
    _ configuration: Configuration
  ) throws(ServerError) -> TLSServerIdentity? {
    guard let settings = configuration.tls else { return nil }
    do throws(TLSError) { return try TLSServerIdentity(settings) } catch { throw .tls(error) }
  }

  private static func tlsRefusals(_ logger: Logger?) -> TLSRefusals {
    guard let logger else { return TLSRefusals() }
    return TLSRefusals { report in
      logger.warning(
        "TLS refused a connection",
        metadata: [
          "reason": "\(report.failure.reason.rawValue)", "detail": "\(report.failure.text)",
          "peer": "\(report.peer)", "more_since_last": "\(report.unreportedCount)",
        ])
    }
  }

  private static func probePlace(
    _ services: [any RPCService], _ configuration: Configuration
  ) throws(ServerError) -> (place: ServerListener.Place, services: [any RPCService])? {
    guard let probe = configuration.probe else { return nil }
    guard let address = SocketAddress(host: probe.host, port: probe.port) else {
      throw .badAddress(probe.host)
    }
    let health = services.filter { service in
      service.methods.contains { $0.descriptor.path.hasPrefix("/\(healthService)/") }
    }
    guard !health.isEmpty else { throw .noHealthService }
    var place = ServerListener.Place(address)
    place.connectionsMax = probeConnectionsMax
    return (place, health)
  }

  /// Reads the certificate, its key and the client authorities again; connections that are open go
  /// on as they are.
  ///
  /// - Throws: ``TLSError``, with what was in use still in use.
  public func reloadTLS() throws(TLSError) {
    guard let tls else { throw .notInUse }
    try tls.reload()
  }

  /// Ends gracefully: no new connection or call, those that run finish within the grace, then
  /// every connection is closed and the loops end.
  public func drain(grace: Duration) async {
    await withTaskGroup(of: Void.self) { tasks in
      for listener in places.flatMap(\.listeners) {
        tasks.addTask { await listener.drain(grace: grace) }
      }
    }
    areLoopsEnding.store(true, ordering: .relaxed)
    group.stop()
  }

  /// Whether it still serves, or finishes what it served.
  var isRunning: Bool { !areLoopsEnding.load(ordering: .relaxed) }
}

/// Why a server could not start.
public enum ServerError: Error, Hashable, Sendable {
  case badAddress(String)
  case plaintextBeyondLoopback(String)
  case cannotListen(String)
  case tls(TLSError)
  /// A probe port is asked for, and no health service is there to be served on it.
  case noHealthService
}

extension ServerError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badAddress(let host): "\(host) is not a numeric IPv4 or IPv6 address"
    case .plaintextBeyondLoopback(let host):
      "without TLS the server listens on loopback addresses only, not on \(host)"
    case .cannotListen(let reason): "cannot listen: \(reason)"
    case .tls(let error): "TLS: \(error)"
    case .noHealthService:
      "the probe port serves \(RPCServer.healthService), which is not among the services"
    }
  }
}
