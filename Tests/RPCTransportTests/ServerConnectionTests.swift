import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A48, A53, A54: the life of a connection.
@Suite struct ServerConnectionTests {
  private static let noError: UInt32 = 0

  @Test func `A48 a PING is answered with its octets`() {
    let server = ServerUnderTest()
    server.peer.send(.ping([1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(server.peer.frames(.ping) == [.ping([1, 2, 3, 4, 5, 6, 7, 8], isAck: true)])
  }

  @Test func `A48 a PING's answer goes ahead of queued data`() throws {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Unary")),
      .data(1, HTTP2Peer.framed([UInt8](repeating: 1, count: 5000)), endStream: true),
      .ping([UInt8](repeating: 9, count: 8)))
    let answer = try #require(server.peer.frames.firstIndex { $0.kind == .ping })
    let data = try #require(server.peer.frames.firstIndex { $0.kind == .data })
    #expect(answer < data)
  }

  @Test func `A53 a graceful end is two GOAWAYs with a round trip between them`() throws {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait")
    server.loop.run { server.connection.drain() }
    server.peer.turn()
    let first = try #require(server.peer.frames(.goaway).first)
    #expect(first.number(at: 0) == 0x7FFF_FFFF)
    #expect(first.number(at: 4) == Self.noError)
    let ping = try #require(server.peer.frames(.ping).first { !$0.isAck })

    // Sent before the first GOAWAY was seen: served.
    server.peer.call(3, "/test.Echo/Unary", [3])
    #expect(server.peer[3].messages == [[3]])
    server.peer.send(.ping(ping.payload, isAck: true))
    let second = try #require(server.peer.frames(.goaway).last)
    #expect(server.peer.frames(.goaway).count == 2)
    #expect(second.number(at: 0) == 3)
    #expect(second.number(at: 4) == Self.noError)
    #expect(!server.peer.isClosed)

    // Too late.
    server.peer.call(5, "/test.Echo/Unary", [5])
    #expect(server.peer[5].blocks.isEmpty)
    server.peer.send(.reset(1, code: 8))
    #expect(server.peer.isClosed)
  }

  @Test func `A53 a call that goes on through a graceful end completes`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Both")), .data(1, HTTP2Peer.framed([1])))
    server.loop.run { server.connection.drain() }
    server.peer.turn()
    for ping in server.peer.frames(.ping) { server.peer.send(.ping(ping.payload, isAck: true)) }
    server.peer.send(.data(1, HTTP2Peer.framed([2]), endStream: true))
    #expect(server.peer[1].messages == [[1], [2]])
    #expect(server.peer[1].status == "0")
    #expect(server.peer.isClosed)
  }

  @Test func `A53 a connection without calls ends after the round trip`() {
    let server = ServerUnderTest()
    server.loop.run { server.connection.drain() }
    server.peer.turn()
    #expect(!server.peer.isClosed)
    for ping in server.peer.frames(.ping) { server.peer.send(.ping(ping.payload, isAck: true)) }
    #expect(server.peer.isClosed)
  }

  @Test func `A54 a broken frame is answered with a truthful GOAWAY before the close`() throws {
    let server = ServerUnderTest()
    #expect(server.serves(on: 1))
    #expect(server.serves(on: 3))
    server.peer.send(.windowUpdate(0, by: 0))
    let goaway = try #require(server.peer.frames(.goaway).last)
    #expect(goaway.number(at: 0) == 3)
    #expect(goaway.number(at: 4) == 1)  // PROTOCOL_ERROR
    #expect(server.peer.isClosed)
  }

  @Test func `A54 calls that were open when the connection broke are cancelled`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait")
    server.peer.send(Frame(.settings, payload: [0]))
    #expect(server.peer.isClosed)
    #expect(server.probe.log == ["waiting for ever", "cancelled"])
  }
}
