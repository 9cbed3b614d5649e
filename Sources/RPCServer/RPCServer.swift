public import RPCCore
internal import RPCTransport

/// A gRPC server: services on a port, over HTTP/2.
///
/// One event loop for each core at most; a connection lives on one of them, and so do the handlers
/// of its calls, until they go elsewhere themselves.
public final class RPCServer: Sendable {
  /// How a server is set up.
  public struct Configuration: Sendable {
    /// A numeric address; plaintext is served on loopback addresses alone.
    public var host = "127.0.0.1"
    /// 0 lets the kernel choose.
    public var port: UInt16 = 0
    /// Whether another server may listen on the same port, as when a new one takes over from one
    /// that drains. Otherwise a port that is taken is an error.
    public var sharesPort = false
    /// Threads that serve.
    public var loopCount = 1
    /// Calls on one connection at a time; more are turned away with REFUSED_STREAM.
    public var concurrentCallsMax = 100
    /// The largest request message in bytes, unless a method says otherwise.
    public var messageBytesMax = 4_194_304
    /// What stands between calls and their handlers, in the order in which a call passes it.
    public var interceptors: [any ServerInterceptor] = []

    public init() {}
  }

  private let listeners: [ServerListener]
  private let group: LoopGroup
  /// Where it listens, with the port the kernel chose.
  public let address: String
  public let port: UInt16

  private init(_ listeners: [ServerListener], _ group: LoopGroup, _ address: SocketAddress) {
    self.listeners = listeners
    self.group = group
    self.address = address.description
    port = address.port
  }

  /// Starts to serve.
  ///
  /// - Throws: ``ServerError`` when the address cannot be used.
  public static func start(
    _ services: [any RPCService], _ configuration: Configuration = Configuration()
  ) async throws(ServerError) -> RPCServer {
    let router = RPCRouter(services, interceptors: configuration.interceptors)
    guard let address = SocketAddress(host: configuration.host, port: configuration.port) else {
      throw .badAddress(configuration.host)
    }
    guard address.isLoopback else { throw .plaintextBeyondLoopback(configuration.host) }
    var limits = HTTP2Limits()
    limits.concurrentCallsMax = configuration.concurrentCallsMax
    limits.messageBytesMax = configuration.messageBytesMax
    let definition = ServerDefinition(
      router: router, interceptors: configuration.interceptors, limits: limits)
    do throws(SystemError) {
      let group = try LoopGroup(count: configuration.loopCount)
      var listeners: [ServerListener] = []
      var bound = address
      for loop in group.loops {
        let listener = try await ServerListener.start(
          bound, isAlone: listeners.isEmpty && !configuration.sharesPort, definition, on: loop)
        bound = listener.address
        listeners.append(listener)
      }
      return RPCServer(listeners, group, bound)
    } catch { throw .cannotListen("\(error)") }
  }

  /// Ends gracefully: no new connection or call, those that run finish within the grace, then
  /// every connection is closed and the loops end.
  public func drain(grace: Duration) async {
    await withTaskGroup(of: Void.self) { tasks in
      for listener in listeners {
        tasks.addTask { await listener.drain(grace: grace) }
      }
    }
    group.stop()
  }
}

/// Why a server could not start.
public enum ServerError: Error, Hashable, Sendable {
  case badAddress(String)
  case plaintextBeyondLoopback(String)
  case cannotListen(String)
}

extension ServerError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badAddress(let host): "\(host) is not a numeric IPv4 or IPv6 address"
    case .plaintextBeyondLoopback(let host):
      "without TLS the server listens on loopback addresses only, not on \(host)"
    case .cannotListen(let reason): "cannot listen: \(reason)"
    }
  }
}
