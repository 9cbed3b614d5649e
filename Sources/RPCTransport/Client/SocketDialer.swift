internal import RPCCore

/// Connects over TCP to a host given by address or name, or to a Unix-domain socket (`unix:` and its
/// path); a name's addresses are tried in turn.
package struct SocketDialer: Dialer {
  /// How long one address may stay silent while others remain (as RFC 8305 §5 advises, in turn
  /// instead of at once).
  private static let patience = Duration.seconds(5)

  private let host: String
  private let port: UInt16
  private let loop: EpollLoop

  package init(host: String, port: UInt16, on loop: EpollLoop) {
    self.host = host
    self.port = port
    self.loop = loop
  }

  package func dial(
    _ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void
  ) -> any DialAttempt {
    let attempt = Attempt(handler, patience: Self.patience, on: loop, failed)
    if let address = SocketAddress(host: host, port: port) {
      // Not at once: the caller does not hold the attempt yet.
      loop.execute { attempt.tryEach([address]) }
    } else {
      resolve { addresses in attempt.tryEach(addresses) }
    }
    return attempt
  }

  /// Looks the host's name up on a thread that ends with it, for the C library's resolver blocks.
  private func resolve(_ found: @escaping @Sendable (Result<[SocketAddress], DialError>) -> Void) {
    let (host, port, loop) = (host, port, loop)
    do throws(SystemError) {
      try LoopThread.start(name: "resolve") {
        let addresses = System.resolve(host: host, port: port)
        loop.execute { found(addresses.map { .success($0) } ?? .failure(.unknownHost(host))) }
      }
    } catch { loop.execute { found(.failure(.failed(error))) } }
  }

  /// `@unchecked Sendable`: touched on the loop only.
  private final class Attempt: DialAttempt, DescriptorHandler, @unchecked Sendable {
    private let loop: EpollLoop
    private let handler: any ByteProtocol
    private let patience: Duration
    private var failed: ((DialError) -> Void)?
    private var addresses: ArraySlice<SocketAddress> = []
    private var descriptor: Int32?
    private var isTCP = true
    private lazy var timer = LoopTimer { [unowned self] in next(after: .timedOut) }

    init(
      _ handler: any ByteProtocol, patience: Duration, on loop: EpollLoop,
      _ failed: @escaping (DialError) -> Void
    ) {
      self.handler = handler
      self.patience = patience
      self.loop = loop
      self.failed = failed
    }

    func tryEach(_ addresses: [SocketAddress]) { tryEach(.success(addresses)) }

    func tryEach(_ found: Result<[SocketAddress], DialError>) {
      switch found {
      case .success(let addresses):
        self.addresses = addresses[...]
        next(after: .timedOut)
      case .failure(let error): end(error)
      }
    }

    private func next(after error: DialError) {
      abandon()
      guard failed != nil else { return }
      guard let address = addresses.popFirst() else { return end(error) }
      do throws(SystemError) {
        let descriptor = try System.connect(address)
        self.descriptor = descriptor
        isTCP = !address.isUnix
        try loop.register(descriptor, reading: false, writing: true, self)
        if !addresses.isEmpty { loop.schedule(timer, at: loop.now.advanced(by: patience)) }
      } catch { next(after: .failed(error)) }
    }

    func readable() {}

    func loopEnds() {
      abandon()
      end(.timedOut)
    }

    func writable() {
      guard let descriptor else { return }
      if let error = System.socketError(descriptor) { return next(after: .failed(error)) }
      loop.cancel(timer)
      loop.unregister(descriptor)
      self.descriptor = nil
      do throws(SystemError) {
        if isTCP { try System.setNoDelay(descriptor) }
        _ = try SocketChannel(descriptor, on: loop, onClose: { _ in }, protocol: handler)
        failed = nil
      } catch {
        System.close(descriptor)
        next(after: .failed(error))
      }
    }

    /// Drops the address that is being tried.
    private func abandon() {
      loop.cancel(timer)
      if let descriptor {
        loop.unregister(descriptor)
        System.close(descriptor)
        self.descriptor = nil
      }
    }

    private func end(_ error: DialError) {
      let report = failed
      failed = nil
      report?(error)
    }

    func cancel() {
      failed = nil
      abandon()
    }
  }
}
