import ProtobufRuntime
import RPCCore
import RPCServices
import Testing

@Suite struct ErrorDetailsTests {
  @Test func `details travel with a failure and are found by their type`() {
    let info = GoogleErrorInfo(reason: "INVALID_FIELD", domain: "topup.v1", metadata: ["k": "v"])
    let request = GoogleBadRequest(fieldViolations: [
      .init(field: "policy.amount", description: "must be positive")
    ])
    let error = RPCError(.invalidArgument, "wrong", details: [info, request])
    #expect(error.code == .invalidArgument)
    #expect(error.detail(GoogleErrorInfo.self) == info)
    #expect(error.detail(GoogleBadRequest.self) == request)
    #expect(error.detail(GoogleHelp.self) == nil)
  }

  @Test func `the status inside repeats code and message`() throws {
    let error = RPCError(.notFound, "gone", details: [])
    let bytes = try #require(error.trailers.bytes("grpc-status-details-bin"))
    #expect(bytes == [0x08, 0x05, 0x12, 0x04] + Array("gone".utf8))
  }

  @Test func `unreadable details hide nothing and give nothing`() {
    let error = RPCError(
      .aborted, "again", trailers: ["grpc-status-details-bin": .bytes([0xFF, 0xFF])])
    #expect(error.detail(GoogleErrorInfo.self) == nil)
    #expect(RPCError(.aborted, "bare").detail(GoogleErrorInfo.self) == nil)
  }
}
