import ProtobufRuntime
import RPCCore
import RPCServer
import RPCServices
import TestSupport
import Testing

/// facts/grpc A56, with a stock client over a socket.
@Suite struct ReflectionServiceTests {
  @Test(.timeLimit(.minutes(1)), arguments: ["v1", "v1alpha"])
  func `A56 a stock client reads services, files and symbols`(version: String) async throws {
    let reflection = ReflectionService(
      services: ["grpc.health.v1.Health"], files: RPCServicesFiles.all + ProtobufRuntimeFiles.all)
    let server = try await RPCServer.start([HealthService(), reflection])
    let client = await PythonPeer.run(
      "RPCServerTests/grpcio_reflection.py", ["\(server.port)", version])
    await server.drain(grace: .seconds(5))
    #expect(client.exitCode == 0, "\(client.output)")
  }
}
