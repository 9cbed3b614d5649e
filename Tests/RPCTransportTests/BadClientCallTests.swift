import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc B60, B63, B64: what gRPC core's "bad client" tests send in place of a decent call.
@Suite struct BadClientCallTests {
  private static let path = "/test.Probe/Unary"

  // MARK: B60

  @Test func `B60 what is no call is answered or reset, and never dispatched`() {
    let cases: [(String, [(String, String)], Set<String>)] = [
      ("content-type", [("content-type", "text/html")], ["content-type"]),
      ("te", [("te", "chunked")], ["te"]), ("two paths", [(":path", "/x")], []),
      ("encoding", [("grpc-encoding", "nonsense")], []),
      ("connection", [("connection", "close")], []),
      ("upper case", [("X-Upper", "1")], []), ("empty name", [("", "1")], []),
      ("line feed in a value", [("x-a", "1\n2")], []), ("NUL in a value", [("x-a", "1\0")], []),
      ("no method", [], [":method"]), ("no scheme", [], [":scheme"]), ("no path", [], [":path"]),
      ("an unknown pseudo-field", [(":secret", "1")], []),
    ]
    for (what, more, without) in cases {
      let server = ServerUnderTest()
      server.peer.send(
        .headers(1, HTTP2Peer.request(Self.path, more, without: without)),
        .data(1, HTTP2Peer.framed([1]), endStream: true))
      #expect(server.probe.log == [], "\(what)")
      #expect(server.peer[1].status ?? "none" != "0", "\(what)")
      #expect(!server.peer[1].frames.isEmpty, "\(what)")
      #expect(server.serves(on: 3), "\(what)")
    }
  }

  @Test func `B60 what is odd and in order is served`() {
    let cases: [(String, [(String, String)], Set<String>)] = [
      ("a format", [("content-type", "application/grpc+x")], ["content-type"]),
      ("a parameter", [("content-type", "application/grpc;x")], ["content-type"]),
      ("host for authority", [("host", "test")], [":authority"]),
      ("two timeouts", [("grpc-timeout", "5S"), ("grpc-timeout", "10S")], []),
      ("encodings nobody knows", [("grpc-accept-encoding", "nonsense, ,,=;q")], []),
    ]
    for (what, more, without) in cases {
      let server = ServerUnderTest()
      server.peer.send(
        .headers(1, HTTP2Peer.request(Self.path, more, without: without)),
        .data(1, HTTP2Peer.framed([1]), endStream: true))
      #expect(server.peer[1].messages == [[1]], "\(what)")
      #expect(server.peer[1].head["grpc-encoding"] == nil, "\(what)")
    }
  }

  // MARK: B63

  @Test func `B63 every truncation of a message fails, the whole succeeds`() {
    let message = HTTP2Peer.framed(Array(0..<20))
    for count in 0...message.count {
      let server = ServerUnderTest()
      server.peer.send(
        .headers(1, HTTP2Peer.request(Self.path)),
        .data(1, Array(message.prefix(count)), endStream: true))
      let isWhole = count == message.count
      #expect((server.peer[1].status == "0") == isWhole, "\(count) octets")
      #expect(server.probe.log.count == (isWhole ? 1 : 0), "\(count) octets")
      #expect(server.peer[1].endsStream, "\(count) octets")
    }
  }

  @Test func `B63 a message that stalls delays none of another stream`() {
    let server = ServerUnderTest()
    let message = HTTP2Peer.framed([UInt8](repeating: 1, count: 10_000))
    server.peer.send(
      .headers(1, HTTP2Peer.request(Self.path)), .data(1, Array(message.prefix(9_999))))
    server.peer.call(3, Self.path, [UInt8](repeating: 2, count: 10_000))
    #expect(server.peer[3].status == "0")
    #expect(server.peer[1].blocks.isEmpty)
    server.peer.send(.data(1, Array(message.dropFirst(9_999)), endStream: true))
    #expect(server.peer[1].status == "0")
  }

  // MARK: B64

  @Test func `B64 messages beyond the granted window are reset, not buffered`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Step")))
    let messages = [UInt8](repeating: 0, count: 16_380)  // 3,276 empty ones
    var sent = 0
    while sent < 4_194_304, server.peer[1].resetCode == nil, !server.peer.isClosed {
      server.peer.send(.data(1, messages))
      sent += messages.count
    }
    let isReset = server.peer[1].resetCode == 3  // FLOW_CONTROL_ERROR
    #expect(isReset || server.peer.frames(.goaway).last?.number(at: 4) == 3)
    #expect(sent <= 262_144 + 16_380, "the stream's window, and the frame that was too much")
    #expect(server.probe.log == [])
  }

  /// The table of earlier fields goes on through a block that is refused half-way: a later block
  /// names a field of it by its index alone (RFC 7541 §2.3.2).
  @Test(arguments: [40, 80])
  func `A38 HPACK stays in step through a header list over the limit`(fields: Int) {
    let server = ServerUnderTest()
    // 20 KB is answered, 82 KB is past what is worth decoding.
    let long = HPACK.literal([("x-long", String(repeating: "a", count: fields * 1024 / 2))])
    var last = HPACK.literal([("x-last", "kept")])
    last[0] = 0x40  // with incremental indexing
    let request = HPACK.literal(HTTP2Peer.request(Self.path))
    server.peer.send(blocks(1, request + long + long + last))
    #expect(server.peer[1].status == "8" || server.peer[1].resetCode != nil)
    let next = HPACK.literal(HTTP2Peer.request("/test.Echo/Metadata")) + [0xBE]
    server.peer.send(
      .headers(3, block: next, endStream: false),
      .data(3, HTTP2Peer.framed([]), endStream: true))
    #expect(server.peer[3].head["x-last"] == "kept")
  }

  /// A header block in frames of the default size.
  private func blocks(_ streamID: UInt32, _ block: [UInt8]) -> [Frame] {
    stride(from: 0, to: block.count, by: 16_384).map { start in
      let isLast = start + 16_384 >= block.count
      return Frame(
        start == 0 ? .headers : .continuation,
        flags: (isLast ? Frame.endHeaders : 0) | (start == 0 ? Frame.endStream : 0),
        streamID: streamID, payload: Array(block[start..<min(start + 16_384, block.count)]))
    }
  }
}
