/// A method and the code that serves it. An object, because every call carries it along.
public final class RPCMethod: Sendable {
  public let descriptor: MethodDescriptor
  /// Serves one call. A method that takes one request starts when that request is whole, the
  /// others as soon as the call's headers are in. Runs on the call's executor.
  public let serve: @Sendable (any ServerCall) -> Void
  /// The place among a server's methods; the router's.
  package let number: Int

  public convenience init(
    _ descriptor: MethodDescriptor, serve: @escaping @Sendable (any ServerCall) -> Void
  ) {
    self.init(descriptor, number: 0, serve: serve)
  }

  package init(
    _ descriptor: MethodDescriptor, number: Int,
    serve: @escaping @Sendable (any ServerCall) -> Void
  ) {
    self.descriptor = descriptor
    self.number = number
    self.serve = serve
  }
}

/// A service: its methods, ready to be routed to.
public protocol RPCService: Sendable {
  /// Every method of the service with this instance behind it.
  var methods: [RPCMethod] { get }
}

extension RPCMethod {
  /// One request, one response.
  @inlinable
  public static func unary<Request: RPCMessage, Response: RPCMessage>(
    _ descriptor: MethodDescriptor,
    _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
  ) -> RPCMethod {
    RPCMethod(descriptor) { call in
      guard let request: Request = onlyRequest(of: call) else { return }
      call.run {
        do {
          let response = try await handler(request, ServerContext(call))
          _ = try response.append(to: call)
          call.finish(.ok)
        } catch { call.fail(RPCError(handlerError: error)) }
      }
    }
  }

  /// One request, any number of responses.
  @inlinable
  public static func serverStream<Request: RPCMessage, Response: RPCMessage>(
    _ descriptor: MethodDescriptor,
    _ handler:
      @escaping @Sendable (Request, MessageWriter<Response>, ServerContext) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(descriptor) { call in
      guard let request: Request = onlyRequest(of: call) else { return }
      call.run {
        do {
          try await handler(request, MessageWriter(call), ServerContext(call))
          call.finish(.ok)
        } catch { call.fail(RPCError(handlerError: error)) }
      }
    }
  }

  /// Any number of requests, one response.
  @inlinable
  public static func clientStream<Request: RPCMessage, Response: RPCMessage>(
    _ descriptor: MethodDescriptor,
    _ handler:
      @escaping @Sendable (MessageStream<Request>, ServerContext) async throws -> Response
  ) -> RPCMethod {
    RPCMethod(descriptor) { call in
      call.run {
        do {
          let response = try await handler(MessageStream(call), ServerContext(call))
          _ = try response.append(to: call)
          call.finish(.ok)
        } catch { call.fail(RPCError(handlerError: error)) }
      }
    }
  }

  /// Any number of messages both ways.
  @inlinable
  public static func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ descriptor: MethodDescriptor,
    _ handler:
      @escaping @Sendable (MessageStream<Request>, MessageWriter<Response>, ServerContext)
      async throws -> Void
  ) -> RPCMethod {
    RPCMethod(descriptor) { call in
      call.run {
        do {
          try await handler(MessageStream(call), MessageWriter(call), ServerContext(call))
          call.finish(.ok)
        } catch { call.fail(RPCError(handlerError: error)) }
      }
    }
  }
}

extension RPCMethod {
  /// The one request of a call that is whole; nil when it is not valid, and the call has ended.
  ///
  /// Static, for as a member of the protocol it would be generic over whoever conforms, and never
  /// specialized.
  @inlinable
  static func onlyRequest<Request: RPCMessage>(of call: any ServerCall) -> Request? {
    do throws(RPCError) {
      var request: Request?
      let outcome = try call.poll { bytes throws(RPCError) in
        do throws(MessageError) { request = try Request(serializedBytes: bytes) } catch {
          throw error.rpcError
        }
      }
      guard outcome == .message, let request else {
        throw RPCError(.unimplemented, "the call needs one request message")
      }
      return request
    } catch {
      call.fail(error)
      return nil
    }
  }
}
