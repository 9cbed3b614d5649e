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

/// One stream that carries length-prefixed messages both ways: the part that is the same on both
/// sides. Confined to its connection's loop.
@safe package class HTTP2Stream: CallStream, @unchecked Sendable {
  let connection: HTTP2Connection
  /// 0 until the stream has one.
  var id: Int32 = 0
  private var inbound = ByteBuffer()
  private var outbound = ByteBuffer()
  /// Bytes of the message at the head that were credited before it was whole.
  private var creditedEarly = 0
  private var readWaiter: CheckedContinuation<Void, Never>?
  private var writeWaiter: CheckedContinuation<Void, Never>?
  private(set) var hasInputEnded = false
  private(set) var isClosed = false
  /// No more output is queued; what is queued still goes out.
  private(set) var hasOutputEnded = false
  /// Why the call ended before its time.
  private(set) var failure: RPCError?
  var messageBytesMax: Int

  init(_ connection: HTTP2Connection) {
    self.connection = connection
    messageBytesMax = connection.limits.messageBytesMax
  }

  package var executor: any TaskExecutor { connection.loop }
  package var isOnExecutor: Bool { connection.loop.isCurrent }

  private func assertOnLoop() {
    precondition(connection.loop.isCurrent, "a call was touched off its loop")
  }

  // MARK: Input

  func received(_ bytes: UnsafeRawBufferPointer) {
    if failure != nil {
      connection.consume(id, bytes: bytes.count)
      return
    }
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
    if let waiter = readWaiter {
      readWaiter = nil
      waiter.resume()
    }
  }

  /// Credits what has come of a message that somebody waits for: one larger than the window could
  /// never be whole otherwise.
  final func creditPartialMessage() {
    let fresh = inbound.count - creditedEarly
    guard fresh > 0, !isClosed else { return }
    creditedEarly += fresh
    connection.consume(id, bytes: fresh)
  }

  /// Drops what has come and will not be read; the peer gets its credit back.
  final func discardInput() {
    creditPartialMessage()
    creditedEarly = 0
    inbound.release()
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
      guard !prefix.isCompressed else {
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
    creditPartialMessage()
    return .empty
  }

  /// Whether messages that came before a failure are still handed out: on the client they are.
  var deliversInputAfterFailure: Bool { false }

  private func take(
    _ prefix: MessagePrefix, _ body: (RawSpan) throws(RPCError) -> Void
  ) throws(RPCError) {
    let whole = MessagePrefix.byteCount + prefix.payloadBytes
    let result = unsafe inbound.withBytes { bytes -> Result<Void, RPCError> in
      let payload = unsafe UnsafeRawBufferPointer(
        rebasing: bytes[MessagePrefix.byteCount..<whole])
      do throws(RPCError) { return .success(try body(unsafe payload.bytes)) } catch {
        return .failure(error)
      }
    }
    inbound.consume(whole)
    let early = min(creditedEarly, whole)
    creditedEarly -= early
    if whole > early, !isClosed { connection.consume(id, bytes: whole - early) }
    try result.get()
  }

  package func waitReadable() async throws(RPCError) {
    assertOnLoop()
    guard readWaiter == nil else { throw RPCError(.aborted, "two tasks read one call") }
    await withTaskCancellationHandler {
      await withCheckedContinuation { readWaiter = $0 }
    } onCancel: {
      connection.loop.execute { [self] in wakeReader() }
    }
    if Task.isCancelled { throw failure ?? RPCError(.cancelled, "the reading task was cancelled") }
  }

  // MARK: Output

  package func append(_ message: RawSpan) throws(RPCError) -> Bool {
    assertOnLoop()
    if let failure { throw failure }
    guard !hasOutputEnded else { throw RPCError(.internal, "a message after the call's end") }
    let length = UInt32(message.byteCount)
    outbound.append(0)
    for shift: UInt32 in [24, 16, 8, 0] {
      outbound.append(UInt8(truncatingIfNeeded: length >> shift))
    }
    unsafe message.withUnsafeBytes { unsafe outbound.append($0) }
    outputChanged()
    return outbound.count < connection.limits.streamOutputBytesMax
  }

  package func waitWritable() async throws(RPCError) {
    assertOnLoop()
    if let failure { throw failure }
    guard outbound.count >= connection.limits.streamOutputBytesMax else { return }
    guard writeWaiter == nil else { throw RPCError(.aborted, "two tasks write to one call") }
    await withTaskCancellationHandler {
      await withCheckedContinuation { writeWaiter = $0 }
    } onCancel: {
      connection.loop.execute { [self] in wakeWriter() }
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

  final var outboundBytes: Int { outbound.count }

  final func dropOutput() { outbound.release() }

  /// Feeds a DATA frame; called by nghttp2 while it sends.
  final func produceData(into room: UnsafeMutableRawBufferPointer) -> DataProgress {
    let count = min(outbound.count, room.count)
    if count > 0 {
      unsafe outbound.withBytes { bytes in
        unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
      outbound.consume(count)
      if outbound.count < connection.limits.streamOutputBytesMax / 2 { wakeWriter() }
    }
    if outbound.isEmpty, hasOutputEnded { return bodyEnded(count) }
    return count > 0 ? .bytes(count) : .deferred
  }

  /// What ends the body: trailers, or the end of the stream.
  func bodyEnded(_ count: Int) -> DataProgress { .last(count, endsStream: true) }

  // MARK: The end

  /// Ends the call for whoever reads or writes it.
  final func fail(with error: RPCError) {
    guard failure == nil else { return }
    failure = error
    outbound.release()
    wakeReader()
    wakeWriter()
  }

  /// The stream is gone: nothing can be sent or credited any more.
  func closed(code: UInt32) { isClosed = true }
}
