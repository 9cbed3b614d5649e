import RPCServer
import TestSupport
import Testing

@Suite struct StockClientTests {
  @Test(.timeLimit(.minutes(2)), arguments: [1, 2])
  func `a stock grpcio client can make every kind of call`(loops: Int) async throws {
    var configuration = RPCServer.Configuration()
    configuration.loopCount = loops
    let server = try await RPCServer.start([EchoService()], configuration)
    let client = await PythonPeer.run("RPCServerTests/grpcio_client.py", ["\(server.port)"])
    await server.drain(grace: .seconds(5))
    #expect(client.exitCode == 0, "\(client.output)")
  }
}
