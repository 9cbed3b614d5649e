package import RPCCore

/// Accepts connections on one loop and hands each to a protocol; the loop's other listeners share
/// the port by SO_REUSEPORT.
package final class Listener: DescriptorHandler {
  /// Connections taken in at one wake-up, so that a flood leaves room for those that are served.
  private static let acceptsPerWakeupMax = 64
  private static let backlog: Int32 = 1024
  /// How long a peer may leave our output unread.
  private static let unreadOutputMilliseconds: Int32 = 30_000
  /// How long accepting rests when descriptors have run out.
  private static let restMilliseconds: Int64 = 100

  private let loop: EpollLoop
  private let descriptor: Int32
  private let makeProtocol: (PeerConnection) -> (any ByteProtocol)?
  /// The file of a Unix-domain socket, to be removed at the end; nil of a port.
  private let file: UnixSocketFile?
  private var channels: [ObjectIdentifier: (channel: SocketChannel, source: String)] = [:]
  private var countsBySource: [String: Int] = [:]
  private var isClosed = false
  private lazy var rest = LoopTimer { [unowned self] in watch(true) }
  /// Where it listens, with the port the kernel chose.
  package let address: SocketAddress
  /// How many connections may be open at once; further ones are closed as they come.
  package var connectionsMax = Int.max
  /// How many of one source may be (``SocketAddress/source``). A Unix-domain socket's have none.
  package var connectionsPerSourceMax = Int.max
  /// Connections that were closed as they came.
  package private(set) var turnedAwayCount: UInt64 = 0
  /// Told why a connection was closed as it came: a limit of this listener's.
  package var onTurnedAway: ((FloodGuard.Flood) -> Void)?
  /// Called when the last connection of a closed listener is gone.
  package var onDrained: (() -> Void)?

  /// Starts to listen. On the loop only.
  ///
  /// - Parameters:
  ///   - isAlone: whether nobody may be listening there yet.
  ///   - socketMode: of a Unix-domain socket's file, which its users must be able to write.
  ///   - makeProtocol: nil turns the connection away.
  package init(
    _ address: SocketAddress, isAlone: Bool = true, socketMode: UInt32 = 0o600,
    on loop: EpollLoop, _ makeProtocol: @escaping (PeerConnection) -> (any ByteProtocol)?
  ) throws(SystemError) {
    loop.assertCurrent()
    self.loop = loop
    self.makeProtocol = makeProtocol
    if address.isUnix {
      let (descriptor, file) = try UnixSocketFile.listen(
        address, backlog: Self.backlog, mode: socketMode)
      self.descriptor = descriptor
      self.file = file
      self.address = address
      try loop.register(descriptor, reading: true, writing: false, self)
      return
    }
    if isAlone, address.port != 0 {
      // The loops of one process share a port; another process on it must be noticed, not joined.
      try System.checkFree(address)
    }
    file = nil
    descriptor = try System.listen(address, backlog: Self.backlog, reusePort: true)
    self.address = try System.localAddress(descriptor)
    try loop.register(descriptor, reading: true, writing: false, self)
  }

  /// How many connections are open.
  package var connectionCount: Int { channels.count }

  func readable() {
    for _ in 0..<Self.acceptsPerWakeupMax {
      do throws(SystemError) {
        guard let (socket, peer) = try System.accept(descriptor) else { return }
        if let flood = refusal(of: peer) {
          // Taken and closed, not left in the backlog: there it would look like a slow server.
          turnedAwayCount += 1
          onTurnedAway?(flood)
          System.close(socket)
        } else {
          open(socket, peer)
        }
      } catch {
        // A connection that waits in the backlog keeps the descriptor readable: look away.
        watch(false)
        loop.schedule(rest, at: loop.now.advanced(byNanoseconds: Self.restMilliseconds * 1_000_000))
        return
      }
    }
  }

  private func refusal(of peer: SocketAddress) -> FloodGuard.Flood? {
    guard channels.count < connectionsMax else { return .connections }
    guard !address.isUnix else { return nil }
    let isOneTooMany = countsBySource[peer.source, default: 0] >= connectionsPerSourceMax
    return isOneTooMany ? .sourceConnections : nil
  }

  func writable() {}

  func loopEnds() { close() }

  private func open(_ socket: Int32, _ peer: SocketAddress) {
    var made: (any ByteProtocol)?
    do throws(SystemError) {
      if !address.isUnix {
        try System.setNoDelay(socket)
        try System.setUserTimeout(socket, milliseconds: Self.unreadOutputMilliseconds)
      }
      guard let handler = makeProtocol(try describe(socket, peer)) else {
        turnedAwayCount += 1
        return System.close(socket)
      }
      made = handler
      let channel = try SocketChannel(
        socket, on: loop,
        onClose: { [weak self] channel in self?.closed(channel) }, protocol: handler)
      channels[ObjectIdentifier(channel)] = (channel, peer.source)
      countsBySource[peer.source, default: 0] += 1
    } catch {
      System.close(socket)
      made?.disconnected()
    }
  }

  private func describe(
    _ socket: Int32, _ peer: SocketAddress
  ) throws(SystemError) -> PeerConnection {
    guard address.isUnix else {
      return PeerConnection(
        address: peer.description, source: peer.source, isPrivate: peer.isLoopback,
        identity: .anonymous)
    }
    // A client's socket has no name of its own: it is told by the path that it came to.
    let (user, pid) = try System.peerProcess(socket)
    return PeerConnection(
      address: address.description, isPrivate: true, identity: .process(user: user, pid: pid))
  }

  private func closed(_ channel: SocketChannel) {
    if let source = channels.removeValue(forKey: ObjectIdentifier(channel))?.source {
      let left = countsBySource[source, default: 1] - 1
      countsBySource[source] = left == 0 ? nil : left
    }
    if isClosed, channels.isEmpty { onDrained?() }
  }

  private func watch(_ reading: Bool) {
    guard !isClosed else { return }
    // Fails only for a descriptor that is not registered, which a bug alone could bring about.
    do throws(SystemError) { try loop.watch(descriptor, reading: reading, writing: false) } catch {
      preconditionFailure("listener: \(error)")
    }
  }

  /// Takes no further connection; those that are open go on.
  package func close() {
    guard !isClosed else { return }
    isClosed = true
    loop.cancel(rest)
    loop.unregister(descriptor)
    System.close(descriptor)
    file?.remove()
    if channels.isEmpty { onDrained?() }
  }

  /// Ends every connection at once.
  package func closeConnections() {
    for entry in Array(channels.values) { entry.channel.close() }
  }
}
