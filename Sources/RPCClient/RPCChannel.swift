public import RPCCore
package import RPCTransport

/// A gRPC client: calls to one server over one HTTP/2 connection, made when the first call needs it
/// and again when it is lost.
///
/// May be used from anywhere. Calls live on the channel's loop: a caller that runs there already
/// makes them without a switch of threads.
public final class RPCChannel: ClientChannel {
  /// How a channel is set up.
  public struct Configuration: Sendable {
    /// What calls say they are addressed to (`:authority`); nil: the host and port.
    public var authority: String?
    /// Nil speaks plaintext.
    public var tls: ClientTLS?
    public var userAgent = "grpc-swift-topupd/1.0"
    /// The largest response message in bytes.
    public var messageBytesMax = 4_194_304
    /// How long one attempt to connect may take (gRPC's minimum connect timeout).
    public var connectTimeout = Duration.seconds(20)
    /// Without a byte from the server for this long while calls are open, it is pinged; nil: never.
    /// At least ten seconds; servers commonly allow one ping in five minutes (gRFC A8).
    public var keepaliveInterval: Duration?
    /// How long the server may take to answer a ping.
    public var keepaliveTimeout = Duration.seconds(20)

    public init() {}
  }

  private let core: ChannelCore

  /// A channel to a host, by numeric address or name, or to a Unix-domain socket. Connects when
  /// first used.
  ///
  /// - Parameters:
  ///   - host: `unix:` and a path for a socket, whose port means nothing.
  ///   - port: of the host.
  ///   - configuration: how calls are made.
  /// - Throws: ``ChannelError`` when the process has no thread or descriptor to give, or the files
  ///   of TLS are not as they should be.
  public convenience init(
    host: String, port: UInt16, _ configuration: Configuration = Configuration()
  ) throws(ChannelError) {
    let context = try Self.context(configuration.tls, host: host)
    do throws(SystemError) {
      let owned = try OwnedLoop()
      var configuration = configuration
      var name = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      if host.hasPrefix("unix:") {
        name = host
        configuration.authority = configuration.authority ?? "localhost"
      }
      let socket = SocketDialer(host: host, port: port, on: owned.loop)
      let dialer: any Dialer =
        if let context { TLSDialer(socket, context, on: owned.loop) } else { socket }
      self.init(dialer, name: name, configuration, on: owned.loop, keeping: owned)
    } catch { throw .noLoop("\(error)") }
  }

  private static func context(
    _ settings: ClientTLS?, host: String
  ) throws(ChannelError) -> TLSContext? {
    guard let settings else { return nil }
    do throws(TLSError) { return try TLSContext.client(settings, host: host) } catch {
      throw .tls(error)
    }
  }

  /// A channel over whatever a dialer connects to, on a loop of the caller's choice.
  ///
  /// - Parameters:
  ///   - name: for errors, and what calls are addressed to unless the configuration says.
  ///   - kept: held as long as the channel, or a call of it, lives.
  package init(
    _ dialer: any Dialer, name: String, _ configuration: Configuration = Configuration(),
    on loop: any EventLoop,
    random: any RandomNumberGenerator & Sendable =
      SystemRandomNumberGenerator(),
    keeping kept: (any AnyObject & Sendable)? = nil
  ) {
    var limits = HTTP2Limits()
    limits.messageBytesMax = configuration.messageBytesMax
    core = ChannelCore(
      ChannelCore.Setup(
        dialer: dialer, name: name, authority: configuration.authority ?? name,
        userAgent: configuration.userAgent, connectTimeout: configuration.connectTimeout,
        keepalive: configuration.keepaliveInterval.map {
          Keepalive(interval: max($0, .seconds(10)), timeout: configuration.keepaliveTimeout)
        },
        limits: limits),
      random: random, on: loop, keeping: kept)
  }

  deinit { core.release() }

  public var executor: any TaskExecutor { core.executor }
  public var isOnExecutor: Bool { core.isOnExecutor }

  public func start(
    _ method: MethodDescriptor, options: CallOptions
  ) async throws(RPCError) -> any ClientCall {
    let core = core
    return try await core.onExecutor { () async throws(RPCError) -> any ClientCall in
      try await core.start(method, options)
    }
  }

  /// Takes no further call, lets those that are open finish within the grace, and returns when the
  /// connection is closed.
  public func close(grace: Duration = .seconds(30)) async {
    await core.close(grace: grace)
  }
}

/// Why there is no channel.
public enum ChannelError: Error, Hashable, Sendable {
  case noLoop(String)
  case tls(TLSError)
}

extension ChannelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noLoop(let reason): "no event loop could be started: \(reason)"
    case .tls(let error): "TLS: \(error)"
    }
  }
}
