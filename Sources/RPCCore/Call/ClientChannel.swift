/// What a caller asks of one call.
public struct CallOptions: Sendable {
  /// How long the caller waits; nil means for ever.
  public var timeout: Duration?
  public var metadata: Metadata
  /// Whether the call outlasts failed attempts to connect, up to its timeout; otherwise the first
  /// that fails ends it UNAVAILABLE (gRPC wait-for-ready).
  public var waitsForReady: Bool
  /// How requests are encoded; a server that cannot read it answers UNIMPLEMENTED.
  public var encoding: MessageEncoding

  public init(
    timeout: Duration? = nil, metadata: Metadata = [:], waitsForReady: Bool = false,
    encoding: MessageEncoding = .identity
  ) {
    self.timeout = timeout
    self.metadata = metadata
    self.waitsForReady = waitsForReady
    self.encoding = encoding
  }
}

/// One call on the client.
public protocol ClientCall: CallStream {
  /// Ends the request side: no message follows.
  func endRequests()
  /// Gives the call up; the server sees RST_STREAM(CANCEL).
  func cancel()
  /// What came with the response headers; empty before.
  var initialMetadata: Metadata { get }
  /// What came after the status; empty before.
  var trailers: Metadata { get }
}

/// Where calls are made: a connection, or several.
///
/// The verbs below make a whole call where the channel lives, so that a caller elsewhere goes there
/// and back once.
public protocol ClientChannel: ExecutorBound {
  /// Starts a call.
  ///
  /// - Throws: UNAVAILABLE when no connection could be had in time, and nothing was sent.
  func start(
    _ method: MethodDescriptor, options: CallOptions
  ) async throws(RPCError) -> any ClientCall
}

extension ClientChannel {
  /// One request, one response.
  public func unary<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions
  ) async throws(RPCError) -> Response {
    try await exchange(method, options) { call async throws(RPCError) -> Response in
      _ = try request.append(to: call)
      call.endRequests()
      return try await Self.onlyResponse(of: call)
    }
  }

  /// One request, any number of responses, handed to `body` as they come.
  ///
  /// The call is given up when `body` returns before the responses have ended.
  public func serverStream<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions,
    _ body: @escaping @Sendable (MessageStream<Response>) async throws(RPCError) -> Void
  ) async throws(RPCError) {
    try await exchange(method, options) { call async throws(RPCError) in
      _ = try request.append(to: call)
      call.endRequests()
      try await body(MessageStream(call))
    }
  }

  /// Any number of requests, written by `body`, one response.
  public func clientStream<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, options: CallOptions,
    _ body: @escaping @Sendable (MessageWriter<Request>) async throws(RPCError) -> Void
  ) async throws(RPCError) -> Response {
    try await exchange(method, options) { call async throws(RPCError) -> Response in
      try await body(MessageWriter(call))
      call.endRequests()
      return try await Self.onlyResponse(of: call)
    }
  }

  /// Any number of messages both ways.
  ///
  /// The request side ends when `body` says so through the handle it is given; the call is given up
  /// when `body` returns before the responses have ended.
  public func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, options: CallOptions,
    _ body:
      @escaping @Sendable (MessageStream<Response>, MessageWriter<Request>, any ClientCall)
      async throws(RPCError) -> Void
  ) async throws(RPCError) {
    try await exchange(method, options) { call async throws(RPCError) in
      try await body(MessageStream(call), MessageWriter(call), call)
    }
  }

  /// Makes a call from its start to its end where the channel lives.
  private func exchange<Value: Sendable>(
    _ method: MethodDescriptor, _ options: CallOptions,
    _ exchange: @escaping @Sendable (any ClientCall) async throws(RPCError) -> Value
  ) async throws(RPCError) -> Value {
    try await onExecutor { [self] () async throws(RPCError) -> Value in
      let call = try await start(method, options: options)
      return try await call.exchanging { () async throws(RPCError) -> Value in
        try await exchange(call)
      }
    }
  }

  private static func onlyResponse<Response: RPCMessage>(
    of call: any ClientCall
  ) async throws(RPCError) -> Response {
    let responses = MessageStream<Response>(call)
    guard let response = try await responses.next() else {
      throw RPCError(.unimplemented, "the server answered OK without a message")
    }
    guard try await responses.next() == nil else {
      throw RPCError(.unimplemented, "the server answered with more than one message")
    }
    return response
  }
}

extension ClientCall {
  /// Runs a call's exchange where the call lives; one that leaves before the call has ended, by
  /// its own will, by error or by cancellation of the caller's task, gives the call up.
  package func exchanging<Value: Sendable>(
    _ exchange: sending @escaping () async throws(RPCError) -> Value
  ) async throws(RPCError) -> Value {
    try await onExecutor { [self] () async throws(RPCError) -> Value in
      let result = await withTaskCancellationHandler {
        do throws(RPCError) {
          return Result<Value, RPCError>.success(try await exchange())
        } catch { return Result<Value, RPCError>.failure(error) }
      } onCancel: {
        cancelFromAnywhere()
      }
      cancel()
      return try result.get()
    }
  }

  private nonisolated func cancelFromAnywhere() {
    if isOnExecutor { return cancel() }
    Task.detached(executorPreference: executor) { [self] in cancel() }
  }
}
