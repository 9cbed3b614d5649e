import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/operations §2.2: what libnghttp2 lets a peer do without end.
@Suite struct ServerFloodTests {
  private static let calm: UInt32 = 11  // ENHANCE_YOUR_CALM

  /// Expects the connection to have been closed with a reason, and counted.
  private func expectEnd(
    _ server: ServerUnderTest, _ flood: FloodGuard.Flood,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let goaway = server.peer.frames(.goaway).last
    #expect(goaway?.number(at: 4) == Self.calm, sourceLocation: location)
    #expect(
      goaway.map { String(decoding: $0.payload.dropFirst(8), as: UTF8.self) } == flood.rawValue,
      sourceLocation: location)
    #expect(server.peer.isClosed, sourceLocation: location)
    #expect(server.definition.protections.all[flood] == 1, sourceLocation: location)
  }

  @Test func `ten SETTINGS in a minute are taken, the eleventh is not`() {
    let server = ServerUnderTest()
    // Opening took one, and its acknowledgement counts too.
    for _ in 0..<8 { server.peer.send(.settings()) }
    #expect(!server.peer.isClosed)
    server.peer.send(.settings())
    expectEnd(server, .settings)
  }

  @Test func `SETTINGS over several minutes are no flood`() {
    let server = ServerUnderTest()
    for _ in 0..<30 {
      server.peer.send(.settings())
      server.peer.advance(by: .seconds(9))
    }
    #expect(server.serves(on: 1))
  }

  @Test func `empty DATA one after another end the connection, between bytes they do not`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
    for _ in 0..<30 {
      server.peer.send(.data(1, []), .data(1, HTTP2Peer.framed([1])))
    }
    #expect(server.peer[1].messages.count == 30)
    for _ in 0..<11 { server.peer.send(.data(1, [])) }
    expectEnd(server, .emptyData)
  }

  @Test func `PRIORITY frames`() {
    let server = ServerUnderTest()
    for id in 0..<101 {
      server.peer.send(
        Frame(type: 2, flags: 0, streamID: UInt32(2 * id + 1), payload: [0, 0, 0, 0, 1]))
    }
    expectEnd(server, .priority)
  }

  @Test func `WINDOW_UPDATE in no proportion to what was sent`() {
    let server = ServerUnderTest()
    for _ in 0..<201 { server.peer.send(.windowUpdate(0, by: 1)) }
    expectEnd(server, .windowUpdate)
  }

  @Test func `WINDOW_UPDATE for what was sent is no flood`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
    for _ in 0..<1000 {
      server.peer.send(
        .data(1, HTTP2Peer.framed([1])), .windowUpdate(0, by: 6), .windowUpdate(1, by: 6))
    }
    #expect(server.peer[1].messages.count == 1000)
    #expect(!server.peer.isClosed)
  }

  @Test func `frames of unknown types`() {
    let server = ServerUnderTest()
    for _ in 0..<100 {
      server.peer.send(Frame(type: 0xBE, flags: 0, streamID: 0, payload: [1]))
    }
    #expect(server.serves(on: 1))
    server.peer.send(Frame(type: 0xBE, flags: 0, streamID: 0, payload: [1]))
    expectEnd(server, .unknownFrames)
  }

  @Test func `MadeYouReset by a window that overflows`() {
    let server = ServerUnderTest()
    for id in 0..<120 where !server.peer.isClosed {
      let streamID = UInt32(2 * id + 1)
      server.peer.send(
        .headers(streamID, HTTP2Peer.request("/test.Probe/Wait")),
        .windowUpdate(streamID, by: 0x7FFF_FFFF))
    }
    let goaway = server.peer.frames(.goaway).last
    #expect(goaway?.number(at: 4) == Self.calm)
    #expect(server.peer.isClosed)
    // Whatever ran was cancelled.
    let started = server.probe.log.filter { $0 == "waiting for ever" }.count
    #expect(server.probe.log.filter { $0 == "cancelled" }.count == started)
    #expect(started <= 100)
  }

  @Test func `a header list far over its limit is reset, and the eleventh ends the connection`() {
    let server = ServerUnderTest()
    let large = (0..<2).map { ("x-\($0)", String(repeating: "a", count: 9000)) }
    for id in 0..<10 {
      server.peer.call(UInt32(2 * id + 1), "/test.Echo/Unary", [], large)
      #expect(server.peer[UInt32(2 * id + 1)].status == "8")
    }
    #expect(server.serves(on: 21))
    server.peer.call(23, "/test.Echo/Unary", [], large)
    expectEnd(server, .largeHeaders)
  }

  @Test func `an HPACK bomb stops to be decoded, and the connection lives on`() {
    let server = ServerUnderTest()
    // One entry of the dynamic table, named again and again by one octet each.
    let request = HPACK.literal(HTTP2Peer.request("/test.Echo/Unary"))
    let entry: [UInt8] =
      [0x40, 1] + Array("x".utf8) + [0x7F, 0xA1, 0x1E]
      + [UInt8](repeating: UInt8(ascii: "a"), count: 4000)
    let bomb = [UInt8](repeating: 0xBE, count: 8000)
    server.peer.send(.headers(1, block: request + entry + bomb, endStream: true))
    #expect(server.peer[1].resetCode != nil)
    #expect(server.serves(on: 3))
  }

  @Test func `a stream id that is not new is a connection error`() {
    let server = ServerUnderTest()
    #expect(server.serves(on: 5))
    server.peer.send(.headers(3, HTTP2Peer.request("/test.Echo/Unary")))
    #expect(server.peer.frames(.goaway).last?.number(at: 4) == 1)  // PROTOCOL_ERROR
    #expect(server.peer.isClosed)
  }

  @Test func `HEADERS on a stream that has just ended harm nobody`() {
    let server = ServerUnderTest()
    #expect(server.serves(on: 1))
    server.peer.send(.headers(1, [("x", "y")], endStream: true))
    #expect(server.serves(on: 3))
  }

  @Test func `refused streams without end`() {
    let server = ServerUnderTest(opens: false) { $0.concurrentCallsMax = 1 }
    server.peer.open(acknowledges: false)
    server.peer.call(1, "/test.Probe/Wait")
    for id in 1..<1100 where !server.peer.isClosed {
      server.peer.send(.headers(UInt32(2 * id + 1), HTTP2Peer.request("/test.Probe/Wait")))
    }
    expectEnd(server, .refusedStreams)
    #expect(server.probe.log == ["waiting for ever", "cancelled"])
  }
}
