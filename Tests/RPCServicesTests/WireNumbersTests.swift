import ProtobufRuntime
import RPCCore
import RPCServices
import Testing

/// Bytes by the public contracts' field numbers, written by hand: stock clients depend on them.
@Suite struct WireNumbersTests {
  @Test func `health has the numbers of grpc.health.v1`() {
    #expect(HealthCheckRequest(service: "s").serializedBytes == [0x0A, 1, 0x73])
    #expect(HealthCheckResponse(status: .serving).serializedBytes == [0x08, 1])
    #expect(HealthCheckResponse.ServingStatus.serviceUnknown.rawValue == 3)
    #expect(
      HealthRPC.all.map(\.path) == [
        "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List",
        "/grpc.health.v1.Health/Watch",
      ])
  }

  @Test func `reflection has the numbers of grpc.reflection`() {
    #expect(
      ServerReflectionRequest(messageRequest: .listServices("")).serializedBytes == [0x3A, 0])
    #expect(
      ServerReflectionRequest(messageRequest: .fileContainingSymbol("s")).serializedBytes
        == [0x22, 1, 0x73])
    let files = FileDescriptorResponse(fileDescriptorProto: [[7]])
    #expect(
      ServerReflectionResponse(messageResponse: .fileDescriptorResponse(files)).serializedBytes
        == [0x22, 3, 0x0A, 1, 7])
    let older = V1AlphaServerReflectionResponse(
      messageResponse: .errorResponse(.init(errorCode: 5, errorMessage: "m")))
    #expect(older.serializedBytes == [0x3A, 5, 0x08, 5, 0x12, 1, 0x6D])
    #expect(
      ServerReflectionRPC.serverReflectionInfo.path
        == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
    #expect(
      V1AlphaServerReflectionRPC.serverReflectionInfo.path
        == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
  }

  @Test func `error details have the numbers of google.rpc`() {
    #expect(
      GoogleErrorInfo(reason: "r", domain: "d").serializedBytes
        == [0x0A, 1, 0x72, 0x12, 1, 0x64])
    #expect(
      GoogleRetryInfo(retryDelay: .init(seconds: 1)).serializedBytes == [0x0A, 2, 0x08, 1])
    #expect(
      GoogleResourceInfo(resourceType: "t", resourceName: "n", owner: "o", description: "d")
        .serializedBytes
        == [0x0A, 1, 0x74, 0x12, 1, 0x6E, 0x1A, 1, 0x6F, 0x22, 1, 0x64])
    #expect(
      GooglePreconditionFailure(violations: [.init(type: "t", subject: "s", description: "d")])
        .serializedBytes
        == [0x0A, 9, 0x0A, 1, 0x74, 0x12, 1, 0x73, 0x1A, 1, 0x64])
  }
}
