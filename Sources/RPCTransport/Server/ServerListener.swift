internal import RPCCore

/// gRPC on one loop's share of a port.
///
/// `@unchecked Sendable`: touched on its loop only; the verbs below go there.
package final class ServerListener: @unchecked Sendable {
  private let loop: EpollLoop
  private let listener: Listener
  private let registry: Registry
  package let address: SocketAddress
  /// What channelz calls the place by.
  package let number = EntityNumber.next()

  /// The connections that are open, by their numbers. Held outright: one weak reference to an object makes every
  /// count of its references slow from then on.
  ///
  /// `@unchecked Sendable`: touched on the listener's loop only.
  private final class Registry: @unchecked Sendable {
    private(set) var connections: [Int64: ServerConnection] = [:]
    /// What connections carried that are gone.
    private(set) var pastTraffic = ConnectionTraffic()
    var isDraining = false

    func add(_ connection: ServerConnection) {
      let number = connection.number
      connections[number] = connection
      // Its handshake was under way when the others were told.
      if isDraining { connection.drain() }
      connection.onEnd = { [self] in
        guard let connection = connections.removeValue(forKey: number) else { return }
        pastTraffic.add(connection.traffic)
      }
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
    let handshakes = TLSHandshakes(
      max: place.handshakesMax, sourceMax: place.handshakesPerSourceMax,
      timeout: place.handshakeTimeout)
    listener = try Listener(
      place.address, isAlone: place.isAlone, socketMode: place.socketMode, on: loop
    ) { peer -> (any ByteProtocol)? in
      guard let tls = place.tls else { return connection(peer) }
      if let reason = handshakes.refusal(for: peer.source) {
        let isOfSource = reason == .sourceTurnedAway
        let count = isOfSource ? handshakes.sourceMax : handshakes.max
        let text = "\(count) TLS handshakes\(isOfSource ? " of \(peer.source)" : "") are under way"
        refuse(TLSFailure(reason: reason, text: text), peer)
        return nil
      }
      do throws(TLSError) {
        return try TLSConnection(
          tls.current, handshakes, from: peer.source, on: loop, onFailure: { refuse($0, peer) }
        ) { identity in
          connection(
            PeerConnection(
              address: peer.address, source: peer.source, isPrivate: true, identity: identity))
        }
      } catch {
        refuse(TLSFailure(reason: .other, text: "\(error)"), peer)
        return nil
      }
    }
    if let max = place.connectionsMax { listener.connectionsMax = max }
    if let max = place.connectionsPerSourceMax { listener.connectionsPerSourceMax = max }
    listener.onTurnedAway = { definition.protections.count($0) }
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
    /// How many of one source (``SocketAddress/source``); nil: as many as there are.
    package var handshakesPerSourceMax: Int?
    /// How long one may take (facts/operations §2.3).
    package var handshakeTimeout = Duration.seconds(10)
    /// Nil: as many as there are descriptors.
    package var connectionsMax: Int?
    /// How many of one source; nil: as many as of all.
    package var connectionsPerSourceMax: Int?

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

  // MARK: Looking

  /// What its connections carried, those that are gone included; messages of streams that are open
  /// are not.
  package func traffic() async -> ConnectionTraffic {
    let (registry, loop) = (registry, loop)
    return await loop.run {
      var traffic = registry.pastTraffic
      for connection in registry.connections.values { traffic.add(connection.traffic) }
      return traffic
    }
  }

  /// The numbers of the connections that are open, in no order, and where their peers are.
  package func connections() async -> [(number: Int64, peer: String)] {
    let (registry, loop) = (registry, loop)
    return await loop.run { registry.connections.map { ($0.key, $0.value.peer.address) } }
  }

  /// - Returns: nil when no connection of this place has the number.
  package func connection(_ number: Int64) async -> ConnectionSnapshot? {
    let (registry, loop, address) = (registry, loop, address)
    return await loop.run {
      guard var snapshot = registry.connections[number]?.snapshot() else { return nil }
      if address.isUnix {
        snapshot.ends.local = address
        snapshot.ends.remote = address
      }
      return snapshot
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
