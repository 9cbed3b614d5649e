import Glibc
import InteropAPI
import RPCCore

/// `grpc.testing.TestService`: every call does what its request says.
///
/// - Source: gRPC, "Interoperability Test Case Descriptions", "Server".
struct TestService: TestServiceServiceProtocol {
  /// Responses that one half-duplex call may ask for before it is served.
  private static let heldResponsesMax = 10_000
  /// How long a proxy may keep a cacheable response.
  private static let cacheControl = "max-age=60, public"

  private let identity = InstanceIdentity()

  func emptyCall(_ request: Empty, context: ServerContext) async throws -> Empty {
    await EchoedMetadata.send(context)
    return Empty()
  }

  func unaryCall(
    _ request: SimpleRequest, context: ServerContext
  ) async throws -> SimpleResponse {
    await EchoedMetadata.send(context)
    try await Compression.check(request.expectCompressed, context)
    try request.responseStatus?.throwUnlessOK()
    await Compression.prepare([request.responseCompressed], context)
    var response = SimpleResponse(
      payload: try .zeros(request.responseSize, request.responseType), hostname: identity.hostname)
    // A plaintext caller has no name and no scope: `username` and `oauth_scope` stay empty.
    if request.fillServerID { response.serverID = identity.serverID }
    return response
  }

  /// Ignores the request; the response differs each time, so a copy out of a cache is known as one.
  func cacheableUnaryCall(
    _ request: SimpleRequest, context: ServerContext
  ) async throws -> SimpleResponse {
    var metadata = EchoedMetadata.initial(context.metadata)
    try metadata.append(Self.cacheControl, forKey: "cache-control")
    await context.setInitialMetadata(metadata)
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let nanoseconds = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    return SimpleResponse(payload: Payload(body: Array(String(nanoseconds).utf8)))
  }

  func streamingOutputCall(
    _ request: StreamingOutputCallRequest, responses: MessageWriter<StreamingOutputCallResponse>,
    context: ServerContext
  ) async throws {
    await EchoedMetadata.send(context)
    try request.responseStatus?.throwUnlessOK()
    try await send(request, responses, context)
  }

  func streamingInputCall(
    _ requests: MessageStream<StreamingInputCallRequest>, context: ServerContext
  ) async throws -> StreamingInputCallResponse {
    await EchoedMetadata.send(context)
    var bytes = 0
    for try await request in requests {
      try await Compression.check(request.expectCompressed, context)
      bytes += request.payload?.body.count ?? 0
    }
    return StreamingInputCallResponse(aggregatedPayloadSize: Int32(clamping: bytes))
  }

  func fullDuplexCall(
    _ requests: MessageStream<StreamingOutputCallRequest>,
    responses: MessageWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    await EchoedMetadata.send(context)
    for try await request in requests {
      if let status = request.responseStatus { return try status.throwUnlessOK() }
      try await send(request, responses, context)
    }
  }

  func halfDuplexCall(
    _ requests: MessageStream<StreamingOutputCallRequest>,
    responses: MessageWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    await EchoedMetadata.send(context)
    var held: [StreamingOutputCallRequest] = []
    var asked = 0
    for try await request in requests {
      if let status = request.responseStatus { return try status.throwUnlessOK() }
      asked += request.responseParameters.count
      guard asked <= Self.heldResponsesMax, held.count < Self.heldResponsesMax else {
        throw RPCError(
          .resourceExhausted, "at most \(Self.heldResponsesMax) responses are held back")
      }
      // What is kept until the end is what is needed then.
      held.append(
        StreamingOutputCallRequest(
          responseType: request.responseType, responseParameters: request.responseParameters))
    }
    for request in held { try await send(request, responses, context) }
  }

  /// One response for each of the parameters, each after its interval.
  private func send(
    _ request: StreamingOutputCallRequest,
    _ responses: MessageWriter<StreamingOutputCallResponse>, _ context: ServerContext
  ) async throws {
    await Compression.prepare(request.responseParameters.map(\.compressed), context)
    for parameters in request.responseParameters {
      let response = StreamingOutputCallResponse(
        payload: try .zeros(parameters.size, request.responseType))
      if parameters.intervalUs > 0 {
        try await Task.sleep(for: .microseconds(parameters.intervalUs))
      }
      try await responses.write(
        response, compresses: Compression.isWished(parameters.compressed))
    }
  }
}
