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

    func add(_ connection: ServerConnection) {
      let id = ObjectIdentifier(connection)
      connections[id] = connection
      connection.onEnd = { [self] in connections[id] = nil }
    }
  }

  private init(
    _ address: SocketAddress, isAlone: Bool, _ definition: ServerDefinition, on loop: EpollLoop
  ) throws(SystemError) {
    self.loop = loop
    let registry = Registry()
    self.registry = registry
    let pool = CallPool()
    listener = try Listener(address, isAlone: isAlone, on: loop) { peer in
      let connection = ServerConnection(
        definition,
        peer: PeerConnection(
          address: peer.description, isPrivate: peer.isLoopback, identity: .anonymous),
        pool: pool, on: loop)
      registry.add(connection)
      return connection
    }
    self.address = listener.address
  }

  /// Starts to listen.
  ///
  /// - Parameter isAlone: whether nobody may be listening there yet.
  package static func start(
    _ address: SocketAddress, isAlone: Bool = true, _ definition: ServerDefinition,
    on loop: EpollLoop
  ) async throws(SystemError) -> ServerListener {
    try await loop.run { () throws(SystemError) in
      try ServerListener(address, isAlone: isAlone, definition, on: loop)
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
        loop.schedule(deadline, at: loop.now.advanced(by: grace))
        for connection in Array(registry.connections.values) { connection.drain() }
        listener.close()
      }
    }
  }
}
