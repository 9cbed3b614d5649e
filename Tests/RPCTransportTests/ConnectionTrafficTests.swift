import RPCCore
import RPCTransport
import TestSupport
import Testing

/// What a connection counts for channelz, frame by frame.
@Suite struct ConnectionTrafficTests {
  private func streams(_ server: ServerUnderTest) -> [UInt64] {
    let traffic = server.loop.run { server.connection.snapshot().traffic }
    return [traffic.streamsStarted, traffic.streamsSucceeded, traffic.streamsFailed]
  }

  private func calls(_ server: ServerUnderTest) -> [UInt64] {
    let traffic = server.loop.run { server.connection.snapshot().traffic }
    return [traffic.callsStarted, traffic.callsSucceeded, traffic.callsFailed]
  }

  @Test func `a call that ends OK, one that fails and one that is reset are told apart`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Unary", [1])
    #expect(streams(server) == [1, 1, 0])
    #expect(calls(server) == [1, 1, 0])
    server.peer.call(3, "/test.Echo/Fail", Array("no".utf8))
    #expect(streams(server) == [2, 2, 0])
    #expect(calls(server) == [2, 1, 1])
    server.peer.call(5, "/test.Echo/Sleep", [])
    #expect(streams(server) == [3, 2, 0])
    #expect(calls(server) == [3, 1, 1])
    server.peer.send(.reset(5, code: 8))
    #expect(streams(server) == [3, 2, 1])
    #expect(calls(server) == [3, 1, 2])
  }

  @Test func `messages of a stream that is open are counted, and once when it has ended`() {
    let server = ServerUnderTest()
    func messages() -> [UInt64] {
      let traffic = server.loop.run { server.connection.snapshot().traffic }
      return [traffic.messagesSent, traffic.messagesReceived]
    }
    server.peer.call(1, "/test.Echo/Sleep", [])
    #expect(messages() == [0, 1])
    server.peer.send(.reset(1, code: 8))
    #expect(messages() == [0, 1])
    server.peer.call(3, "/test.Echo/Repeat", Array("3".utf8))
    #expect(messages() == [3, 2])
  }

  @Test func `moments are those at which it happened, and absent until then`() {
    let server = ServerUnderTest()
    func traffic() -> ConnectionTraffic {
      server.loop.run { server.connection.snapshot().traffic }
    }
    #expect(traffic() == ConnectionTraffic())
    server.loop.advance(by: .seconds(2))
    let first = server.loop.now
    server.peer.call(1, "/test.Echo/Fail", Array("no".utf8))
    #expect(traffic().lastStreamAt == first)
    #expect(traffic().lastReceivedAt == first)
    #expect(traffic().lastSentAt == nil)
    server.loop.advance(by: .seconds(1))
    server.peer.call(3, "/test.Echo/Unary", [1])
    #expect(traffic().lastStreamAt == first.advanced(by: .seconds(1)))
    #expect(traffic().lastSentAt == first.advanced(by: .seconds(1)))
  }

  @Test func `each keepalive ping is counted`() {
    let server = ServerUnderTest { $0.life.keepaliveInterval = .seconds(60) }
    #expect(server.loop.run { server.connection.snapshot().traffic.keepalivesSent } == 0)
    server.peer.advance(by: .seconds(60))
    #expect(server.loop.run { server.connection.snapshot().traffic.keepalivesSent } == 1)
  }

  @Test func `the windows are what each side may still send`() {
    let server = ServerUnderTest()
    let before = server.loop.run { server.connection.snapshot() }
    #expect(before.sendWindow == 65_535)
    #expect(before.receiveWindow == 1_048_576)
    server.peer.call(1, "/test.Echo/Unary", [UInt8](repeating: 7, count: 95))
    let after = server.loop.run { server.connection.snapshot() }
    #expect(after.sendWindow == 65_535 - 100)
  }

  /// Says of every call for whom it is made.
  private final class Introducer: ServerInterceptor {
    let name: String

    init(name: String) { self.name = name }

    func callBegan(_ call: any ServerCall) throws(RPCError) {
      call.principal = Principal(name: name)
    }
  }

  @Test func `of a peer that proved nothing, the newest call's principal is its name`() {
    let server = ServerUnderTest(interceptors: [Introducer(name: "system:serviceaccount:a:b")])
    #expect(server.loop.run { server.connection.snapshot().remoteName } == nil)
    server.peer.call(1, "/test.Echo/Unary", [1])
    #expect(
      server.loop.run { server.connection.snapshot().remoteName } == "system:serviceaccount:a:b")
  }

  @Test func `what is no gRPC call is a stream and no call`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(
        1, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")],
        endStream: true))
    #expect(streams(server) == [1, 1, 0])
    #expect(calls(server) == [0, 0, 0])
    server.peer.call(3, "/test.Echo/None", [])
    #expect(streams(server) == [2, 2, 0])
    #expect(calls(server) == [1, 0, 1])
  }

  @Test func `streams of a connection that is lost have failed`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Sleep", [])
    server.loop.run { server.connection.disconnected() }
    #expect(streams(server) == [1, 0, 1])
    #expect(calls(server) == [1, 0, 1])
  }
}
