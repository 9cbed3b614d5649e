/// Who is at the other end of a connection, as its transport proved it.
///
/// A fact of the connection, not of a call: what a call may do with it is for interceptors to judge.
public enum PeerIdentity: Sendable, Hashable {
  /// Nothing is proved: plaintext, or TLS without a client certificate.
  case anonymous
  /// The SPIFFE id in the one URI SAN of the peer's verified certificate.
  case spiffe(String)
  /// A process of this machine over a Unix-domain socket (SO_PEERCRED).
  case process(user: UInt32, pid: Int32)
}

/// How a connection came in.
public struct PeerConnection: Sendable, Hashable {
  /// The peer's address, for logs.
  public let address: String
  /// What limits of one peer are held against: the address without its port, or a whole network.
  package let source: String
  /// Whether nobody between the two ends could have read or changed what is said: TLS, a loopback
  /// address or a Unix-domain socket.
  public let isPrivate: Bool
  public let identity: PeerIdentity

  public init(address: String, isPrivate: Bool, identity: PeerIdentity) {
    self.init(address: address, source: address, isPrivate: isPrivate, identity: identity)
  }

  package init(address: String, source: String, isPrivate: Bool, identity: PeerIdentity) {
    self.address = address
    self.source = source
    self.isPrivate = isPrivate
    self.identity = identity
  }
}
