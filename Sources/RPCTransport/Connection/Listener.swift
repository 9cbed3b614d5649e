internal import RPCCore

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
  private let makeProtocol: (SocketAddress) -> any ByteProtocol
  private var channels: [ObjectIdentifier: SocketChannel] = [:]
  private var isClosed = false
  private lazy var rest = LoopTimer { [unowned self] in watch(true) }
  /// Where it listens, with the port the kernel chose.
  package let address: SocketAddress
  /// How many connections may be open at once; further ones are closed as they come.
  package var connectionsMax = Int.max
  /// Connections that were closed because ``connectionsMax`` were open.
  package private(set) var turnedAwayCount: UInt64 = 0
  /// Called when the last connection of a closed listener is gone.
  package var onDrained: (() -> Void)?

  /// Starts to listen. On the loop only.
  ///
  /// - Parameter isAlone: whether nobody may be listening there yet.
  package init(
    _ address: SocketAddress, isAlone: Bool = true, on loop: EpollLoop,
    _ makeProtocol: @escaping (SocketAddress) -> any ByteProtocol
  ) throws(SystemError) {
    loop.assertCurrent()
    self.loop = loop
    self.makeProtocol = makeProtocol
    if isAlone, address.port != 0 {
      // The loops of one process share a port; another process on it must be noticed, not joined.
      try System.checkFree(address)
    }
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
        guard channels.count < connectionsMax else {
          // Taken and closed, not left in the backlog: there it would look like a slow server.
          turnedAwayCount += 1
          System.close(socket)
          continue
        }
        open(socket, peer)
      } catch {
        // A connection that waits in the backlog keeps the descriptor readable: look away.
        watch(false)
        loop.schedule(rest, at: loop.now.advanced(byNanoseconds: Self.restMilliseconds * 1_000_000))
        return
      }
    }
  }

  func writable() {}

  func loopEnds() { close() }

  private func open(_ socket: Int32, _ peer: SocketAddress) {
    do throws(SystemError) {
      try System.setNoDelay(socket)
      try System.setUserTimeout(socket, milliseconds: Self.unreadOutputMilliseconds)
      let channel = try SocketChannel(
        socket, on: loop,
        onClose: { [weak self] channel in self?.closed(channel) }, protocol: makeProtocol(peer))
      channels[ObjectIdentifier(channel)] = channel
    } catch { System.close(socket) }
  }

  private func closed(_ channel: SocketChannel) {
    channels[ObjectIdentifier(channel)] = nil
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
    if channels.isEmpty { onDrained?() }
  }

  /// Ends every connection at once.
  package func closeConnections() {
    for channel in Array(channels.values) { channel.close() }
  }
}
