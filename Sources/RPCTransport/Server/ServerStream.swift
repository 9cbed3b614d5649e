internal import CNGHTTP2
package import RPCCore

/// One call on the server: from its header block to its trailers.
package final class ServerStream: HTTP2Stream, ServerCall, @unchecked Sendable {
  private enum Phase {
    /// The header block is coming in.
    case head
    /// The one request message is coming in.
    case collecting(RPCMethod)
    /// The method is at work, or has been.
    case serving(RPCMethod)
    /// Nothing is served: the answer was given from the header block.
    case refused
  }

  // Exclusivity needs no checks at run time: all of this is touched on the loop alone, and no
  // access is open while other code runs.
  /// Kept alive by the stream's own ``HTTP2Stream/connection`` until the call's object is let go of.
  @safe @exclusivity(unchecked) private unowned(unsafe) var server: ServerConnection
  @safe @exclusivity(unchecked) private var phase = Phase.head
  private let head: RequestHead
  @safe @exclusivity(unchecked) private var task: HandlerTask?
  @safe @exclusivity(unchecked) private var initialMetadata = Metadata()
  @safe @exclusivity(unchecked) private var trailers = Metadata()
  @safe @exclusivity(unchecked) private var status: Status?
  @safe @exclusivity(unchecked) private var haveHeadersLeft = false
  @safe @exclusivity(unchecked) private var hiddenKeys: [String] = []
  /// How many interceptors let the call in; those hear of its end.
  @safe @exclusivity(unchecked) private var interceptorsPassed = 0
  @safe @exclusivity(unchecked) package var principal: Principal?

  init(_ connection: ServerConnection) {
    server = connection
    head = RequestHead(listBytesMax: connection.limits.headerListBytesMax)
    super.init(limits: connection.limits, on: connection.loop)
  }

  /// Drops what an ended call held, and keeps its buffers.
  override func letGo() {
    super.letGo()
    phase = .refused
    head.removeAll()
    initialMetadata = Metadata()
    trailers = Metadata()
    status = nil
    haveHeadersLeft = false
    interceptorsPassed = 0
    if !hiddenKeys.isEmpty { hiddenKeys.removeAll() }
    principal = nil
  }

  /// Makes an ended call's object that of a new one.
  func startOver(on connection: ServerConnection) {
    server = connection
    phase = .head
    messageBytesMax = limits.messageBytesMax
  }

  package var method: MethodDescriptor {
    switch phase {
    case .collecting(let method), .serving(let method): method.descriptor
    case .head, .refused: preconditionFailure("a call without a method was asked for it")
    }
  }

  package var methodNumber: Int {
    switch phase {
    case .collecting(let method), .serving(let method): method.number
    case .head, .refused: preconditionFailure("a call without a method was asked for it")
    }
  }

  package var loopNumber: Int { loop.number }
  package var startedAt: MonotonicInstant { openedAt }
  package var now: MonotonicInstant { loop.now }
  package var metadata: Metadata {
    var metadata = head.metadata
    for key in hiddenKeys { metadata.removeAll(forKey: key) }
    return metadata
  }
  package var hasCredentials: Bool { head.hasCredentials }
  package var peer: PeerConnection { server.peer }
  package var connectionNotes: ConnectionNotes {
    get { server.notes }
    _modify { yield &server.notes }
  }
  package var messageCounts: MessageCounts { counts }

  package func addMeter(_ meter: any MessageMeter) { meters.append(meter) }

  package func removeMetadata(forKey key: String) { hiddenKeys.append(key) }

  package func limitDeadline(to moment: MonotonicInstant) {
    guard status == nil, deadline.map({ moment < $0 }) ?? true else { return }
    arm(moment)
  }

  /// One timer of the connection watches over all of its calls: most deadlines never pass.
  override func watch(_ deadline: MonotonicInstant) { server.watch(deadline) }

  /// The deadline of a call that has not ended.
  var openDeadline: MonotonicInstant? { status == nil ? deadline : nil }

  // MARK: The request

  override func add(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) -> RequestHead.Outcome {
    unsafe head.add(name: Span(_unsafeBytes: name), value: Span(_unsafeBytes: value))
  }

  override func add(_ effect: RequestHead.Effect, listBytes: Int) -> Bool {
    head.add(effect, listBytes: listBytes)
  }

  /// Judges the header block and routes the call.
  override func headWasReceived(endsStream: Bool) {
    if head.isTooLarge { server.largeHeadersReceived() }
    if head.droppedFieldCount > 0 {
      server.definition.protections.countDropped(metadata: head.droppedFieldCount)
    }
    switch head.verdict {
    case .notGRPC(let httpStatus): refuse(httpStatus: httpStatus)
    case .refused(let status): refuse(status)
    case .call:
      let path = head.path
      guard let method = server.definition.router.method(at: path.span) else {
        let text = String(decoding: path.prefix(256), as: UTF8.self)
        return refuse(Status(.unimplemented, "no method is served at \(text)"))
      }
      begin(method)
    }
  }

  private func begin(_ method: RPCMethod) {
    if let max = method.descriptor.requestBytesMax { messageBytesMax = max }
    inboundEncoding = head.encoding
    phase = .collecting(method)
    if let refusal = refusalByInterceptors() { return fail(refusal) }
    if let span = head.timeoutNanoseconds { limitDeadline(to: now.advanced(byNanoseconds: span)) }
    guard status == nil, method.descriptor.type.streamsRequests else { return }
    phase = .serving(method)
    method.serve(self)
  }

  private func refusalByInterceptors() -> RPCError? {
    for interceptor in server.definition.interceptors {
      do throws(RPCError) { try interceptor.callBegan(self) } catch { return error }
      // A limit that it set may have passed already, and ended the call for those before it.
      if let status {
        interceptor.callEnded(self, with: status)
        return nil
      }
      interceptorsPassed += 1
    }
    return nil
  }

  /// The status is final.
  private func end(with status: Status) {
    self.status = status
    task = nil
    disarm()
    if status.code == .ok { end.call = .succeeded }
    guard interceptorsPassed > 0 else { return }
    let interceptors = server.definition.interceptors
    while interceptorsPassed > 0 {
      interceptorsPassed -= 1
      interceptors[interceptorsPassed].callEnded(self, with: status)
    }
  }

  override func inputChanged() {
    switch phase {
    case .head, .refused: discardInput()
    case .serving: wakeReader()
    case .collecting(let method): collect(method)
    }
    if status != nil { discardInput() }
  }

  /// Ends a call whose caller stopped in the middle: neither its request nor our answer moves on.
  ///
  /// - Parameter moment: what has not moved since then is stuck.
  func endIfStuck(since moment: MonotonicInstant) {
    guard !isClosed else { return }
    // A request that comes byte by byte moves, and is stuck all the same.
    if case .collecting = phase, status == nil, openedAt < moment {
      return endEarly(
        RPCError(.deadlineExceeded, "the request message did not arrive in time"))
    }
    guard outboundBytes > 0, movedAt < moment else { return }
    // The caller gives no window: what waits for it would wait for ever.
    if status == nil {
      endEarly(RPCError(.unavailable, "the caller does not read its responses"))
    } else {
      server.reset(id, code: NGHTTP2_CANCEL.rawValue)
    }
  }

  /// Waits until the one request is whole and the caller has ended its side, then serves it.
  private func collect(_ method: RPCMethod) {
    do throws(RPCError) {
      guard let prefix = try headPrefix() else {
        return try requireInput(hasInputEnded && inboundBytes > 0)
      }
      let whole = MessagePrefix.byteCount + prefix.payloadBytes
      if inboundBytes > whole {
        throw RPCError(.unimplemented, "the method takes one request message")
      }
      guard inboundBytes == whole else {
        creditPartialMessage()
        return try requireInput(hasInputEnded)
      }
      guard hasInputEnded else { return }
      phase = .serving(method)
      method.serve(self)
    } catch { fail(error) }
  }

  private func requireInput(_ isTruncated: Bool) throws(RPCError) {
    if isTruncated {
      throw RPCError(.internal, "the stream ended in the middle of a message")
    }
    if hasInputEnded { throw RPCError(.unimplemented, "the method needs one request message") }
  }

  // MARK: The handler

  package func run(_ work: @escaping @Sendable () async -> Void) {
    server.handlerStarted()
    let task = server.pool.run(work, for: self)
    if status == nil { self.task = task }
  }

  /// - Returns: where the task that served the call may wait for another.
  func handlerEnded() -> CallPool {
    server.handlerEnded()
    return server.pool
  }

  /// Ends the call before its handler does, and cancels the handler.
  package override func endEarly(_ error: RPCError) {
    guard status == nil else { return }
    let hadOutput = outboundBytes > 0
    fail(with: error)
    task?.cancel()
    if hadOutput {
      // Part of a message may be on its way: trailers behind it would make it look whole.
      end(with: error.status)
      server.reset(id, code: NGHTTP2_CANCEL.rawValue)
    } else {
      finish(error.status)
    }
  }

  override func closed(_ closure: StreamClosure) {
    super.closed(closure)
    disarm()
    if case .code(let code) = closure, code == NGHTTP2_NO_ERROR.rawValue, status != nil {
      end.isInOrder = true
    }
    if principal != nil { server.lastCaller = principal?.name }
    defer { if case .connectionLost = closure { server.account(for: self) } }
    guard status == nil else { return }
    // Its header block was never whole.
    if case .head = phase { isNoCall() }
    fail(with: RPCError(.cancelled, "the caller gave the call up"))
    task?.cancel()
    end(with: Status(.cancelled))
  }

  // MARK: The response

  package func encodeResponses(_ encoding: MessageEncoding) {
    guard !haveHeadersLeft, encoding == .identity || head.acceptsGzip else { return }
    outboundEncoding = encoding
  }

  package var wasRequestCompressed: Bool { wasMessageCompressed }

  package func setInitialMetadata(_ metadata: Metadata) { initialMetadata = metadata }

  package func addTrailers(_ metadata: Metadata) {
    for element in metadata { trailers.appendUnchecked(element) }
  }

  package func sendInitialMetadata() {
    guard !haveHeadersLeft, status == nil, !isClosed else { return }
    haveHeadersLeft = true
    guard !initialMetadata.isEmpty || outboundEncoding != .identity else {
      return server.submitResponse(id, StaticFields.responseHead, body: self)
    }
    var fields = HeaderBlock()
    fields.append(":status", "200")
    fields.append("content-type", "application/grpc")
    if outboundEncoding == .gzip { fields.append("grpc-encoding", "gzip") }
    fields.append(initialMetadata)
    let room = server.headerListPeerTakes
    guard fields.listSize <= min(room, StatusBlock.most) else {
      haveHeadersLeft = false
      initialMetadata = Metadata()
      let error = StatusBlock.tooLarge(fields.listSize, room)
      fail(with: error)
      task?.cancel()
      return finish(error.status)
    }
    server.submitResponse(id, fields, body: self)
  }

  override func outputChanged() {
    guard !isClosed else { return }
    if haveHeadersLeft { server.resume(id) } else { sendInitialMetadata() }
  }

  package func finish(_ status: Status) {
    guard self.status == nil else { return }
    end(with: status)
    guard !isClosed else { return }
    endOutput()
    if haveHeadersLeft {
      server.resume(id)
    } else {
      haveHeadersLeft = true
      server.submitResponse(id, block(status, opening: initialMetadata), body: nil)
    }
    discardInput()
  }

  override func bodyEnded(_ count: Int) -> DataProgress {
    guard case .serving = phase, let status else { return .last(count, endsStream: true) }
    guard status.code != .ok || !status.message.isEmpty || !trailers.isEmpty else {
      server.submitTrailers(id, StaticFields.okTrailers)
      return .last(count, endsStream: false)
    }
    server.submitTrailers(id, block(status, opening: nil))
    return .last(count, endsStream: false)
  }

  private func block(_ status: Status, opening initialMetadata: Metadata?) -> HeaderBlock {
    StatusBlock.fields(
      status, opening: initialMetadata, trailers, room: server.headerListPeerTakes)
  }

  // MARK: Refusals

  private func refuse(_ status: Status) {
    phase = .refused
    if status.code == .unimplemented {
      // What there is instead, for a caller whose encoding is not known (PROTOCOL-HTTP2).
      initialMetadata.appendUnchecked(.init(key: "grpc-accept-encoding", value: "identity,gzip"))
    }
    finish(status)
  }

  private func isNoCall() {
    end.call = .none
    server.traffic.otherStreams += 1
  }

  /// Answers what is no gRPC call with a status and a line of text.
  private func refuse(httpStatus: Int) {
    isNoCall()
    phase = .refused
    status = Status(.unknown)
    haveHeadersLeft = true
    var fields = HeaderBlock()
    fields.append(":status", String(httpStatus).utf8)
    fields.append("content-type", "text/plain")
    if httpStatus == 405 { fields.append("allow", "POST") }
    appendText(httpStatus == 405 ? "gRPC calls are POST requests\n" : "expected application/grpc\n")
    endOutput()
    server.submitResponse(id, fields, body: self)
  }
}
