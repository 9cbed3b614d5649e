internal import RPCCore
package import RPCTransport

/// One connection: reads one request, asks about it, answers, and ends.
///
/// `@unchecked Sendable`: touched on its gate's loop only; the task that waits for a decision
/// runs there too.
package final class WebhookConnection: ByteProtocol, @unchecked Sendable {
  private enum State {
    case readingHead
    case readingBody(since: MonotonicInstant)
    /// The sink is at work.
    case asking
    /// An answer waits to be sent; what the peer still sends is dropped for a while after it if
    /// `lingers`, for a socket closed over unread input takes the answer with it (RFC 9112 §9.6).
    case answering(lingers: Bool)
    case lingering
    case finished
    /// The peer or the channel is gone.
    case disconnected
  }

  private let gate: WebhookGate
  private var parser: HTTPRequestParser
  private var state = State.readingHead
  private var output: [UInt8] = []
  /// Room taken from the gate for what the peer sent.
  private var reservedBytes = 0
  private var droppedBytes = 0
  /// Whether a decision is awaited; true also after the peer was told that it took too long.
  private var isSinkAtWork = false
  /// Cleared when the channel is done with this; the channel owns it until then.
  private weak var channel: (any ByteChannel)?
  private lazy var timer = LoopTimer { [unowned self] in timeIsUp() }

  package init(_ gate: WebhookGate) {
    self.gate = gate
    parser = HTTPRequestParser(gate.rules)
  }

  package func attach(to channel: any ByteChannel) {
    self.channel = channel
    gate.opened(self)
    arm(gate.limits.headTimeout)
  }

  /// Ends the connection unless a request has begun to come in.
  func drain() {
    if case .readingHead = state, parser.consumedBytes == 0 { finish() }
  }

  // MARK: Reading

  package func receive(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .readingHead, .readingBody: read(bytes)
    case .asking, .answering, .lingering: drop(bytes.count)
    case .finished, .disconnected: break
    }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    let before = parser.consumedBytes
    let progress = parser.receive(bytes)
    let consumed = parser.consumedBytes - before
    drop(bytes.count - consumed)
    switch progress {
    case .refused(let refusal): refuse(refusal)
    case .readingHead, .readingBody, .complete:
      guard gate.reserve(consumed) else { return refuse(.buffersFull) }
      reservedBytes += consumed
      advance(progress)
    }
  }

  private func advance(_ progress: HTTPRequestParser.Progress) {
    switch progress {
    case .readingHead: break
    case .readingBody(let expectsContinue):
      guard case .readingHead = state else { return }
      state = .readingBody(since: gate.loop.now)
      arm(min(gate.limits.bodyTimeout, gate.limits.bodyGrace))
      if expectsContinue {
        output += HTTPAnswer.goOn
        channel?.outputIsWaiting()
      }
    case .complete(let request): ask(request)
    case .refused(let refusal): refuse(refusal)
    }
  }

  private func drop(_ count: Int) {
    droppedBytes += count
    if case .lingering = state, droppedBytes > gate.limits.lingerBytesMax { finish() }
  }

  // MARK: Deciding

  private func ask(_ request: IncomingRequest) {
    gate.counters.requests += 1
    guard gate.admit() else { return refuse(.rateLimited) }
    state = .asking
    isSinkAtWork = true
    arm(gate.limits.answerTimeout)
    let delivery = WebhookDelivery(
      body: request.body, signature: request.signature, received: gate.clock())
    Task.immediate(executorPreference: gate.loop.tasks) { [self] in
      decided(await gate.sink.accept(delivery))
    }
  }

  private func decided(_ answer: WebhookAnswer) {
    gate.count(answer)
    isSinkAtWork = false
    releaseRoom()
    guard case .asking = state else {
      gate.counters.lateAnswers += 1
      return
    }
    send(answer.status, lingers: droppedBytes > 0)
  }

  private func refuse(_ refusal: WebhookRefusal) {
    gate.count(refusal)
    releaseRoom()
    send(refusal.status, lingers: true)
  }

  private func send(_ status: HTTPStatus, lingers: Bool) {
    gate.loop.cancel(timer)
    state = .answering(lingers: lingers)
    output += HTTPAnswer.bytes(status, now: gate.clock())
    channel?.outputIsWaiting()
  }

  // MARK: Time

  private func arm(_ span: Duration) {
    gate.loop.schedule(timer, at: gate.loop.now.advanced(by: span))
  }

  private func timeIsUp() {
    switch state {
    case .readingHead: refuse(.headTimeout)
    case .readingBody(let start): checkPace(since: start)
    case .asking: refuse(.answerTimeout)
    case .lingering: finish()
    case .answering, .finished, .disconnected: break
    }
  }

  private func checkPace(since start: MonotonicInstant) {
    let limits = gate.limits
    let elapsed = gate.loop.now.since(start)
    guard elapsed < limits.bodyTimeout else { return refuse(.bodyTimeout) }
    let floor = elapsed.nanoseconds / 1_000_000_000 * Int64(limits.bodyBytesPerSecondMin)
    guard Int64(parser.bodyBytes) >= floor else { return refuse(.bodyTooSlow) }
    arm(min(.seconds(1), limits.bodyTimeout - elapsed))
  }

  // MARK: The end

  package func produce(into buffer: inout ByteBuffer, max: Int) -> Bool {
    output.withUnsafeBytes { buffer.append($0) }
    output = []
    guard case .answering(let lingers) = state else { return false }
    if lingers {
      state = .lingering
      arm(gate.limits.lingerTimeout)
    } else {
      state = .finished
    }
    return false
  }

  package var isFinished: Bool {
    switch state {
    case .finished, .disconnected: true
    case .readingHead, .readingBody, .asking, .answering, .lingering: false
    }
  }

  package var isOutputFinished: Bool {
    if case .lingering = state { true } else { false }
  }

  private func finish() {
    gate.loop.cancel(timer)
    state = .finished
    channel?.outputIsWaiting()
  }

  package func disconnected() {
    gate.loop.cancel(timer)
    switch state {
    case .readingHead where parser.consumedBytes > 0, .readingBody: gate.counters.brokenOff += 1
    case .readingHead, .asking, .answering, .lingering, .finished, .disconnected: break
    }
    releaseRoom()
    state = .disconnected
    channel = nil
    gate.closed(self)
  }

  /// Gives back what was held, unless an undecided delivery still holds it.
  private func releaseRoom() {
    guard !isSinkAtWork else { return }
    gate.release(reservedBytes)
    reservedBytes = 0
  }
}
