/// A connection as it is at one moment, for whoever looks at a running server.
package struct ConnectionSnapshot: Sendable {
  package let number: Int64
  package let traffic: ConnectionTraffic
  /// Bytes that we may still send on the connection, and that the peer may.
  package let sendWindow: Int
  package let receiveWindow: Int
  package var ends: ChannelEnds
  /// What the transport proved of the peer; of one that proved nothing, for whom its newest call
  /// that is over was made. Nil when nobody is known.
  package let remoteName: String?
}

/// The two ends of what carries a connection, as far as they are known.
package struct ChannelEnds: Sendable {
  package var local: SocketAddress?
  package var remote: SocketAddress?
  /// Nil in plaintext.
  package var security: TLSSecurity?

  package init() {}
}
