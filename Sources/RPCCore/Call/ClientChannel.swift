/// What a caller asks of one call.
public struct CallOptions: Sendable {
  /// How long the caller waits; nil means for ever.
  public var timeout: Duration?
  public var metadata: Metadata

  public init(timeout: Duration? = nil, metadata: Metadata = [:]) {
    self.timeout = timeout
    self.metadata = metadata
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
public protocol ClientChannel: Sendable {
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
    let call = try await start(method, options: options)
    return try await call.exchanging { () async throws(RPCError) -> Response in
      _ = try call.append(request)
      call.endRequests()
      return try await Self.onlyResponse(of: call)
    }
  }

  /// One request, any number of responses, handed to `body` as they come.
  public func serverStream<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions,
    _ body: @escaping @Sendable (MessageStream<Response>) async throws(RPCError) -> Void
  ) async throws(RPCError) {
    let call = try await start(method, options: options)
    try await call.exchanging { () async throws(RPCError) in
      _ = try call.append(request)
      call.endRequests()
      try await body(MessageStream(call))
    }
  }

  /// Any number of requests, written by `body`, one response.
  public func clientStream<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, options: CallOptions,
    _ body: @escaping @Sendable (MessageWriter<Request>) async throws(RPCError) -> Void
  ) async throws(RPCError) -> Response {
    let call = try await start(method, options: options)
    return try await call.exchanging { () async throws(RPCError) -> Response in
      try await body(MessageWriter(call))
      call.endRequests()
      return try await Self.onlyResponse(of: call)
    }
  }

  /// Any number of messages both ways.
  ///
  /// The request side ends when `body` says so through the handle it is given, or returns.
  public func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, options: CallOptions,
    _ body:
      @escaping @Sendable (MessageStream<Response>, MessageWriter<Request>, any ClientCall)
      async throws(RPCError) -> Void
  ) async throws(RPCError) {
    let call = try await start(method, options: options)
    try await call.exchanging { () async throws(RPCError) in
      try await body(MessageStream(call), MessageWriter(call), call)
      call.endRequests()
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
  /// Runs a call's exchange where the call lives; an exchange that leaves early, by error or by
  /// cancellation of the caller's task, resets the stream.
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
      if case .failure = result { cancel() }
      return try result.get()
    }
  }

  private nonisolated func cancelFromAnywhere() {
    if isOnExecutor { return cancel() }
    Task.detached(executorPreference: executor) { [self] in cancel() }
  }
}
