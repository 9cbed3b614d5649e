import RPCCore
import RPCServer
import RPCTransport
import TestSupport
import Testing

/// facts/operations §2.3, connection flood: one address has a share of the connections, not all.
@Suite(.timeLimit(.minutes(1))) struct ConnectionLimitTests {
  private static let opening = HTTP2Peer.preface + Frame.settings().bytes

  @Test func `one address has its share of connections, and another is served beside it`()
    async throws
  {
    var configuration = RPCServer.Configuration()
    configuration.connectionsPerAddressMax = 3
    let server = try await RPCServer.start([EchoService()], configuration)
    var held: [RawPeer.Held] = []
    for _ in 0..<3 {
      let peer = try #require(RawPeer.hold(port: server.port))
      peer.send(Self.opening)
      // The server's own SETTINGS: it has taken the connection in.
      #expect(await peer.read(9).count == 9)
      held.append(peer)
    }
    let fourth = await RawPeer.exchange(port: server.port, [Self.opening])
    #expect(fourth.received.isEmpty)
    #expect(server.protectionCounts["too_many_connections_of_one_address"] == 1)
    let other = await RawPeer.exchange(
      port: server.port, [Self.opening], halfCloses: true, from: "127.0.0.2")
    #expect(other.received.count >= 9)
    held.removeAll()
    await server.drain(grace: .seconds(1))
  }

  @Test func `one connection more than there may be is turned away and counted`() async throws {
    var configuration = RPCServer.Configuration()
    configuration.connectionsMax = 1
    let server = try await RPCServer.start([EchoService()], configuration)
    let peer = try #require(RawPeer.hold(port: server.port))
    peer.send(Self.opening)
    #expect(await peer.read(9).count == 9)
    let second = await RawPeer.exchange(port: server.port, [Self.opening], from: "127.0.0.2")
    #expect(second.received.isEmpty)
    #expect(server.protectionCounts["too_many_connections"] == 1)
    await server.drain(grace: .zero)
  }

  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "20:1:d:b8:0:1:0:2/64"), ("2001:db8:1:2::", "20:1:d:b8:0:1:0:2/64"),
    ("2001:db8:1:3::1", "20:1:d:b8:0:1:0:3/64"),
  ])
  func `the addresses of one IPv6 network are one`(host: String, source: String) throws {
    #expect(try #require(SocketAddress(host: host, port: 1)).source == source)
  }
}
