import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A23–A30: the shape of an answer.
@Suite struct ServerResponseTests {
  @Test func `A23 an answer is a head, messages, and trailers that end the stream`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Unary", [5])
    let answer = server.peer[1]
    #expect(answer.frames.map(\.kind) == [.headers, .data, .headers])
    #expect(answer.head[":status"] == "200")
    #expect(answer.head["content-type"] == "application/grpc")
    #expect(!answer.head.endsStream)
    #expect(answer.trailers.endsStream)
    #expect(answer.trailers["grpc-status"] == "0")
    #expect(answer.trailers[":status"] == nil)
  }

  @Test func `A24 an error before any message is one block that ends the stream`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Fail", Array("no".utf8))
    let answer = server.peer[1]
    #expect(answer.isTrailersOnly)
    #expect(answer.head[":status"] == "200")
    #expect(answer.head["content-type"] == "application/grpc")
    #expect(answer.head["grpc-status"] == "9")
    #expect(answer.head["why"] == "asked to")
  }

  @Test func `A24 the head is withheld until the first message`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
    #expect(server.peer[1].frames == [])
    server.peer.send(.data(1, HTTP2Peer.framed([1])))
    #expect(server.peer[1].frames.map(\.kind) == [.headers, .data])
  }

  @Test(arguments: ["1", "9", "16", "17", "100", "4294967295"])
  func `A25 any code travels as a plain decimal`(code: String) {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Code", Array(code.utf8))
    #expect(server.peer[1].status == code)
  }

  @Test func `A26 a message is percent-encoded octet for octet`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Fail", Array("a b\t\n\u{FC}\u{263A}\u{7F}%25~".utf8))
    #expect(server.peer[1].message == "a b%09%0A%C3%BC%E2%98%BA%7F%2525~")
  }

  @Test func `A27 trailers wait for all data to pass the peer's window`() {
    let server = ServerUnderTest(opens: false)
    server.peer.open([4: 10])  // INITIAL_WINDOW_SIZE
    server.peer.call(1, "/test.Echo/Unary", [UInt8](repeating: 1, count: 20))
    #expect(server.peer[1].data.count == 10)
    #expect(!server.peer[1].endsStream)
    server.peer.send(.windowUpdate(1, by: 14))
    #expect(server.peer[1].data.count == 24)
    #expect(!server.peer[1].endsStream)
    server.peer.send(.windowUpdate(1, by: 1))
    #expect(server.peer[1].data.count == 25)
    #expect(server.peer[1].endsStream)
    #expect(server.peer[1].frames.last?.kind == .headers)
  }

  @Test func `A28 an answer before the request's end is followed by RST_STREAM with NO_ERROR`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/First")), .data(1, HTTP2Peer.framed([1])))
    let answer = server.peer[1]
    #expect(answer.status == "0")
    #expect(answer.frames.map(\.kind).suffix(2) == [.headers, .reset])
    #expect(answer.resetCode == 0)
  }

  @Test func `A28 data that comes after the answer is credited to the connection`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/First")), .data(1, HTTP2Peer.framed([1])))
    let before = server.peer.credit(0)
    // Twice what a connection may have in flight, on a stream that is gone.
    for _ in 0..<128 { server.peer.send(.data(1, [UInt8](repeating: 0, count: 16_384))) }
    #expect(server.peer.credit(0) - before >= 1_048_576)
    #expect(server.serves(on: 3))
  }

  @Test func `A29 an error of no known kind is UNKNOWN, without its text`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Throw")
    #expect(server.peer[1].status == "2")
    #expect(server.peer[1].message?.contains("Foreign") == false)
  }

  @Test func `A29 calls cut off by the server's end are UNAVAILABLE`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait")
    server.loop.run {
      server.connection.cancelCalls(RPCError(.unavailable, "the server is shutting down"))
    }
    server.peer.turn()
    #expect(server.peer[1].status == "14")
    #expect(server.probe.log.last == "cancelled")
  }

  @Test(arguments: ["/test.Echo/Fail", "/test.Probe/Throw", "/test.Nothing/X"])
  func `A30 errors of gRPC travel on HTTP 200`(path: String) {
    let server = ServerUnderTest()
    server.peer.call(1, path)
    #expect(server.peer[1].head[":status"] == "200")
    #expect(server.peer[1].status != "0")
  }
}
