import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A40–A47: cancellation, flow control and limits.
@Suite struct ServerStreamTests {
  @Test(arguments: [0, 2, 7, 8, 0xFF] as [UInt32])
  func `A40 a reset of any code cancels the handler and silences the stream`(code: UInt32) {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait")
    server.peer.send(.reset(1, code: code))
    #expect(server.probe.log == ["waiting for ever", "cancelled"])
    #expect(server.peer[1].frames == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A40 a lost connection cancels every call on it`() {
    let server = ServerUnderTest()
    for id: UInt32 in [1, 3, 5] { server.peer.call(id, "/test.Probe/Wait") }
    server.loop.run { server.peer.channel.disconnect() }
    #expect(server.probe.log.filter { $0 == "cancelled" }.count == 3)
  }

  @Test func `A41 only a call that nothing ran for is refused`() {
    let server = ServerUnderTest(opens: false) { $0.concurrentCallsMax = 1 }
    server.peer.open(acknowledges: false)
    server.peer.call(1, "/test.Probe/Wait")
    server.peer.call(3, "/test.Probe/Unary")
    #expect(server.peer[3].resetCode == 7)  // REFUSED_STREAM
    #expect(server.probe.log == ["waiting for ever"])
  }

  @Test func `A42 a client that has ended its side gets the whole response`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Repeat", Array("10".utf8))
    #expect(server.peer[1].messages.count == 10)
    #expect(server.peer[1].status == "0")
  }

  @Test func `A42 a handler of a stream sees the end of its input, and sees it again`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/End")), .data(1, HTTP2Peer.framed([1])))
    #expect(server.probe.log == [])
    server.peer.send(.data(1, HTTP2Peer.framed([2]), endStream: true))
    #expect(server.probe.log == ["end", "still ended"])
    #expect(server.peer[1].messages == [[1, 2]])
  }

  @Test func `A43 credit comes as the handler takes messages, not as they arrive`() {
    let server = ServerUnderTest { $0.streamWindowBytes = 65_535 }
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Step")))
    let message = HTTP2Peer.framed([UInt8](repeating: 1, count: 10_000))
    for _ in 0..<6 { server.peer.send(.data(1, message)) }
    #expect(server.peer.credit(1) == 0)
    for _ in 0..<6 { server.probe.step() }
    server.peer.turn()
    #expect(server.probe.log.count == 6)
    #expect(server.peer.credit(1) >= 32_768)
  }

  @Test func `A43 a stalled stream does not starve another`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Step")))
    // A whole stream window that nobody reads, and more than a connection's default.
    for _ in 0..<16 { server.peer.send(.data(1, [UInt8](repeating: 0, count: 16_384))) }
    #expect(server.peer.credit(1) == 0)
    #expect(server.serves(on: 3))
  }

  @Test func `A44 a window of zero holds everything back until it opens`() {
    let server = ServerUnderTest(opens: false)
    server.peer.open([4: 0])
    server.peer.call(1, "/test.Echo/Unary", [1, 2, 3])
    #expect(server.peer[1].data == [])
    server.peer.send(.settings([4: 4]))
    #expect(server.peer[1].data.count == 4)
    server.peer.send(.windowUpdate(1, by: 100))
    #expect(server.peer[1].messages == [[1, 2, 3]])
    #expect(server.peer[1].status == "0")
  }

  @Test func `A44 a window made negative in mid-stream is waited out`() {
    let server = ServerUnderTest(opens: false)
    server.peer.open([4: 10])
    server.peer.call(1, "/test.Echo/Unary", [UInt8](repeating: 1, count: 20))
    #expect(server.peer[1].data.count == 10)
    server.peer.send(.settings([4: 2]))  // The window is now -8.
    server.peer.send(.windowUpdate(1, by: 8))
    #expect(server.peer[1].data.count == 10)
    server.peer.send(.windowUpdate(1, by: 1))
    #expect(server.peer[1].data.count == 11)
    server.peer.send(.windowUpdate(1, by: 100))
    #expect(server.peer[1].status == "0")
  }

  @Test func `A44 a peer that does not read has little buffered for it`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Repeat", Array("100000".utf8))
    // 65,535 of window, and no more is asked for than the writer may queue.
    #expect(server.peer[1].data.count == 65_535)
    server.peer.send(.windowUpdate(0, by: 1 << 30), .windowUpdate(1, by: 20_000))
    #expect(server.peer[1].data.count == 85_535)
    server.peer.send(.reset(1, code: 8))
    #expect(server.serves(on: 3))
  }

  @Test func `A45 a stream's window is at least the default`() throws {
    let server = ServerUnderTest()
    let settings = try #require(server.peer.frames(.settings).first { !$0.isAck })
    #expect(try #require(setting(4, in: settings)) >= 65_535)
  }

  @Test func `A46 the bound on streams is announced, and until it is known an excess refused`()
    throws
  {
    let server = ServerUnderTest(opens: false) { $0.concurrentCallsMax = 3 }
    server.peer.open(acknowledges: false)
    let settings = try #require(server.peer.frames(.settings).first { !$0.isAck })
    #expect(setting(3, in: settings) == 3)
    for id: UInt32 in [1, 3, 5, 7] { server.peer.call(id, "/test.Probe/Wait") }
    #expect(server.peer[7].resetCode == 7)
    #expect(server.peer[5].resetCode == nil)
    #expect(server.probe.log.count == 3)
  }

  /// nghttp2 takes an excess over an acknowledged bound for a broken peer; RFC 9113 §5.4.1 lets a
  /// stream error be one of the connection.
  @Test func `A46 an excess over the acknowledged bound ends the connection`() {
    let server = ServerUnderTest { $0.concurrentCallsMax = 3 }
    for id: UInt32 in [1, 3, 5, 7] { server.peer.call(id, "/test.Probe/Wait") }
    #expect(server.peer.frames(.goaway).last?.number(at: 4) == 1)
    #expect(server.peer.isClosed)
    #expect(server.probe.log.filter { $0 == "cancelled" }.count == 3)
  }

  @Test func `A46 a call whose stream is gone counts until its handler has ended`() {
    let server = ServerUnderTest { $0.concurrentCallsMax = 1 }
    let stubborn = "/test.Probe/Stubborn"
    server.peer.call(1, stubborn)
    server.peer.send(.reset(1, code: 8))
    server.peer.call(3, stubborn)
    #expect(server.peer[3].resetCode == 7)
    server.probe.step()
    server.peer.turn()
    #expect(server.serves(on: 5))
  }

  @Test func `A46 SETTINGS are acknowledged`() {
    let server = ServerUnderTest()
    server.peer.send(.settings([3: 100]), .settings())
    #expect(server.peer.frames(.settings).filter(\.isAck).count == 3)
  }

  @Test func `A46 a frame over the limit ends the connection with FRAME_SIZE_ERROR`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Unary")))
    server.peer.send(.data(1, [UInt8](repeating: 0, count: 16_385)))
    #expect(server.peer.frames(.goaway).last?.number(at: 4) == 6)
    #expect(server.peer.isClosed)
  }

  @Test func `A46 no frame of ours is over the peer's limit`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Unary", [UInt8](repeating: 1, count: 60_000))
    #expect(server.peer.frames.allSatisfy { $0.payload.count <= 16_384 })
    #expect(server.peer[1].status == "0")
  }

  @Test func `A47 a flood of streams that are opened and reset ends the connection`() {
    let server = ServerUnderTest()
    var id: UInt32 = 1
    while !server.peer.isClosed, id < 40_000 {
      server.peer.send(
        .headers(id, HTTP2Peer.request("/test.Probe/Wait")), .reset(id, code: 8))
      id += 2
    }
    #expect(server.peer.isClosed)
    #expect(id / 2 >= 1000)  // Honest clients cancel a lot.
    #expect(id / 2 <= 2000)
    #expect(server.peer.frames(.goaway).count == 1)
  }

  private func setting(_ id: UInt32, in frame: Frame) -> UInt32? {
    stride(from: 0, to: frame.payload.count, by: 6)
      .first { frame.number(at: $0, bytes: 2) == id }
      .map { frame.number(at: $0 + 2) }
  }
}
