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

  @Test func `WINDOW_UPDATE with calls that are refused without a byte is no flood`() {
    let server = ServerUnderTest()
    for call in 0..<1000 {
      let id = UInt32(2 * call + 1)
      server.peer.call(id, "/test.Echo/Nothing", [])
      server.peer.send(.windowUpdate(0, by: 1), .windowUpdate(0, by: 1))
    }
    #expect(server.serves(on: 2001))
    #expect(server.peer.frames(.data).count < 10)
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

  @Test func `the eleventh HPACK bomb ends the connection`() {
    let server = ServerUnderTest()
    let entry: [UInt8] =
      [0x40, 1] + Array("x".utf8) + [0x7F, 0xA1, 0x1E] + [UInt8](repeating: 97, count: 4000)
    let bomb = entry + [UInt8](repeating: 0xBE, count: 8000)
    for id in 0..<11 {
      #expect(!server.peer.isClosed)
      server.peer.send(.headers(UInt32(2 * id + 1), block: bomb, endStream: true))
    }
    expectEnd(server, .largeHeaders)
  }

  @Test func `more SETTINGS entries than anybody needs`() {
    let server = ServerUnderTest()
    let entry: [UInt8] = [0, 3, 0, 0, 0, 100]
    server.peer.send(Frame(.settings, payload: (0..<33).flatMap { _ in entry }))
    #expect(server.peer.frames(.goaway).last?.number(at: 4) == Self.calm)
    #expect(server.peer.isClosed)
    #expect(server.definition.protections.all[.settings] == 1)
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

  @Test func `streams opened and reset, whether the peer reads or not`() {
    let server = ServerUnderTest()
    var pairs: [UInt8] = []
    for id in 0..<2000 {
      let streamID = UInt32(2 * id + 1)
      pairs += Frame.headers(streamID, HTTP2Peer.request("/test.Probe/Wait")).bytes
      pairs += Frame.data(streamID, HTTP2Peer.framed([1]), endStream: true).bytes
      pairs += Frame.reset(streamID, code: 8).bytes
    }
    // In one piece: nothing is sent in between, as to a peer that does not read.
    server.peer.send(bytes: pairs)
    expectEnd(server, .rapidReset)
    // No more work than one may have under way.
    #expect(server.probe.log.filter { $0 == "waiting for ever" }.count == 100)
    #expect(server.probe.log.filter { $0 == "cancelled" }.count == 100)
  }

  @Test func `a hundred resets a second are an honest client's`() {
    let server = ServerUnderTest()
    // Not so many that nghttp2's own limiter minds, whose clock is the machine's.
    for id in 0..<1900 where !server.peer.isClosed {
      let streamID = UInt32(2 * id + 1)
      server.peer.send(
        .headers(streamID, HTTP2Peer.request("/test.Probe/Wait")), .reset(streamID, code: 8))
      server.peer.advance(by: .milliseconds(10))
    }
    #expect(server.serves(on: 6001))
    #expect(server.definition.protections.all.allSatisfy { $0.value == 0 })
  }

  @Test func `CONTINUATION without end`() {
    let server = ServerUnderTest()
    let block = HPACK.literal(HTTP2Peer.request("/test.Probe/Unary"))
    server.peer.send(Frame(.headers, streamID: 1, payload: block))
    for _ in 0..<9 { server.peer.send(Frame(.continuation, streamID: 1)) }
    expectEnd(server, .continuations)
  }

  @Test func `HEADERS without end on a stream that has ended`() {
    let server = ServerUnderTest()
    #expect(server.serves(on: 1))
    for _ in 0..<10_001 where !server.peer.isClosed {
      server.peer.send(.headers(1, [("x", "y")], endStream: true))
    }
    expectEnd(server, .closedStreams)
  }

  /// nghttp2 drops them undecoded and gives their credit back: there is nothing to bound.
  @Test func `DATA on a stream that has ended costs nobody anything`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/First")), .data(1, HTTP2Peer.framed([1])))
    #expect(server.peer[1].resetCode == 0)
    let sent = server.peer.frames.count
    for _ in 0..<20_000 { server.peer.send(.data(1, [0])) }
    #expect(server.peer.frames.count == sent, "no answer to any")
    #expect(server.serves(on: 3))
  }

  @Test func `a flood is counted once, however much of it comes at a time`() {
    let server = ServerUnderTest()
    server.peer.send(
      bytes: (0..<500).flatMap { _ in Frame.ping([0, 0, 0, 0, 0, 0, 0, 0]).bytes })
    expectEnd(server, .pings)
  }

  @Test func `streams that the peer has us reset, one way or another`() {
    let server = ServerUnderTest()
    for id in 0..<120 where !server.peer.isClosed {
      server.peer.send(
        .headers(UInt32(2 * id + 1), HTTP2Peer.request("/test.Probe/Wait", [("te", "no")])))
    }
    let counts = server.definition.protections.all
    #expect(counts[.provokedResets, default: 0] + counts[.invalidFrames, default: 0] == 1)
    #expect(server.peer.isClosed)
  }

  @Test func `a connection error is counted, and an orderly end is not`() {
    let broken = ServerUnderTest()
    broken.peer.send(.windowUpdate(0, by: 0))
    #expect(broken.definition.protections.all.filter { $0.value > 0 } == [.protocolErrors: 1])
    let drained = ServerUnderTest()
    drained.loop.run { drained.connection.drain() }
    for ping in drained.peer.frames(.ping) { drained.peer.send(.ping(ping.payload, isAck: true)) }
    #expect(drained.definition.protections.all.allSatisfy { $0.value == 0 })
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
