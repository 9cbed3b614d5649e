package import RPCCore

/// What one HTTP/2 connection may cost, and what it announces.
package struct HTTP2Limits: Sendable {
  /// Open calls on a connection; one that runs on after its stream closed counts until it ends.
  package var concurrentCallsMax = 100
  /// Bytes a peer may send on a stream before the handler takes any.
  package var streamWindowBytes: Int32 = 262_144
  /// Bytes in flight on the whole connection; given back on arrival, so that a stalled stream
  /// starves no other.
  package var connectionWindowBytes: Int32 = 1_048_576
  /// Names, values and 32 for each field (RFC 9113 §6.5.2); nghttp2 does not enforce it.
  package var headerListBytesMax = 16_384
  /// A message's payload, unless its method says otherwise (gRPC's default).
  package var messageBytesMax = 4_194_304
  /// Output a writer may queue on a stream before it waits.
  package var streamOutputBytesMax = 65_536

  // Of the server's side.
  /// What a peer may have us do for nothing.
  package var flood = FloodGuard.Limits()
  package var pings = PingStrikes.Limits()
  package var life = ConnectionLife.Limits()
  /// From a header block's first byte to its last.
  package var headerBlockMax: Duration = .seconds(5)
  /// A call of which no byte moves for this long, though it is the caller's turn, is ended.
  package var stuckAfter: Duration = .seconds(30)

  package init() {}
}
