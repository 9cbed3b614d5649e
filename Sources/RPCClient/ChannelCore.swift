internal import RPCCore
internal import RPCTransport

/// What a channel is on its loop: at most one connection that takes calls, those that are on their
/// way out, and the calls that wait for one.
///
/// `@unchecked Sendable`: touched on its loop only, but for what says otherwise. Its calls hold it,
/// and its connections do not.
final class ChannelCore: ClientCallHost, ClientConnectionOwner, @unchecked Sendable {
  /// What stays as it was set up.
  struct Setup: Sendable {
    let dialer: any Dialer
    let name: String
    let authority: String
    let userAgent: String
    let connectTimeout: Duration
    var keepalive: Keepalive?
    let limits: HTTP2Limits
  }

  private enum State {
    case idle
    case connecting(ClientConnection, since: MonotonicInstant)
    case ready(ClientConnection)
    /// An attempt failed; the next one waits.
    case resting(until: MonotonicInstant, RPCError)
    case closed
  }

  private let loop: any EventLoop
  private let kept: (any AnyObject & Sendable)?
  private var setup: Setup
  private var random: any RandomNumberGenerator & Sendable
  private var state = State.idle
  private var backoff = ConnectionBackoff()
  private var attempt: (any DialAttempt)?
  /// Every connection that is not yet gone; the channel under it holds it too.
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  /// Calls without a connection, by order of arrival.
  private var waiting: [UInt64: ClientStream] = [:]
  private var lastNumber: UInt64 = 0
  private var closers: [CheckedContinuation<Void, Never>] = []
  /// Ends an attempt that takes too long, a rest between attempts, or a channel's last grace.
  private lazy var timer = LoopTimer { [unowned self] in timerFired() }

  init(
    _ setup: Setup, random: any RandomNumberGenerator & Sendable, on loop: any EventLoop,
    keeping kept: (any AnyObject & Sendable)?
  ) {
    self.setup = setup
    self.random = random
    self.loop = loop
    self.kept = kept
  }

  // MARK: Calls

  func start(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> ClientStream {
    let stream = ClientStream(
      method, metadata: options.metadata, waitsForReady: options.waitsForReady,
      encoding: options.encoding, host: self,
      limits: setup.limits, on: loop)
    if let timeout = options.timeout { stream.setDeadline(loop.now.advanced(by: timeout)) }
    place(stream)
    try await stream.waitStarted()
    return stream
  }

  func startAgain(_ stream: ClientStream) { place(stream) }

  func stoppedWaiting(_ stream: ClientStream) {
    waiting[stream.waitingNumber] = nil
  }

  /// Gives a call to the connection, or has it wait for one.
  private func place(_ stream: ClientStream) {
    guard stream.failure == nil else { return }
    switch state {
    case .ready(let connection):
      if stream.submit(on: connection) { return }
      // Its stream ids are used up.
      connection.drain()
      state = .idle
      wait(stream)
      connect()
    case .idle:
      wait(stream)
      connect()
    case .connecting: wait(stream)
    case .resting(let until, let error):
      if loop.now >= until {
        wait(stream)
        connect()
      } else if stream.waitsForReady {
        wait(stream)
        loop.schedule(timer, at: until)
      } else {
        stream.endEarly(error)
      }
    case .closed: stream.endEarly(Self.closedError)
    }
  }

  private func wait(_ stream: ClientStream) {
    lastNumber += 1
    stream.waitingNumber = lastNumber
    waiting[lastNumber] = stream
  }

  /// Takes out every call that waits, first come first.
  private func takeWaiting() -> [ClientStream] {
    let taken = waiting.sorted { $0.key < $1.key }.map(\.value)
    waiting = [:]
    return taken
  }

  // MARK: Connections

  private func connect() {
    let connection = ClientConnection(
      owner: self, authority: setup.authority, scheme: setup.dialer.scheme,
      userAgent: setup.userAgent,
      keepalive: setup.keepalive, limits: setup.limits, on: loop)
    state = .connecting(connection, since: loop.now)
    connections[ObjectIdentifier(connection)] = connection
    loop.schedule(timer, at: loop.now.advanced(by: setup.connectTimeout))
    attempt = setup.dialer.dial(connection) { [weak self, unowned connection] error in
      self?.attemptFailed(connection, "\(error)")
    }
  }

  func connectionIsReady(_ connection: ClientConnection) {
    guard case .connecting(let current, _) = state, current === connection else { return }
    state = .ready(connection)
    attempt = nil
    loop.cancel(timer)
    backoff.reset()
    for stream in takeWaiting() { place(stream) }
  }

  func connectionIsDraining(_ connection: ClientConnection, tooManyPings: Bool) {
    if tooManyPings, let keepalive = setup.keepalive {
      // gRFC A8: a server that minds is pinged half as often from then on.
      setup.keepalive?.interval = keepalive.interval * 2
    }
    if case .ready(let current) = state, current === connection { state = .idle }
  }

  func connectionHasEnded(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = nil
    switch state {
    case .connecting(let current, _) where current === connection:
      attemptFailed(connection, "the connection was closed")
    case .ready(let current) where current === connection: state = .idle
    case .idle, .connecting, .ready, .resting, .closed: break
    }
    resumeClosers()
  }

  private func attemptFailed(_ connection: ClientConnection, _ reason: String) {
    connections[ObjectIdentifier(connection)] = nil
    guard case .connecting(let current, let start) = state, current === connection else { return }
    attempt?.cancel()
    attempt = nil
    let until = start.advanced(by: backoff.next(using: &random))
    let error = RPCError(.unavailable, "cannot connect to \(setup.name): \(reason)")
    state = .resting(until: until, error)
    loop.cancel(timer)
    for stream in takeWaiting() {
      if stream.waitsForReady { wait(stream) } else { stream.endEarly(error) }
    }
    if !waiting.isEmpty { loop.schedule(timer, at: until) }
  }

  private func timerFired() {
    switch state {
    case .connecting(let connection, _):
      attemptFailed(connection, "no answer in \(setup.connectTimeout)")
      connection.abort()
    case .resting: if !waiting.isEmpty { connect() }
    case .closed:
      for connection in Array(connections.values) { connection.close(Self.closedError) }
    case .idle, .ready: break
    }
  }

  // MARK: The end

  private static let closedError = RPCError(.unavailable, "the channel is closed")

  /// The channel is no longer held: its connection goes when the last call has ended. From anywhere.
  func release() {
    loop.execute { [self] in shut() }
  }

  /// From anywhere.
  func close(grace: Duration) async {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in
        closers.append(continuation)
        shut()
        loop.schedule(timer, at: loop.now.advanced(by: grace))
        resumeClosers()
      }
    }
  }

  private func shut() {
    if case .closed = state { return }
    if case .connecting(let connection, _) = state {
      attempt?.cancel()
      attempt = nil
      connections[ObjectIdentifier(connection)] = nil
      connection.abort()
    }
    state = .closed
    loop.cancel(timer)
    for stream in takeWaiting() { stream.endEarly(Self.closedError) }
    for connection in Array(connections.values) { connection.drain() }
  }

  private func resumeClosers() {
    guard connections.isEmpty, case .closed = state else { return }
    loop.cancel(timer)
    let resumed = closers
    closers = []
    for closer in resumed { closer.resume() }
  }
}

extension ChannelCore: ExecutorBound {
  var executor: any TaskExecutor { loop.tasks }
  var isOnExecutor: Bool { loop.isCurrent }
}
