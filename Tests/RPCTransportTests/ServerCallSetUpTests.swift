import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A1–A10: what makes a request a call.
@Suite struct ServerCallSetUpTests {
  @Test func `A1 a client with prior knowledge is served in cleartext`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Unary", [1, 2, 3])
    #expect(server.peer[1].messages == [[1, 2, 3]])
    #expect(server.peer[1].status == "0")
    #expect(server.peer[1].head[":status"] == "200")
  }

  @Test func `A1 a peer that does not begin with the preface is cut off`() {
    let server = ServerUnderTest(opens: false)
    server.peer.send(bytes: Array("GET / HTTP/1.1\r\nhost: test\r\n\r\n".utf8))
    #expect(server.peer.isClosed)
    #expect(server.peer.streams.isEmpty)
  }

  @Test(arguments: ["/test.Nothing/Unary", "/test.Echo/Nothing", "/noslash", "/", "//", "/a/b/c"])
  func `A2 a path nobody serves is UNIMPLEMENTED before the request ends`(path: String) {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request(path)))
    let answer = server.peer[1]
    #expect(answer.isTrailersOnly)
    #expect(answer.head[":status"] == "200")
    #expect(answer.status == "12")
    #expect(server.serves(on: 3))
  }

  @Test(arguments: ["*", "noslash", ""])
  func `A2 a path that HTTP does not know is a stream error`(path: String) {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request(path)))
    #expect(server.peer[1].resetCode == 1)
    #expect(server.serves(on: 3))
  }

  @Test(arguments: [nil, "text/plain", "application/json", "application/grpcx", "application/grp"])
  func `A3 another content-type is HTTP 415 and no call`(type: String?) {
    let server = ServerUnderTest()
    let more = type.map { [("content-type", $0)] } ?? []
    server.peer.send(
      .headers(
        1, HTTP2Peer.request("/test.Probe/Unary", more, without: ["content-type"]),
        endStream: true))
    #expect(server.peer[1].head[":status"] == "415")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test(arguments: [
    "application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8",
  ])
  func `A3 gRPC's content-type is taken bare, with a format and with a parameter`(type: String) {
    let server = ServerUnderTest()
    let fields = HTTP2Peer.request(
      "/test.Echo/Unary", [("content-type", type)], without: ["content-type"])
    server.peer.send(
      .headers(1, fields), .data(1, HTTP2Peer.framed([9]), endStream: true))
    #expect(server.peer[1].messages == [[9]])
  }

  /// RFC 7541 C.3.1 and C.4.1: `GET http www.example.com /`, plain and by Huffman's code.
  @Test(arguments: [
    "828684410f7777772e6578616d706c652e636f6d", "828684418cf1e3c2e5f23a6ba0ab90f4ff",
  ])
  func `A4 a GET is answered with 405 and a line of text`(hex: String) {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, block: bytes(hex), endStream: true))
    let answer = server.peer[1]
    #expect(answer.head[":status"] == "405")
    #expect(answer.head["allow"] == "POST")
    #expect(answer.data == Array("gRPC calls are POST requests\n".utf8))
    #expect(answer.endsStream)
  }

  @Test func `A4 another method on a served path is never dispatched`() {
    let server = ServerUnderTest()
    let fields = HTTP2Peer.request("/test.Probe/Unary").map {
      $0.0 == ":method" ? (":method", "PUT") : $0
    }
    server.peer.send(
      .headers(1, fields), .data(1, HTTP2Peer.framed([1]), endStream: true))
    #expect(server.peer[1].head[":status"] == "405")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A5 te other than trailers resets the stream alone`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(
        1, HTTP2Peer.request("/test.Probe/Unary", [("te", "gzip")], without: ["te"]),
        endStream: true))
    #expect(server.peer[1].resetCode == 1)  // PROTOCOL_ERROR
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A5 a call without te is served, as grpc-go does`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Unary", without: ["te"])),
      .data(1, HTTP2Peer.framed([1]), endStream: true))
    #expect(server.peer[1].status == "0")
  }

  @Test func `A6 a host field stands in for the authority`() {
    let server = ServerUnderTest()
    let fields = HTTP2Peer.request(
      "/test.Echo/Unary", [("host", "test")], without: [":authority"])
    server.peer.send(.headers(1, fields), .data(1, HTTP2Peer.framed([1]), endStream: true))
    #expect(server.peer[1].status == "0")
  }

  @Test(arguments: [":path", ":method", ":scheme", ":authority"])
  func `A6 a pseudo-field given twice is a stream error`(name: String) {
    let server = ServerUnderTest()
    let fields = [(name, "/test.Probe/Unary")] + HTTP2Peer.request("/test.Probe/Unary")
    server.peer.send(.headers(1, fields, endStream: true))
    #expect(server.peer[1].resetCode == 1)
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test(arguments: [
    ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)),
    ("250m", .milliseconds(250)), ("4000u", .milliseconds(4)), ("5000000n", .milliseconds(5)),
  ])
  func `A7 each unit of a timeout ends the call at its moment, not before`(
    text: String, span: Duration
  ) {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait", [], [("grpc-timeout", text)])
    server.peer.advance(by: span - .nanoseconds(1))
    #expect(server.peer[1].blocks.isEmpty)
    server.peer.advance(by: .nanoseconds(1))
    #expect(server.peer[1].status == "4")
  }

  @Test func `A7 the longest timeout does not overflow, and none is for ever`() {
    let server = ServerUnderTest { $0.life.keepaliveInterval = .seconds(400 * 86_400) }
    server.peer.call(1, "/test.Probe/Wait", [], [("grpc-timeout", "99999999H")])
    server.peer.call(3, "/test.Probe/Wait")
    server.peer.advance(by: .seconds(5 * 86_400))
    #expect(server.probe.log == ["waiting", "waiting for ever"])
    #expect(server.peer[1].blocks.isEmpty)
    #expect(server.peer[3].blocks.isEmpty)
  }

  @Test(arguments: ["", "S", "5", "123456789S", "-1S", "+1S", "1.5S", "1s", "1X", "1 S"])
  func `A8 a malformed timeout is INTERNAL and not dispatched`(text: String) {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Unary", [], [("grpc-timeout", text)])
    #expect(server.peer[1].isTrailersOnly)
    #expect(server.peer[1].status == "13")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A9 a timeout of zero is past its deadline and not dispatched`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Unary", [], [("grpc-timeout", "0S")])
    #expect(server.peer[1].status == "4")
    #expect(server.probe.log == [])
  }

  @Test func `A9 of a repeated timeout the first counts`() {
    let server = ServerUnderTest()
    server.peer.call(
      1, "/test.Probe/Wait", [], [("grpc-timeout", "1S"), ("grpc-timeout", "1H")])
    server.peer.advance(by: .seconds(1))
    #expect(server.peer[1].status == "4")
    #expect(server.serves(on: 3))
  }

  @Test func `A10 at the deadline the handler is cancelled and the stream ends`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Wait", [], [("grpc-timeout", "1S")])
    #expect(server.probe.log == ["waiting"])
    server.peer.advance(by: .seconds(1))
    #expect(server.probe.log == ["waiting", "cancelled"])
    #expect(server.peer[1].endsStream)
    #expect(server.peer[1].status == "4")
  }

  @Test func `A10 a deadline in the middle of a response ends the stream`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/WaitBoth", [("grpc-timeout", "1S")])))
    #expect(server.peer[1].messages == [[1]])
    server.peer.advance(by: .seconds(1))
    #expect(server.probe.log == ["started", "cancelled"])
    #expect(server.peer[1].status == "4")
    #expect(server.peer[1].endsStream)
  }
}

/// Bytes of a hex string.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map {
    UInt8(digits[$0] << 4 | digits[$0 + 1])
  }
}
