import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A49–A52 and the slow callers of facts/operations §2.3.
@Suite struct ServerLifeTests {
  private static let noError: UInt32 = 0
  private static let calm: UInt32 = 11

  private func debug(_ frame: Frame?) -> String {
    String(decoding: frame?.payload.dropFirst(8) ?? [], as: UTF8.self)
  }

  // MARK: Pings

  @Test func `A49 the third ping too many ends the connection at once`() {
    let server = ServerUnderTest()
    for _ in 0..<3 { server.peer.send(.ping([UInt8](repeating: 0, count: 8))) }
    #expect(!server.peer.isClosed)
    server.peer.send(.ping([UInt8](repeating: 0, count: 8)))
    let goaway = server.peer.frames(.goaway).last
    #expect(goaway?.number(at: 4) == Self.calm)
    #expect(debug(goaway) == "too_many_pings")
    #expect(server.peer.isClosed)
  }

  @Test func `A49 with calls open a ping in five minutes is no strike, without them it is`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait")
    for _ in 0..<10 {
      server.peer.advance(by: .seconds(300))
      server.peer.send(.ping([UInt8](repeating: 0, count: 8)))
    }
    #expect(!server.peer.isClosed)
    server.peer.send(.reset(1, code: 8))
    for _ in 0..<3 {
      #expect(!server.peer.isClosed)
      server.peer.advance(by: .seconds(300))
      server.peer.send(.ping([UInt8](repeating: 0, count: 8)))
    }
    #expect(server.peer.isClosed)
  }

  @Test func `A50 what we send of a call clears the strikes`() {
    let server = ServerUnderTest()
    for id in 0..<20 {
      for _ in 0..<3 { server.peer.send(.ping([UInt8](repeating: 0, count: 8))) }
      #expect(server.serves(on: UInt32(2 * id + 1)))
    }
  }

  // MARK: Keepalive, idleness, age

  @Test func `A51 a silent peer is pinged, and given up when it does not answer`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait")
    server.peer.advance(by: .seconds(7199))
    #expect(server.peer.frames(.ping).isEmpty)
    server.peer.advance(by: .seconds(1))
    #expect(server.peer.frames(.ping).count == 1)
    server.peer.advance(by: .seconds(19))
    #expect(!server.peer.isClosed)
    server.peer.advance(by: .seconds(1))
    #expect(server.peer.isClosed)
    #expect(server.probe.log.last == "cancelled")
    expectGoaway(server, last: 1, code: Self.noError, "keepalive_timeout")
  }

  /// facts/grpc A54: whoever is closed is told until where it was heard.
  private func expectGoaway(
    _ server: ServerUnderTest, last: UInt32, code: UInt32, _ text: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let goaway = server.peer.frames(.goaway).last
    #expect(goaway?.number(at: 0) == last, sourceLocation: location)
    #expect(goaway?.number(at: 4) == code, sourceLocation: location)
    #expect(debug(goaway) == text, sourceLocation: location)
  }

  @Test func `A51 a peer that answers is left alone, with and without calls`() {
    let server = ServerUnderTest()
    for _ in 0..<3 {
      server.peer.advance(by: .seconds(7200))
      for ping in server.peer.frames(.ping) { server.peer.send(.ping(ping.payload, isAck: true)) }
    }
    #expect(server.peer.frames(.ping).count == 3)
    #expect(server.serves(on: 1))
  }

  @Test func `A52 an idle connection is drained with max_idle, counted from its last call`() {
    let server = ServerUnderTest { $0.life.idleMax = .seconds(60) }
    server.peer.advance(by: .seconds(59))
    #expect(server.serves(on: 1))
    server.peer.advance(by: .seconds(59))
    #expect(server.peer.frames(.goaway).isEmpty)
    server.peer.advance(by: .seconds(1))
    #expect(server.peer.frames(.goaway).first?.number(at: 0) == 0x7FFF_FFFF)
    for ping in server.peer.frames(.ping) { server.peer.send(.ping(ping.payload, isAck: true)) }
    let goaway = server.peer.frames(.goaway).last
    #expect(goaway?.number(at: 4) == Self.noError)
    #expect(debug(goaway) == "max_idle")
    #expect(server.peer.isClosed)
  }

  @Test func `A52 a call keeps a connection from being idle`() {
    let server = ServerUnderTest { $0.life.idleMax = .seconds(60) }
    server.peer.call(1, "/test.Probe/Wait")
    server.peer.advance(by: .seconds(600))
    #expect(server.peer.frames(.goaway).isEmpty)
    server.peer.send(.reset(1, code: 8))
    server.peer.advance(by: .seconds(60))
    #expect(!server.peer.frames(.goaway).isEmpty)
  }

  @Test func `A52 an old connection is drained with max_age, and its calls have the grace`() {
    let server = ServerUnderTest {
      $0.life.ageMax = .seconds(600)
      $0.life.ageGrace = .seconds(10)
    }
    server.peer.call(1, "/test.Probe/Wait")
    server.peer.advance(by: .seconds(599))
    #expect(server.peer.frames(.goaway).isEmpty)
    server.peer.advance(by: .seconds(1))
    for ping in server.peer.frames(.ping) { server.peer.send(.ping(ping.payload, isAck: true)) }
    #expect(debug(server.peer.frames(.goaway).last) == "max_age")
    server.peer.advance(by: .seconds(9))
    #expect(!server.peer.isClosed)
    server.peer.advance(by: .seconds(1))
    #expect(server.peer[1].status == "14")
    #expect(server.peer.isClosed)
    #expect(server.probe.log.last == "cancelled")
  }

  @Test func `A54 a peer that does not answer the notice is told the truth in the end`() {
    let server = ServerUnderTest {
      $0.life.ageMax = .seconds(600)
      $0.life.ageGrace = .seconds(10)
    }
    server.peer.call(5, "/test.Probe/Wait")
    server.peer.advance(by: .seconds(610))
    #expect(server.peer.isClosed)
    #expect(server.peer.frames(.goaway).count == 2)
    expectGoaway(server, last: 5, code: Self.noError, "max_age")
  }

  @Test(arguments: [-1000, -1, 0, 1, 1000] as [Int64])
  func `A52 ages differ by a tenth at most`(jitter: Int64) {
    var limits = ConnectionLife.Limits()
    limits.ageMax = .seconds(1000)
    let start = MonotonicInstant(nanoseconds: 5_000_000_000)
    var life = ConnectionLife(limits, now: start, jitter: jitter, of: 1000)
    life.prefaceReceived()
    let due = life.nextDue
    #expect(due == start.advanced(byNanoseconds: 1_000_000_000_000 + 100_000_000 * jitter))
    #expect(life.actionDue(now: due.advanced(byNanoseconds: -1)) == nil)
    #expect(life.actionDue(now: due) == .drain("max_age"))
  }

  // MARK: Slow callers

  @Test func `a peer that never says what it is is closed after five seconds`() {
    let server = ServerUnderTest(opens: false)
    server.peer.send(bytes: Array(HTTP2Peer.preface.dropLast(3)))
    server.peer.advance(by: .seconds(4))
    #expect(!server.peer.isClosed)
    server.peer.advance(by: .seconds(1))
    #expect(server.peer.isClosed)
    expectGoaway(server, last: 0, code: Self.calm, "slow_preface")
    #expect(server.definition.protections.all[.slowPreface] == 1)
  }

  @Test func `a header block that does not end is given five seconds`() {
    let server = ServerUnderTest()
    var head = Frame.headers(1, HTTP2Peer.request("/test.Echo/Unary"))
    head.flags = 0  // No END_HEADERS.
    server.peer.send(head)
    server.peer.advance(by: .seconds(4))
    #expect(!server.peer.isClosed)
    server.peer.advance(by: .seconds(1))
    #expect(server.peer.isClosed)
    // Begun, so not safe to be taken for one that was not heard.
    expectGoaway(server, last: 1, code: Self.calm, "slow_header_block")
    #expect(server.definition.protections.all[.slowHeaders] == 1)
  }

  @Test func `a request that comes byte by byte is given thirty seconds`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Unary")))
    for byte in HTTP2Peer.framed([1, 2, 3]) where server.peer[1].blocks.isEmpty {
      server.peer.send(.data(1, [byte]))
      server.peer.advance(by: .seconds(10))
    }
    #expect(server.peer[1].status == "4")
    #expect(server.serves(on: 3))
  }

  @Test func `a caller that reads nothing has its call ended, one that streams slowly does not`() {
    let server = ServerUnderTest(opens: false)
    server.peer.open([4: 100])  // INITIAL_WINDOW_SIZE
    server.peer.call(1, "/test.Echo/Repeat", Array("10".utf8))
    server.peer.send(.headers(3, HTTP2Peer.request("/test.Echo/Both")))
    server.peer.advance(by: .seconds(29))
    #expect(server.peer[1].resetCode == nil)
    server.peer.advance(by: .seconds(10))
    #expect(server.peer[1].resetCode == 8)  // CANCEL
    server.peer.send(.data(3, HTTP2Peer.framed([1]), endStream: true))
    #expect(server.peer[3].status == "0")
  }
}
