internal import RPCCore

/// Connects over TCP to a host given by address or name, or to a Unix-domain socket (`unix:` and its
/// path); of a name's several addresses to the one that answers first.
package struct SocketDialer: Dialer {
  private enum Target {
    case addresses([SocketAddress])
    /// To be looked up each time.
    case name(String, port: UInt16)
  }

  private let target: Target
  private let loop: EpollLoop

  package init(host: String, port: UInt16, on loop: EpollLoop) {
    target =
      SocketAddress(host: host, port: port).map { .addresses([$0]) } ?? .name(host, port: port)
    self.loop = loop
  }

  /// - Parameter addresses: of one server, the preferred one first.
  package init(_ addresses: [SocketAddress], on loop: EpollLoop) {
    target = .addresses(addresses)
    self.loop = loop
  }

  package func dial(
    _ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void
  ) -> any DialAttempt {
    let race = SocketRace(handler, on: loop, failed)
    switch target {
    // Not at once: the caller does not hold the attempt yet.
    case .addresses(let addresses): loop.execute { race.begin(.success(addresses)) }
    case .name(let host, let port): resolve(host, port) { race.begin($0) }
    }
    return race
  }

  /// Looks a name up on a thread that ends with it, for the C library's resolver blocks.
  private func resolve(
    _ host: String, _ port: UInt16,
    _ found: @escaping @Sendable (Result<[SocketAddress], DialError>) -> Void
  ) {
    let loop = loop
    do throws(SystemError) {
      try LoopThread.start(name: "resolve") {
        let addresses = System.resolve(host: host, port: port)
        loop.execute { found(addresses.map { .success($0) } ?? .failure(.unknownHost(host))) }
      }
    } catch { loop.execute { found(.failure(.failed(error))) } }
  }
}
