internal import CNGHTTP2
package import RPCCore

/// What a stream has for the next DATA frame.
enum DataProgress {
  case bytes(Int)
  /// Nothing now; the stream resumes when it has some.
  case deferred
  /// The last of the body; trailers follow unless it ends the stream.
  case last(Int, endsStream: Bool)
}

/// Why a stream is gone.
enum StreamClosure {
  /// It ran its course or was reset, by either side: an error code of RFC 9113 §7.
  case code(UInt32)
  case connectionLost
}

/// One stream that carries length-prefixed messages both ways: the part that is the same on both
/// sides. Confined to its connection's loop.
@safe package class HTTP2Stream: CallStream, @unchecked Sendable {
  let loop: any EventLoop
  let limits: HTTP2Limits
  // Exclusivity needs no checks at run time: all of this is touched on the loop alone, and no
  // access is open while other code runs.
  /// Nil while a call of the client has none.
  @safe @exclusivity(unchecked) private(set) final var connection: HTTP2Connection?
  /// 0 until the stream has one.
  @safe @exclusivity(unchecked) private(set) final var id: Int32 = 0
  /// The place among its connection's streams; -1 when it has none. The connection's.
  @safe @exclusivity(unchecked) final var place = -1
  @safe @exclusivity(unchecked) private final var inbound = ByteBuffer()
  @safe @exclusivity(unchecked) private final var outbound = ByteBuffer()
  /// Bytes at the head of `outbound` that were sent, and are kept for another try.
  @safe @exclusivity(unchecked) private final var sentBytes = 0
  /// Whether what is sent is kept, so that the call can be made again on another stream.
  @safe @exclusivity(unchecked) private(set) final var keepsSentOutput = false
  /// Bytes of the message at the head that were credited before it was whole.
  @safe @exclusivity(unchecked) private final var creditedEarly = 0
  /// Bytes of messages that were taken, and not yet credited.
  @safe @exclusivity(unchecked) private final var owedCredit = 0
  /// Messages handed out and taken in.
  @safe @exclusivity(unchecked) private(set) final var counts = MessageCounts()
  /// Told of messages; the server's.
  @safe @exclusivity(unchecked) final var meters: [any MessageMeter] = []
  @safe @exclusivity(unchecked) private final var readWaiter: CheckedContinuation<Void, Never>?
  /// Whether something has come since ``poll(_:)`` found nothing.
  @safe @exclusivity(unchecked) private final var hasNews = false
  @safe @exclusivity(unchecked) private final var writeWaiter: CheckedContinuation<Void, Never>?
  @safe @exclusivity(unchecked) private(set) final var hasInputEnded = false
  @safe @exclusivity(unchecked) private(set) final var isClosed = false
  /// No more output is queued; what is queued still goes out.
  @safe @exclusivity(unchecked) private(set) final var hasOutputEnded = false
  /// What is still written goes nowhere: the peer has said all, and listens no more.
  @safe @exclusivity(unchecked) private final var discardsOutput = false
  /// Why the call ended before its time.
  @safe @exclusivity(unchecked) package private(set) final var failure: RPCError?
  @safe @exclusivity(unchecked) final var messageBytesMax: Int
  @safe @exclusivity(unchecked) private(set) final var openedAt: MonotonicInstant
  /// When bytes last came in, and when they last went out or were queued behind none.
  @safe @exclusivity(unchecked) private(set) final var receivedAt: MonotonicInstant
  @safe @exclusivity(unchecked) private(set) final var sentAt: MonotonicInstant
  /// When bytes last moved, either way.
  final var movedAt: MonotonicInstant { max(receivedAt, sentAt) }
  /// How it ended; the server's.
  @safe @exclusivity(unchecked) final var end = StreamEnd()
  /// How messages come and go.
  @safe @exclusivity(unchecked) final var inboundEncoding = MessageEncoding.identity
  @safe @exclusivity(unchecked) final var outboundEncoding = MessageEncoding.identity
  /// Whether the message that was read last came compressed.
  @safe @exclusivity(unchecked) private(set) final var wasMessageCompressed = false
  /// When the caller stops waiting; nil when it waits for ever.
  @safe @exclusivity(unchecked) package private(set) final var deadline: MonotonicInstant?
  @safe @exclusivity(unchecked) private final var deadlineTimer: LoopTimer?

  init(limits: HTTP2Limits, on loop: any EventLoop) {
    self.loop = loop
    self.limits = limits
    messageBytesMax = limits.messageBytesMax
    openedAt = loop.now
    receivedAt = loop.now
    sentAt = loop.now
  }

  package var executor: any TaskExecutor { loop.tasks }
  package var isOnExecutor: Bool { loop.isCurrent }

  final func assertOnLoop() {
    precondition(loop.isCurrent, "a call was touched off its loop")
  }

  /// Gives the stream its place on a connection.
  final func open(on connection: HTTP2Connection, id: Int32) {
    self.connection = connection
    self.id = id
    openedAt = loop.now
    receivedAt = openedAt
    sentAt = openedAt
    connection.add(self)
  }

  /// Forgets a stream that is closed and was not processed: the call starts over on another one.
  final func reopen() {
    precondition(isClosed && keepsSentOutput, "a call that cannot be repeated was started over")
    connection = nil
    id = 0
    isClosed = false
    hasInputEnded = false
    inbound.release()
    creditedEarly = 0
    owedCredit = 0
    sentBytes = 0
  }

  /// Drops what an ended call held, for its object is to be used again; buffers keep their memory,
  /// unless a large message went through them.
  func letGo() {
    connection = nil
    id = 0
    inbound.removeAll(keepingUpTo: Self.pooledBufferBytesMax)
    outbound.removeAll(keepingUpTo: Self.pooledBufferBytesMax)
    sentBytes = 0
    creditedEarly = 0
    owedCredit = 0
    counts = MessageCounts()
    if !meters.isEmpty { meters.removeAll(keepingCapacity: true) }
    end = StreamEnd()
    hasNews = false
    hasInputEnded = false
    isClosed = false
    hasOutputEnded = false
    discardsOutput = false
    failure = nil
    deadline = nil
    inboundEncoding = .identity
    outboundEncoding = .identity
    wasMessageCompressed = false
  }

  /// What a call's object that waits for another call may keep of each of its two buffers.
  private static let pooledBufferBytesMax = 4096

  // MARK: Header blocks

  /// Takes one field of the header block that is coming in; if it is refused, the stream is reset.
  func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> RequestHead.Outcome {
    .taken
  }

  /// Takes a field whose effect is known from an earlier block.
  ///
  /// - Returns: whether the stream is worth the rest of its block; if not, it is reset.
  func add(_ effect: RequestHead.Effect, listBytes: Int) -> Bool { true }

  /// The header block is whole.
  func headWasReceived(endsStream: Bool) {}

  // MARK: Input

  func received(_ bytes: UnsafeRawBufferPointer) {
    if failure != nil {
      connection?.consume(id, bytes: bytes.count)
      return
    }
    receivedAt = loop.now
    unsafe inbound.append(bytes)
    inputChanged()
  }

  func inputEnded() {
    hasInputEnded = true
    inputChanged()
  }

  /// Called when there is more to read, or the input has ended.
  func inputChanged() { wakeReader() }

  final func wakeReader() {
    hasNews = true
    if let waiter = readWaiter {
      readWaiter = nil
      waiter.resume()
    }
  }

  /// Credits what has come of a message that somebody waits for: one larger than the window could
  /// never be whole otherwise.
  final func creditPartialMessage() {
    let fresh = inbound.count - creditedEarly
    guard fresh > 0, !isClosed, !hasInputEnded else { return }
    creditedEarly += fresh
    connection?.consume(id, bytes: fresh)
  }

  /// Drops what has come and will not be read; the peer gets its credit back.
  final func discardInput() {
    creditPartialMessage()
    creditedEarly = 0
    // Every call of one response ends here, mostly with nothing left, and its object is used again.
    inbound.removeAll(keepingUpTo: Self.pooledBufferBytesMax)
  }

  /// How much has come and is not yet read.
  final var inboundBytes: Int { inbound.count }

  /// The prefix of the message at the head; nil when it is not whole.
  final func headPrefix() throws(RPCError) -> MessagePrefix? {
    guard inbound.count >= MessagePrefix.byteCount else { return nil }
    let prefix = unsafe inbound.withBytes { bytes -> Result<MessagePrefix, WireError> in
      do throws(WireError) {
        return .success(
          try MessagePrefix(unsafe bytes.bytes, payloadBytesMax: messageBytesMax))
      } catch { return .failure(error) }
    }
    switch prefix {
    case .success(let prefix):
      guard !prefix.isCompressed || inboundEncoding == .gzip else {
        throw RPCError(.internal, "a message is marked as compressed, but the call has no encoding")
      }
      return prefix
    case .failure(let error): throw Self.rpcError(error)
    }
  }

  private static func rpcError(_ error: WireError) -> RPCError {
    switch error {
    case .unknownFlag(let flag):
      RPCError(.internal, "a message begins with flag \(flag); 0 and 1 are known")
    case .messageTooLarge(let bytes, let max):
      RPCError(.resourceExhausted, "a message of \(bytes) bytes is over the limit of \(max)")
    case .truncatedMessage:
      RPCError(.internal, "the stream ended in the middle of a message")
    case .malformedTimeout, .malformedBase64: RPCError(.internal, "malformed header field")
    }
  }

  package func poll(
    _ body: (RawSpan) throws(RPCError) -> Void
  ) throws(RPCError) -> ReadOutcome {
    assertOnLoop()
    if let failure, !deliversInputAfterFailure { throw failure }
    if let prefix = try headPrefix() {
      let whole = MessagePrefix.byteCount + prefix.payloadBytes
      if inbound.count >= whole {
        try take(prefix, body)
        return .message
      }
    }
    if let failure { throw failure }
    if hasInputEnded {
      if inbound.isEmpty { return .end }
      throw Self.rpcError(.truncatedMessage)
    }
    payCredit()
    creditPartialMessage()
    hasNews = false
    return .empty
  }

  /// Whether messages that came before a failure are still handed out: on the client they are.
  var deliversInputAfterFailure: Bool { false }

  private func take(
    _ prefix: MessagePrefix, _ body: (RawSpan) throws(RPCError) -> Void
  ) throws(RPCError) {
    let whole = MessagePrefix.byteCount + prefix.payloadBytes
    wasMessageCompressed = prefix.isCompressed
    let result =
      prefix.isCompressed
      ? inflatedHead(prefix).flatMap { Self.lend($0, to: body) }
      : unsafe inbound.withBytes { bytes -> Result<Void, RPCError> in
        let payload = unsafe UnsafeRawBufferPointer(
          rebasing: bytes[MessagePrefix.byteCount..<whole])
        do throws(RPCError) { return .success(try body(unsafe payload.bytes)) } catch {
          return .failure(error)
        }
      }
    inbound.consume(whole)
    counts.received += 1
    for meter in meters { meter.messageReceived() }
    let early = min(creditedEarly, whole)
    creditedEarly -= early
    // Of a peer that has ended its side nothing more comes: credit would go to nobody.
    if whole > early, !isClosed, !hasInputEnded {
      owedCredit += whole - early
      // Small messages by the thousand are credited by the quarter of a window.
      if owedCredit >= Int(limits.streamWindowBytes) / 4 { payCredit() }
    }
    try result.get()
  }

  private static func lend(
    _ message: [UInt8], to body: (RawSpan) throws(RPCError) -> Void
  ) -> Result<Void, RPCError> {
    do throws(RPCError) { return .success(try unsafe body(message.span.bytes)) } catch {
      return .failure(error)
    }
  }

  /// Gives the credit back that is owed for messages that were taken.
  private func payCredit() {
    guard owedCredit > 0 else { return }
    connection?.consume(id, bytes: owedCredit)
    owedCredit = 0
  }

  private func inflatedHead(_ prefix: MessagePrefix) -> Result<[UInt8], RPCError> {
    let result = unsafe inbound.withBytes { bytes in
      let start = MessagePrefix.byteCount
      let payload = unsafe UnsafeRawBufferPointer(
        rebasing: bytes[start..<start + prefix.payloadBytes])
      do throws(Gzip.Failure) {
        return Result<[UInt8], Gzip.Failure>.success(
          try unsafe Gzip.inflate(payload, bytesMax: messageBytesMax))
      } catch { return .failure(error) }
    }
    return result.mapError { failure in
      switch failure {
      case .corrupt: RPCError(.internal, "a message is marked as gzip, and is none")
      case .tooLarge:
        RPCError(
          .resourceExhausted, "a message inflates past the limit of \(messageBytesMax) bytes")
      }
    }
  }

  package func waitReadable() async throws(RPCError) {
    assertOnLoop()
    guard readWaiter == nil else { throw RPCError(.aborted, "two tasks read one call") }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        // The operation may have been put behind other work of the loop, which must not be missed.
        if hasNews || Task.isCancelled { waiter.resume() } else { readWaiter = waiter }
      }
    } onCancel: {
      loop.execute { [self] in wakeReader() }
    }
    if Task.isCancelled { throw failure ?? RPCError(.cancelled, "the reading task was cancelled") }
  }

  // MARK: Output

  package func append(_ message: RawSpan, compresses: Bool) throws(RPCError) -> Bool {
    assertOnLoop()
    if let failure { throw failure }
    guard !discardsOutput else { return true }
    guard !hasOutputEnded else { throw RPCError(.internal, "a message after the call's end") }
    counts.sent += 1
    for meter in meters { meter.messageSent() }
    if outboundBytes == 0 { sentAt = loop.now }
    unsafe message.withUnsafeBytes { bytes in
      if compresses, outboundEncoding == .gzip, let smaller = unsafe Gzip.deflate(bytes) {
        unsafe smaller.withUnsafeBytes { unsafe outbound.appendFramed($0, isCompressed: true) }
      } else {
        unsafe outbound.appendFramed(bytes, isCompressed: false)
      }
    }
    outputChanged()
    return outboundBytes < limits.streamOutputBytesMax
  }

  package func waitWritable() async throws(RPCError) {
    assertOnLoop()
    if let failure { throw failure }
    guard outboundBytes >= limits.streamOutputBytesMax else { return }
    guard writeWaiter == nil else { throw RPCError(.aborted, "two tasks write to one call") }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let isFull = failure == nil && outboundBytes >= limits.streamOutputBytesMax
        if isFull, !Task.isCancelled { writeWaiter = waiter } else { waiter.resume() }
      }
    } onCancel: {
      loop.execute { [self] in wakeWriter() }
    }
    if let failure { throw failure }
    if Task.isCancelled { throw RPCError(.cancelled, "the writing task was cancelled") }
  }

  private func wakeWriter() {
    if let waiter = writeWaiter {
      writeWaiter = nil
      waiter.resume()
    }
  }

  /// Called when there is more to send, or the output has ended.
  func outputChanged() {}

  final func endOutput() { hasOutputEnded = true }

  /// Queues bytes that are no message: the body of an answer in plain HTTP.
  final func appendText(_ text: String) {
    for byte in text.utf8 { outbound.append(byte) }
  }

  /// How much is queued and not yet sent.
  final var outboundBytes: Int { outbound.count - sentBytes }

  /// Keeps what is sent from now on, up to the limit of what a writer may queue.
  final func keepSentOutput() { keepsSentOutput = true }

  /// The call was taken up: it will not be repeated.
  final func forgetSentOutput() {
    keepsSentOutput = false
    outbound.consume(sentBytes)
    sentBytes = 0
  }

  /// Drops what is queued and what will be.
  final func discardOutput() {
    discardsOutput = true
    sentBytes = 0
    outbound.release()
    wakeWriter()
  }

  /// Feeds a DATA frame; called by nghttp2 while it sends.
  final func produceData(into room: UnsafeMutableRawBufferPointer) -> DataProgress {
    let count = min(outboundBytes, room.count)
    if count > 0 {
      unsafe outbound.withBytes { bytes in
        unsafe room.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[sentBytes..<sentBytes + count]))
      }
      sentBytes += count
      sentAt = loop.now
      if sentBytes > limits.streamOutputBytesMax { keepsSentOutput = false }
      if !keepsSentOutput { forgetSentOutput() }
      if outboundBytes < limits.streamOutputBytesMax / 2 { wakeWriter() }
    }
    if outboundBytes == 0, hasOutputEnded { return bodyEnded(count) }
    return count > 0 ? .bytes(count) : .deferred
  }

  /// What ends the body: trailers, or the end of the stream.
  func bodyEnded(_ count: Int) -> DataProgress { .last(count, endsStream: true) }

  // MARK: The end

  /// Has the call end at a moment, on whichever side it has not ended by then.
  final func arm(_ moment: MonotonicInstant) {
    deadline = moment
    guard moment > loop.now else {
      return endEarly(RPCError(.deadlineExceeded, "the deadline had passed at the start"))
    }
    watch(moment)
  }

  /// Has the call end when its deadline passes.
  func watch(_ deadline: MonotonicInstant) {
    let timer =
      deadlineTimer
      ?? LoopTimer { [unowned self] in
        endEarly(RPCError(.deadlineExceeded, "the deadline passed"))
      }
    deadlineTimer = timer
    loop.schedule(timer, at: deadline)
  }

  final func disarm() {
    if let deadlineTimer, deadlineTimer.isArmed { loop.cancel(deadlineTimer) }
  }

  /// Ends the call before it has run its course.
  package func endEarly(_ error: RPCError) {}

  /// Ends the call for whoever reads or writes it.
  final func fail(with error: RPCError) {
    guard failure == nil else { return }
    failure = error
    sentBytes = 0
    outbound.release()
    wakeReader()
    wakeWriter()
  }

  /// The stream is gone: nothing can be sent or credited any more.
  func closed(_ closure: StreamClosure) { isClosed = true }
}
