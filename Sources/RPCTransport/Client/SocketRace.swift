internal import RPCCore

/// Connects to the first of several addresses that answers: each is begun when the one before it has
/// failed, or has been silent for a moment, and none is given up for the next.
///
/// `@unchecked Sendable`: touched on its loop only.
/// - Source: RFC 8305 §4 and §5; the order of addresses is getaddrinfo's (RFC 6724).
final class SocketRace: DialAttempt, @unchecked Sendable {
  /// How far behind the last one the next begins (RFC 8305 §8, "Connection Attempt Delay").
  private static let headStart = Duration.milliseconds(250)

  private let loop: EpollLoop
  private let handler: any ByteProtocol
  /// Nil when the race is over.
  private var failed: ((DialError) -> Void)?
  private var waiting: ArraySlice<SocketAddress> = []
  private var runners: [Int32: Runner] = [:]
  private var lastError = DialError.timedOut
  private lazy var timer = LoopTimer { [unowned self] in beginNext() }

  init(
    _ handler: any ByteProtocol, on loop: EpollLoop, _ failed: @escaping (DialError) -> Void
  ) {
    self.handler = handler
    self.loop = loop
    self.failed = failed
  }

  /// One socket on its way to being connected; the loop keeps it.
  private final class Runner: DescriptorHandler {
    let race: SocketRace
    let descriptor: Int32
    let isTCP: Bool

    init(_ race: SocketRace, _ descriptor: Int32, isTCP: Bool) {
      self.race = race
      self.descriptor = descriptor
      self.isTCP = isTCP
    }

    func readable() {}
    func writable() { race.ended(self) }
    func loopEnds() { race.end(with: .timedOut) }
  }

  // MARK: Running

  func begin(_ found: Result<[SocketAddress], DialError>) {
    switch found {
    case .success(let addresses):
      waiting = SocketAddress.alternating(addresses)[...]
      beginNext()
    case .failure(let error): end(with: error)
    }
  }

  private func beginNext() {
    while failed != nil, let address = waiting.popFirst() {
      do throws(SystemError) {
        let descriptor = try System.connect(address)
        let runner = Runner(self, descriptor, isTCP: !address.isUnix)
        do throws(SystemError) {
          try loop.register(descriptor, reading: false, writing: true, runner)
        } catch {
          System.close(descriptor)
          throw error
        }
        runners[descriptor] = runner
        if !waiting.isEmpty { loop.schedule(timer, at: loop.now.advanced(by: Self.headStart)) }
        return
      } catch { lastError = .failed(error) }
    }
    if runners.isEmpty { end(with: lastError) }
  }

  /// A socket is connected, or cannot be.
  private func ended(_ runner: Runner) {
    guard runners.removeValue(forKey: runner.descriptor) != nil else { return }
    loop.unregister(runner.descriptor)
    if let error = System.socketError(runner.descriptor) {
      System.close(runner.descriptor)
      lastError = .failed(error)
      loop.cancel(timer)
      return beginNext()
    }
    stop()
    do throws(SystemError) {
      if runner.isTCP { try System.setNoDelay(runner.descriptor) }
      _ = try SocketChannel(runner.descriptor, on: loop, onClose: { _ in }, protocol: handler)
      failed = nil
    } catch {
      System.close(runner.descriptor)
      end(with: .failed(error))
    }
  }

  // MARK: The end

  /// Drops what is still running.
  private func stop() {
    loop.cancel(timer)
    waiting = []
    let left = runners
    runners = [:]
    for descriptor in left.keys {
      loop.unregister(descriptor)
      System.close(descriptor)
    }
  }

  private func end(with error: DialError) {
    stop()
    let report = failed
    failed = nil
    report?(error)
  }

  func cancel() {
    failed = nil
    stop()
  }
}
