internal import CNGHTTP2
package import RPCCore

/// Who places the calls of a channel on connections.
package protocol ClientCallHost: AnyObject, Sendable {
  /// A call that no server has looked at needs a connection again.
  func startAgain(_ stream: ClientStream)
  /// A call that waited for a connection waits no more.
  func stoppedWaiting(_ stream: ClientStream)
}

/// One call on the client, from its start to its status: it may wait for a connection, and start
/// over on another one when the server says that it did not look at it (gRFC A6, transparent
/// retries).
package final class ClientStream: HTTP2Stream, ClientCall, @unchecked Sendable {
  private enum Phase {
    /// No connection has taken the call.
    case waiting
    /// The request is on its way; nothing was answered.
    case asked
    /// The answer's head is in.
    case answered
    case over
  }

  /// Kept alive by the call, and with it the loop.
  private let host: any ClientCallHost
  private let path: String
  private let metadata: Metadata
  /// Whether the call outlasts failed attempts to connect.
  package let waitsForReady: Bool
  /// The call's place among those that wait; the host's.
  package var waitingNumber: UInt64 = 0
  private var phase = Phase.waiting
  /// The header block that is coming in.
  private var head: ResponseHead
  private var answerHead: ResponseHead?
  private var trailersHead: ResponseHead?
  private var startWaiter: CheckedContinuation<Void, Never>?
  private(set) var mayHaveLeft = false
  private var hasSentEnd = false
  private var wasTurnedAway = false

  package init(
    _ method: MethodDescriptor, metadata: Metadata, waitsForReady: Bool,
    encoding: MessageEncoding = .identity, host: any ClientCallHost, limits: HTTP2Limits,
    on loop: any EventLoop
  ) {
    self.host = host
    self.waitsForReady = waitsForReady
    self.metadata = metadata
    path = method.path
    head = ResponseHead(listBytesMax: limits.headerListBytesMax)
    super.init(limits: limits, on: loop)
    outboundEncoding = encoding
    keepSentOutput()
  }

  package var initialMetadata: Metadata { answerHead?.metadata ?? [:] }
  package var trailers: Metadata { trailersHead?.metadata ?? [:] }

  /// Ends the call when its caller stops waiting.
  package func setDeadline(_ moment: MonotonicInstant) { arm(moment) }

  // MARK: The request

  /// Sends the call's head on a connection.
  ///
  /// - Returns: false when the connection has no stream left to give.
  package func submit(on connection: ClientConnection) -> Bool {
    var fields = HeaderBlock()
    fields.append(":method", "POST")
    fields.append(":scheme", connection.scheme.utf8)
    fields.append(":path", path.utf8)
    fields.append(":authority", connection.authority.utf8)
    fields.append("te", "trailers")
    if let deadline {
      let left = deadline.since(loop.now).nanoseconds
      fields.append("grpc-timeout", GRPCTimeout.format(nanoseconds: left).utf8)
    }
    fields.append("content-type", "application/grpc")
    if outboundEncoding == .gzip { fields.append("grpc-encoding", "gzip") }
    fields.append("grpc-accept-encoding", MessageEncoding.accepted)
    fields.append("user-agent", connection.userAgent.utf8)
    fields.append(metadata)
    let room = min(connection.headerListPeerTakes, StatusBlock.most)
    guard fields.listSize <= room else {
      // It would never leave, and be begun again and again.
      endEarly(
        RPCError(
          .resourceExhausted,
          "the request's metadata is of \(fields.listSize) bytes, and the server takes \(room)"))
      return true
    }
    guard let id = connection.submitRequest(fields, body: self) else { return false }
    open(on: connection, id: id)
    phase = .asked
    wakeStarter()
    return true
  }

  /// Returns when a connection has taken the call.
  ///
  /// - Throws: why none did; CANCELLED when the waiting task is cancelled.
  package func waitStarted() async throws(RPCError) {
    assertOnLoop()
    if isWaiting {
      await withTaskCancellationHandler {
        await withCheckedContinuation { waiter in
          // The handler's operation may have been put behind other work of the loop.
          if isWaiting, !Task.isCancelled { startWaiter = waiter } else { waiter.resume() }
        }
      } onCancel: {
        loop.execute { [self] in cancel() }
      }
      // It may wait again already, for another connection; that is for whoever reads to wait out.
      if Task.isCancelled { cancel() }
    }
    // A call that a server has begun to answer says so to whoever reads it.
    if let failure, connection == nil { throw failure }
  }

  private var isWaiting: Bool {
    if case .waiting = phase { true } else { false }
  }

  private func wakeStarter() {
    if let waiter = startWaiter {
      startWaiter = nil
      waiter.resume()
    }
  }

  /// The request's head is about to leave: from here on the server may have seen the call.
  func headIsLeaving() { mayHaveLeft = true }

  override func outputChanged() { resume() }

  package func endRequests() {
    assertOnLoop()
    guard !hasOutputEnded else { return }
    endOutput()
    resume()
  }

  private func resume() {
    if let connection, !isClosed { connection.resume(id) }
  }

  override func bodyEnded(_ count: Int) -> DataProgress {
    hasSentEnd = true
    return .last(count, endsStream: true)
  }

  // MARK: The answer

  override func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    -> RequestHead.Outcome
  {
    unsafe head.add(name: Span(_unsafeBytes: name), value: Span(_unsafeBytes: value))
    return .taken
  }

  override func headWasReceived(endsStream: Bool) {
    let block = head
    head = ResponseHead(listBytesMax: limits.headerListBytesMax)
    let isTrailers: Bool
    switch phase {
    case .waiting, .over: return
    case .asked: isTrailers = false
    case .answered: isTrailers = true
    }
    switch block.verdict(isTrailers: isTrailers, endsStream: endsStream) {
    case .interim: return
    case .messages:
      phase = .answered
      answerHead = block
      inboundEncoding = block.encoding
      forgetSentOutput()
    case .end(let status):
      trailersHead = block
      end(status, endsStream: endsStream)
    }
  }

  override func inputEnded() {
    super.inputEnded()
    switch phase {
    case .asked, .answered: end(ResponseHead.noStatus, endsStream: true)
    case .waiting, .over: return
    }
  }

  override var deliversInputAfterFailure: Bool { true }

  // MARK: The end

  /// The server has said how the call went.
  private func end(_ status: Status, endsStream: Bool) {
    phase = .over
    disarm()
    if status.code == .ok {
      discardOutput()
    } else {
      fail(with: RPCError(status, trailers: trailers))
    }
    if !hasInputEnded { super.inputEnded() }
    if !endsStream {
      connection?.reset(id, code: NGHTTP2_CANCEL.rawValue)
    } else if !hasSentEnd {
      // Unless the server itself resets the stream in what it has sent already (RFC 9113 §8.1).
      (connection as? ClientConnection)?.resetLater(id)
    }
  }

  package override func endEarly(_ error: RPCError) {
    switch phase {
    case .over: return
    case .waiting: host.stoppedWaiting(self)
    case .asked, .answered:
      if !isClosed { connection?.reset(id, code: NGHTTP2_CANCEL.rawValue) }
    }
    phase = .over
    disarm()
    fail(with: error)
    wakeStarter()
  }

  package func cancel() {
    assertOnLoop()
    guard failure == nil else { return }
    endEarly(RPCError(.cancelled, "the caller gave the call up"))
    discardInput()
  }

  override func closed(_ closure: StreamClosure) {
    super.closed(closure)
    switch phase {
    case .waiting, .over: return
    case .asked, .answered: break
    }
    if canStartAgain(closure) {
      if mayHaveLeft { wasTurnedAway = true }
      mayHaveLeft = false
      hasSentEnd = false
      head = ResponseHead(listBytesMax: limits.headerListBytesMax)
      phase = .waiting
      reopen()
      return host.startAgain(self)
    }
    endEarly(error(closure))
  }

  /// Whether no server has looked at the call: it never left, or the server turned it away, which
  /// is believed once (gRFC A6).
  private func canStartAgain(_ closure: StreamClosure) -> Bool {
    guard case .asked = phase, keepsSentOutput else { return false }
    if !mayHaveLeft { return true }
    switch closure {
    case .code(NGHTTP2_REFUSED_STREAM.rawValue): return !wasTurnedAway
    case .code, .connectionLost: return false
    }
  }

  private func error(_ closure: StreamClosure) -> RPCError {
    switch closure {
    case .connectionLost: return RPCError(.unavailable, "the connection was lost")
    case .code(let code):
      if code == NGHTTP2_CANCEL.rawValue, let deadline, deadline <= loop.now {
        // The server watches the same deadline, and its reset may come first.
        return RPCError(.deadlineExceeded, "the deadline passed")
      }
      return RPCError(StatusCode(resetCode: code), "the server reset the stream with code \(code)")
    }
  }
}
