internal import CNGHTTP2
package import RPCCore

/// Who holds connections and is told what becomes of them.
package protocol ClientConnectionOwner: AnyObject, Sendable {
  /// The server's SETTINGS are in: it speaks HTTP/2, and calls may start.
  func connectionIsReady(_ connection: ClientConnection)
  /// The server takes no further call; those it has taken go on.
  func connectionIsDraining(_ connection: ClientConnection, tooManyPings: Bool)
  /// The connection is gone; its calls are told after this.
  func connectionHasEnded(_ connection: ClientConnection)
}

/// How a client finds out that a connection is dead.
package struct Keepalive: Sendable, Hashable {
  /// Without a byte from the server for this long while calls are open, it is pinged.
  package var interval: Duration
  /// Without an answer for this long, the connection is given up.
  package var timeout: Duration

  package init(interval: Duration, timeout: Duration) {
    self.interval = interval
    self.timeout = timeout
  }
}

/// The client's side of one connection.
package final class ClientConnection: HTTP2Connection, @unchecked Sendable {
  package let authority: String
  package let scheme: String
  package let userAgent: String
  private weak let owner: (any ClientConnectionOwner)?
  private let keepalive: Keepalive?
  private var isReady = false
  private var isDraining = false
  /// Streams whose answer is whole while their request is not: reset once what has come is read.
  private var lateResets: [Int32] = []
  private var lastReadAt: MonotonicInstant
  private var hasReadSincePing = true
  private lazy var keepaliveTimer = LoopTimer { [unowned self] in watch() }

  package init(
    owner: any ClientConnectionOwner, authority: String, scheme: String, userAgent: String,
    keepalive: Keepalive?, limits: HTTP2Limits, on loop: any EventLoop
  ) {
    self.owner = owner
    self.authority = authority
    self.scheme = scheme
    self.userAgent = userAgent
    self.keepalive = keepalive
    lastReadAt = loop.now
    super.init(isServer: false, limits: limits, memory: SessionMemory(), on: loop)
  }

  /// Calls that are open here.
  package var openCallCount: Int { streams.count }

  // MARK: Calls

  override func add(_ stream: HTTP2Stream) {
    super.add(stream)
    if keepalive != nil, !keepaliveTimer.isArmed { watch() }
  }

  override func streamForHeaders(_ id: Int32, isRequest: Bool) -> HTTP2Stream? { stream(id) }

  override func requestWillBeSent(_ id: Int32) {
    (stream(id) as? ClientStream)?.headIsLeaving()
  }

  func resetLater(_ id: Int32) { lateResets.append(id) }

  package override func receive(_ bytes: UnsafeRawBufferPointer) {
    lastReadAt = loop.now
    hasReadSincePing = true
    unsafe super.receive(bytes)
    while let id = lateResets.popLast() {
      if stream(id) != nil { reset(id, code: NGHTTP2_NO_ERROR.rawValue) }
    }
  }

  package override var readsWhileOutputIsBlocked: Bool { true }

  // MARK: Keepalive

  /// Pings a silent server, and gives one up that does not answer.
  private func watch() {
    guard let keepalive, !isDisconnected, !streams.isEmpty else { return }
    guard hasReadSincePing else { return abort() }
    let due = lastReadAt.advanced(by: keepalive.interval)
    if due > loop.now {
      loop.schedule(keepaliveTimer, at: due)
    } else {
      submitPing()
      hasReadSincePing = false
      loop.schedule(keepaliveTimer, at: loop.now.advanced(by: keepalive.timeout))
    }
  }

  // MARK: The connection's life

  override func settingsReceived() {
    guard !isReady else { return }
    isReady = true
    owner?.connectionIsReady(self)
  }

  override func goawayReceived(lastStreamID: Int32, code: UInt32, debug: String) {
    let tooManyPings = code == NGHTTP2_ENHANCE_YOUR_CALM.rawValue && debug == "too_many_pings"
    isDraining = true
    owner?.connectionIsDraining(self, tooManyPings: tooManyPings)
    // nghttp2 closes the streams above the last one when this returns. Those that it still holds
    // back for want of a free stream it would only turn away when one becomes free.
    for case let stream as ClientStream in streams where !stream.mayHaveLeft {
      reset(stream.id, code: NGHTTP2_CANCEL.rawValue)
      abandon(stream, code: NGHTTP2_REFUSED_STREAM.rawValue)
    }
  }

  /// Takes no further call, and closes when those that are open have ended.
  package func drain() {
    guard !isDraining, !isDisconnected else { return }
    isDraining = true
    submitGoaway(code: NGHTTP2_NO_ERROR.rawValue)
  }

  /// Ends the connection at once, its calls with an error of the caller's choice.
  package func close(_ error: RPCError) {
    for stream in streams { stream.endEarly(error) }
    abort()
  }

  package override func disconnected() {
    guard !isDisconnected else { return }
    loop.cancel(keepaliveTimer)
    owner?.connectionHasEnded(self)
    super.disconnected()
  }
}
