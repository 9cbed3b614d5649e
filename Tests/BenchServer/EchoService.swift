import BenchAPI
import RPCCore

/// The least that a service can do, so that what is measured is the server.
struct EchoService: EchoServiceProtocol {
  private static let payloadBytesMax: UInt32 = 1_048_576
  private static let batchMessagesMax = 256

  func echo(_ request: EchoRequest, context: ServerContext) async throws -> EchoResponse {
    EchoResponse(payload: request.payload)
  }

  func ingest(
    _ requests: MessageStream<IngestRequest>, context: ServerContext
  ) async throws -> IngestResponse {
    var response = IngestResponse()
    while true {
      let batch = try await requests.nextBatch(max: Self.batchMessagesMax)
      guard !batch.isEmpty else { return response }
      response.messages += UInt64(batch.count)
      for message in batch { response.payloadBytes += UInt64(message.payload.count) }
    }
  }

  func emit(
    _ request: EmitRequest, responses: MessageWriter<EmitResponse>, context: ServerContext
  ) async throws {
    guard request.payloadBytes <= Self.payloadBytesMax else {
      throw RPCError(.invalidArgument, "payload_bytes is at most \(Self.payloadBytesMax)")
    }
    let response = EmitResponse(
      payload: [UInt8](repeating: 0x78, count: Int(request.payloadBytes)))
    for _ in 0..<request.messages { try await responses.write(response) }
  }

  func exchange(
    _ requests: MessageStream<ExchangeRequest>, responses: MessageWriter<ExchangeResponse>,
    context: ServerContext
  ) async throws {
    for try await request in requests {
      try await responses.write(ExchangeResponse(payload: request.payload))
    }
  }
}
