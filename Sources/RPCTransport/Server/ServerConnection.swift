internal import CNGHTTP2
package import RPCCore

/// The server's side of one connection: makes a ``ServerStream`` of each request, and holds the
/// peer to what is decent.
package final class ServerConnection: HTTP2Connection, @unchecked Sendable {
  /// How often open calls are looked at for one that is stuck.
  private static let lookInterval: Duration = .seconds(5)

  let definition: ServerDefinition
  let pool: CallPool
  /// Who is at the other end; what TLS proves is known when its handshake is over, before a call.
  package var peer: PeerConnection
  // As in the superclass: touched on the loop alone.
  /// Handlers at work, those whose stream is gone included: a caller that opens and resets
  /// streams must not have more work done than one that waits (CVE-2023-44487).
  @safe @exclusivity(unchecked) private var runningHandlers = 0
  @safe @exclusivity(unchecked) private var flood: FloodGuard
  @safe @exclusivity(unchecked) private var strikes: PingStrikes
  @safe @exclusivity(unchecked) private var life: ConnectionLife
  /// The highest stream that the peer has opened.
  @safe @exclusivity(unchecked) private var highestID: Int32 = 0
  @safe @exclusivity(unchecked) private var recentlyClosed = RecentStreams()
  @safe @exclusivity(unchecked) private var watchDueAt: MonotonicInstant
  /// When the header block began that is not whole; nil when none is.
  @safe @exclusivity(unchecked) private var headersSince: MonotonicInstant?
  /// Whether the peer's misdeed that ends the connection was counted.
  private var isEndCounted = false
  private var isDraining = false
  /// Whether the GOAWAY that counts is still to be sent.
  private var owesGoaway = true
  private var drainReason = ""
  private lazy var timer = LoopTimer { [unowned self] in watch() }
  /// When the next deadline of a call may pass.
  @safe @exclusivity(unchecked) private var deadlineDueAt = MonotonicInstant(nanoseconds: .max)
  private lazy var deadlineTimer = LoopTimer { [unowned self] in endOverdue() }
  /// What channelz calls the connection by.
  package let number = EntityNumber.next()
  /// What it carried, less the messages of streams that are open.
  @safe @exclusivity(unchecked) final var traffic = ConnectionTraffic()
  /// For whom the newest call that is over was made, when somebody found out.
  @safe @exclusivity(unchecked) final var lastCaller: String?
  /// What interceptors and services keep of it.
  @safe @exclusivity(unchecked) final var notes = ConnectionNotes()
  /// Called once, when the connection is gone.
  var onEnd: (() -> Void)?

  /// - Parameter jitter: -1000 to 1000, spreads the ages of connections that came together.
  package init(
    _ definition: ServerDefinition, peer: PeerConnection, pool: CallPool = CallPool(),
    jitter: Int64 = 0, on loop: any EventLoop
  ) {
    self.definition = definition
    self.pool = pool
    self.peer = peer
    let now = loop.now
    flood = FloodGuard(definition.limits.flood, now: now)
    strikes = PingStrikes(definition.limits.pings)
    life = ConnectionLife(definition.limits.life, now: now, jitter: jitter, of: 1000)
    watchDueAt = now
    super.init(
      isServer: true, limits: definition.limits, memory: pool.sessionMemory, on: loop)
    scheduleWatch()
  }

  // MARK: Requests

  package override func receive(_ bytes: UnsafeRawBufferPointer) {
    life.bytesReceived(now: loop.now)
    unsafe super.receive(bytes)
    if isReadingHeaders {
      if headersSince == nil {
        headersSince = loop.now
        arm(min(watchDueAt, loop.now.advanced(by: limits.headerBlockMax)))
      }
    } else if headersSince != nil {
      headersSince = nil
    }
  }

  override func streamForHeaders(_ id: Int32, isRequest: Bool) -> HTTP2Stream? {
    // A caller's trailers mean nothing to gRPC.
    guard isRequest else { return nil }
    guard runningHandlers < limits.concurrentCallsMax else {
      reset(id, code: NGHTTP2_REFUSED_STREAM.rawValue)
      _ = streamWasRefused()
      return nil
    }
    let stream = pool.stream(for: self)
    if streams.isEmpty { firstCallStarted() }
    stream.open(on: self, id: id)
    traffic.streamStarted(at: stream.openedAt)
    bind(stream, to: id)
    return stream
  }

  private func firstCallStarted() {
    life.callStarted()
    let look = loop.now.advanced(by: Self.lookInterval)
    if look < watchDueAt { arm(look) }
  }

  override func didLetGo(of stream: inout HTTP2Stream) {
    recentlyClosed.add(stream.id)
    account(for: stream)
    pool.takeBack(&stream)
    if streams.isEmpty {
      life.lastCallEnded(now: loop.now)
      if limits.life.idleMax != nil { scheduleWatch() }
    }
  }

  /// Takes over what a stream that has ended carried.
  @inline(__always)
  final func account(for stream: HTTP2Stream) {
    traffic.streamEnded(stream.end)
    traffic.add(stream.counts, sentAt: stream.sentAt, receivedAt: stream.receivedAt)
  }

  override func headersSent(_ id: Int32, isEndOfStream: Bool) {
    strikes.clear()
    // The caller may still be sending: it is told at once that nobody listens (RFC 9113 §8.1).
    if isEndOfStream, let stream = stream(id), !stream.hasInputEnded {
      reset(id, code: NGHTTP2_NO_ERROR.rawValue)
    }
  }

  func handlerStarted() { runningHandlers += 1 }

  func handlerEnded() { runningHandlers -= 1 }

  // MARK: What a peer may not

  override func terminate(_ flood: FloodGuard.Flood) {
    guard !isDisconnected, !isEndCounted else { return }
    isEndCounted = true
    definition.protections.count(flood)
    super.terminate(flood)
  }

  override func goawaySent(code: UInt32) {
    guard code != NGHTTP2_NO_ERROR.rawValue, !isEndCounted else { return }
    isEndCounted = true
    // nghttp2 itself minds the entries of a SETTINGS frame.
    let isCalm = code == NGHTTP2_ENHANCE_YOUR_CALM.rawValue
    definition.protections.count(isCalm ? .settings : .protocolErrors)
  }

  /// - Returns: whether to go on.
  private func tolerate(_ flood: FloodGuard.Flood?) -> Bool {
    guard let flood else { return true }
    terminate(flood)
    return false
  }

  override func frameBegins(_ head: HTTP2FrameHead) -> Bool {
    switch head.kind {
    case .data:
      let isEmpty = head.payloadBytes == 0 && !head.hasFirstFlag
      return tolerate(flood.dataReceived(isEmpty: isEmpty))
    case .headers: return headersBegin(head.streamID)
    case .settings:
      if !head.hasFirstFlag { life.prefaceReceived() }
      return tolerate(flood.settingsReceived(now: loop.now))
    case .priority: return tolerate(flood.priorityReceived(now: loop.now))
    case .windowUpdate: return tolerate(flood.windowUpdateReceived(now: loop.now))
    case .reset: return tolerate(flood.resetReceived(now: loop.now))
    case .pushPromise, .ping, .goaway, .continuation, .unknown: return true
    }
  }

  /// A stream's ids only rise (RFC 9113 §5.1.1); nghttp2 ignores one that does not. A stream that
  /// was closed a moment ago may have a block on its way.
  private func headersBegin(_ id: Int32) -> Bool {
    if id > highestID {
      highestID = id
      flood.streamOpened()
      return true
    }
    if isOpen(id) { return true }
    guard recentlyClosed.holds(id) else {
      terminate(code: NGHTTP2_PROTOCOL_ERROR.rawValue, debug: "a stream id that is not new")
      return false
    }
    return tolerate(flood.closedStreamFrameReceived(now: loop.now))
  }

  override func invalidFrameReceived() -> Bool {
    tolerate(flood.invalidFrameReceived(now: loop.now))
  }

  override func closedStreamDataReceived() -> Bool {
    tolerate(flood.closedStreamFrameReceived(now: loop.now))
  }

  override func unknownFrameReceived() -> Bool {
    tolerate(flood.unknownFrameReceived(now: loop.now))
  }

  override func streamWasRefused() -> Bool { tolerate(flood.streamRefused(now: loop.now)) }

  override func headerListRefused() { largeHeadersReceived() }

  func largeHeadersReceived() {
    if let flood = flood.largeHeadersReceived(now: loop.now) { terminate(flood) }
  }

  override func dataSent() {
    strikes.clear()
    flood.dataSent()
  }

  override func resetSent(_ id: Int32, code: UInt32) {
    switch code {
    // Ours: the end of a call, and a stream too many, which is counted where it is refused.
    case NGHTTP2_NO_ERROR.rawValue, NGHTTP2_CANCEL.rawValue, NGHTTP2_REFUSED_STREAM.rawValue: return
    default:
      if let flood = flood.provokedResetSent(now: loop.now) { terminate(flood) }
    }
  }

  override func pingReceived() {
    if strikes.pingReceived(now: loop.now, hasCalls: !streams.isEmpty) { terminate(.pings) }
  }

  // MARK: The connection's life

  /// Does what is due: of the connection's life, and of calls that are stuck.
  private func watch() {
    guard !isDisconnected else { return }
    while let action = life.actionDue(now: loop.now) {
      switch action {
      case .close: return end(for: .slowPreface)
      case .giveUp:
        terminate(code: NGHTTP2_NO_ERROR.rawValue, debug: "keepalive_timeout")
        return abortBehindOutput()
      case .ping:
        traffic.keepalivesSent += 1
        submitPing()
      case .drain(let reason): drain(reason)
      case .endCalls:
        cancelCalls(RPCError(.unavailable, "the connection's grace is over"))
        return abortBehindOutput()
      }
    }
    if let headersSince, loop.now >= headersSince.advanced(by: limits.headerBlockMax) {
      return end(for: .slowHeaders)
    }
    let stuckSince = loop.now.advanced(by: .zero - limits.stuckAfter)
    for stream in streams {
      (stream as? ServerStream)?.endIfStuck(since: stuckSince)
    }
    scheduleWatch()
  }

  /// Ends the connection of a peer that is too slow; it has until the end of this turn to be told.
  private func end(for flood: FloodGuard.Flood) {
    terminate(flood)
    abortBehindOutput()
  }

  /// Closes once what waits was given to the kernel, which may not take it.
  private func abortBehindOutput() {
    loop.execute { [self] in abort() }
  }

  // MARK: Deadlines

  /// Sees to it that a call ends when its deadline passes.
  func watch(_ deadline: MonotonicInstant) {
    guard deadline < deadlineDueAt else { return }
    deadlineDueAt = deadline
    loop.schedule(deadlineTimer, at: deadline)
  }

  private func endOverdue() {
    var next = MonotonicInstant(nanoseconds: .max)
    for stream in streams {
      guard let call = stream as? ServerStream, let deadline = call.openDeadline else { continue }
      if deadline <= loop.now {
        call.endEarly(RPCError(.deadlineExceeded, "the deadline passed"))
      } else {
        next = min(next, deadline)
      }
    }
    deadlineDueAt = next
    if next.nanoseconds < .max { loop.schedule(deadlineTimer, at: next) }
  }

  private func scheduleWatch() {
    var due = life.nextDue
    if let headersSince { due = min(due, headersSince.advanced(by: limits.headerBlockMax)) }
    if !streams.isEmpty { due = min(due, loop.now.advanced(by: Self.lookInterval)) }
    arm(due)
  }

  private func arm(_ moment: MonotonicInstant) {
    watchDueAt = moment
    loop.schedule(timer, at: moment)
  }

  /// What it is and has carried by now.
  package func snapshot() -> ConnectionSnapshot {
    var traffic = traffic
    for stream in streams {
      traffic.add(stream.counts, sentAt: stream.sentAt, receivedAt: stream.receivedAt)
    }
    let remoteName: String? =
      switch peer.identity {
      case .spiffe(let id): id
      case .process(let user, let pid): "user \(user), process \(pid)"
      case .anonymous: lastCaller
      }
    return ConnectionSnapshot(
      number: number, traffic: traffic, sendWindow: sendWindow, receiveWindow: receiveWindow,
      ends: ends, remoteName: remoteName)
  }

  // MARK: The end

  /// Ends the connection gracefully: new calls are turned away after a round trip, those that run
  /// are finished (RFC 9113 §6.8, two GOAWAYs).
  package func drain() { drain("") }

  /// - Parameter reason: what the GOAWAY that counts says (gRFC A9).
  private func drain(_ reason: String) {
    guard !isDraining, !isDisconnected else { return }
    isDraining = true
    drainReason = reason
    life.drainBegan()
    submitShutdownNotice()
    submitPing()
  }

  override func pingAnswered() {
    if isDraining { submitLastGoaway() }
  }

  private func submitLastGoaway() {
    guard owesGoaway else { return }
    owesGoaway = false
    submitGoaway(code: NGHTTP2_NO_ERROR.rawValue, debug: drainReason)
  }

  package override func disconnected() {
    loop.cancel(timer)
    loop.cancel(deadlineTimer)
    super.disconnected()
    let report = onEnd
    onEnd = nil
    report?()
  }

  /// Fails every call that is open, before the connection is closed, and tells which were taken in
  /// (facts/grpc A54) to a peer that has not answered the notice.
  package func cancelCalls(_ error: RPCError) {
    submitLastGoaway()
    for stream in streams { stream.endEarly(error) }
  }
}

/// The ids of the streams that were closed last.
private struct RecentStreams {
  private static let count = 32
  private var ids: InlineArray<32, Int32> = .init(repeating: 0)
  private var next = 0

  mutating func add(_ id: Int32) {
    ids[next] = id
    next = (next + 1) % Self.count
  }

  func holds(_ id: Int32) -> Bool {
    for index in 0..<Self.count where ids[index] == id { return true }
    return false
  }
}
