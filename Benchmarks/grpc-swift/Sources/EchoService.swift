import Foundation
import GRPCCore

/// The same service as `Tests/BenchServer`, on the generated code's simplest protocol.
struct EchoService: Topupd_Bench_V1_Echo.SimpleServiceProtocol {
  private static let payloadBytesMax: UInt32 = 1_048_576

  func echo(
    request: Topupd_Bench_V1_EchoRequest, context: ServerContext
  ) async throws -> Topupd_Bench_V1_EchoResponse {
    .with { $0.payload = request.payload }
  }

  func ingest(
    request: RPCAsyncSequence<Topupd_Bench_V1_IngestRequest, any Error>, context: ServerContext
  ) async throws -> Topupd_Bench_V1_IngestResponse {
    var response = Topupd_Bench_V1_IngestResponse()
    for try await message in request {
      response.messages += 1
      response.payloadBytes += UInt64(message.payload.count)
    }
    return response
  }

  func emit(
    request: Topupd_Bench_V1_EmitRequest, response: RPCWriter<Topupd_Bench_V1_EmitResponse>,
    context: ServerContext
  ) async throws {
    guard request.payloadBytes <= Self.payloadBytesMax else {
      throw RPCError(code: .invalidArgument, message: "payload_bytes is too large")
    }
    let message = Topupd_Bench_V1_EmitResponse.with {
      $0.payload = Data(repeating: 0x78, count: Int(request.payloadBytes))
    }
    for _ in 0..<request.messages { try await response.write(message) }
  }

  func exchange(
    request: RPCAsyncSequence<Topupd_Bench_V1_ExchangeRequest, any Error>,
    response: RPCWriter<Topupd_Bench_V1_ExchangeResponse>, context: ServerContext
  ) async throws {
    for try await message in request {
      try await response.write(.with { $0.payload = message.payload })
    }
  }
}
