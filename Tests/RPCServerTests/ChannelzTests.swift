import RPCCore
import RPCServer
import RPCServices
import RPCTransport
import TestSupport
import Testing

/// channelz, held against the stock client's own messages.
@Suite(.timeLimit(.minutes(2))) struct ChannelzTests {
  private func look(
    _ configuration: RPCServer.Configuration, _ arguments: (RPCServer) -> [String]
  ) async throws -> Subprocess {
    let channelz = ChannelzService()
    let server = try await RPCServer.start([EchoService(), channelz], configuration)
    channelz.show(server)
    let client = await PythonPeer.run("RPCServerTests/grpcio_channelz.py", arguments(server))
    await server.drain(grace: .seconds(2))
    return client
  }

  @Test(arguments: [1, 2])
  func `a stock client reads every number exactly`(loops: Int) async throws {
    var configuration = RPCServer.Configuration()
    configuration.loopCount = loops
    let client = try await look(configuration) { ["\($0.port)"] }
    #expect(client.exitCode == 0, "\(client.output)")
  }

  @Test func `over TLS both certificates, the cipher and the caller's name are shown`()
    async throws
  {
    let authority = try #require(await TestAuthority.make())
    let pair = try #require(await authority.issue("server", "DNS:localhost"))
    let node = try #require(await authority.issue("node", "URI:spiffe://example.org/node"))
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(
      certificateFile: pair.certificate, keyFile: pair.key,
      clientAuthoritiesFile: authority.file, clientCertificates: .require)
    let client = try await look(configuration) {
      ["\($0.port)", authority.file, node.certificate, node.key, pair.certificate]
    }
    #expect(client.exitCode == 0, "\(client.output)")
  }

  @Test func `over a Unix-domain socket its path and the caller's process are shown`()
    async throws
  {
    let authority = try #require(await TestAuthority.make())
    var configuration = RPCServer.Configuration()
    configuration.host = "unix:\(authority.folder)/channelz.sock"
    let client = try await look(configuration) { _ in [configuration.host] }
    #expect(client.exitCode == 0, "\(client.output)")
  }
}
