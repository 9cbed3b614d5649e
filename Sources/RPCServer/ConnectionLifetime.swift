internal import RPCCore
internal import RPCTransport

/// How long a server keeps a connection, when it looks whether the client is still there, and how
/// often a client may ask the same.
/// - Source: gRFC A8 and A9, whose defaults these are.
public struct ConnectionLifetime: Sendable, Hashable {
  /// Without a call for this long a connection is drained; nil means never.
  public var idleMax: Duration?
  /// This old it is drained, give or take a tenth; nil means never.
  public var ageMax: Duration?
  /// What calls then have left; nil means as long as they like.
  public var ageGrace: Duration?
  /// Without a byte for this long the client is pinged.
  public var keepaliveInterval: Duration = .seconds(7200)
  /// Without an answer for this long it is given up.
  public var keepaliveTimeout: Duration = .seconds(20)
  /// Between two pings of a client while calls are open.
  public var pingInterval: Duration = .seconds(300)
  /// Between two pings of a client while none is.
  public var pingIntervalWithoutCalls: Duration = .seconds(7200)

  public init() {}

  func apply(to limits: inout HTTP2Limits) {
    limits.life.idleMax = idleMax
    limits.life.ageMax = ageMax
    limits.life.ageGrace = ageGrace
    limits.life.keepaliveInterval = keepaliveInterval
    limits.life.keepaliveTimeout = keepaliveTimeout
    limits.pings.interval = pingInterval
    limits.pings.intervalWithoutCalls = pingIntervalWithoutCalls
  }
}
