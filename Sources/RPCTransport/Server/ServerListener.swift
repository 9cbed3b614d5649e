internal import RPCCore

/// gRPC on one loop's share of a port.
///
/// `@unchecked Sendable`: touched on its loop only; the verbs below go there.
package final class ServerListener: @unchecked Sendable {
  private let loop: EpollLoop
  private let listener: Listener
  private let registry: Registry
  package let address: SocketAddress

  /// The connections that are open. Held outright: one weak reference to an object makes every
  /// count of its references slow from then on.
  private final class Registry {
    private(set) var connections: [ObjectIdentifier: ServerConnection] = [:]
    var isDraining = false

    func add(_ connection: ServerConnection) {
      let id = ObjectIdentifier(connection)
      connections[id] = connection
      // Its handshake was under way when the others were told.
      if isDraining { connection.drain() }
      connection.onEnd = { [self] in connections[id] = nil }
    }
  }

  private init(
    _ place: Place, _ definition: ServerDefinition, on loop: EpollLoop
  ) throws(SystemError) {
    self.loop = loop
    let registry = Registry()
    self.registry = registry
    let pool = CallPool()
    func connection(_ peer: PeerConnection) -> ServerConnection {
      let connection = ServerConnection(
        definition, peer: peer, pool: pool, jitter: .random(in: -1000...1000), on: loop)
      registry.add(connection)
      return connection
    }
    func refuse(_ failure: TLSFailure, _ peer: PeerConnection) {
      // Handshakes that our own end cut short were not their peers' doing.
      if registry.isDraining, failure.reason == .peerClosed { return }
      definition.tlsRefusals.note(failure, peer: peer.address, now: loop.now)
    }
    let handshakes = TLSHandshakes(max: place.handshakesMax, timeout: place.handshakeTimeout)
    listener = try Listener(
      place.address, isAlone: place.isAlone, socketMode: place.socketMode, on: loop
    ) { peer -> (any ByteProtocol)? in
      guard let tls = place.tls else { return connection(peer) }
      guard handshakes.admits() else {
        let text = "\(place.handshakesMax) TLS handshakes are under way"
        refuse(TLSFailure(reason: .turnedAway, text: text), peer)
        return nil
      }
      do throws(TLSError) {
        return try TLSConnection(
          tls.current, handshakes, on: loop, onFailure: { refuse($0, peer) }
        ) { identity in
          connection(PeerConnection(address: peer.address, isPrivate: true, identity: identity))
        }
      } catch {
        refuse(TLSFailure(reason: .other, text: "\(error)"), peer)
        return nil
      }
    }
    if let max = place.connectionsMax { listener.connectionsMax = max }
    address = listener.address
  }

  /// Where a server listens, and how.
  package struct Place: Sendable {
    package var address: SocketAddress
    /// Whether nobody may be listening there yet.
    package var isAlone = true
    /// Of a Unix-domain socket's file.
    package var socketMode: UInt32 = 0o600
    /// Nil serves plaintext.
    package var tls: TLSServerIdentity?
    /// TLS handshakes that may be under way at once.
    package var handshakesMax = 256
    /// How long one may take (facts/operations §2.3).
    package var handshakeTimeout = Duration.seconds(10)
    /// Nil: as many as there are descriptors.
    package var connectionsMax: Int?

    package init(_ address: SocketAddress) { self.address = address }
  }

  /// Starts to listen.
  package static func start(
    _ place: Place, _ definition: ServerDefinition, on loop: EpollLoop
  ) async throws(SystemError) -> ServerListener {
    try await loop.run { () throws(SystemError) in
      try ServerListener(place, definition, on: loop)
    }
  }

  /// Takes no new connection, has the open ones finish their calls, and returns when they are gone
  /// or the grace is over; calls that are left then end UNAVAILABLE.
  package func drain(grace: Duration) async {
    let loop = loop
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      loop.execute { [self] in
        let deadline = LoopTimer { [self] in
          for connection in Array(registry.connections.values) {
            connection.cancelCalls(RPCError(.unavailable, "the server is shutting down"))
          }
          loop.execute { [self] in listener.closeConnections() }
        }
        listener.onDrained = { [self] in
          // It and the timer hold this listener.
          listener.onDrained = nil
          loop.cancel(deadline)
          continuation.resume()
        }
        registry.isDraining = true
        loop.schedule(deadline, at: loop.now.advanced(by: grace))
        for connection in Array(registry.connections.values) { connection.drain() }
        listener.close()
      }
    }
  }
}
