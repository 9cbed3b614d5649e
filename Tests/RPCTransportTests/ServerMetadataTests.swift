import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A31–A38: what travels beside a call. `/test.Echo/Metadata` sends back what its handler
/// saw, in the head and in the trailers.
@Suite struct ServerMetadataTests {
  private func echoed(_ fields: [(String, String)]) -> [(String, String)] {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Metadata", [], fields)
    #expect(server.peer[1].status == "0")
    return server.peer[1].head.fields.filter {
      ![":status", "content-type"].contains($0.0)
    }
  }

  @Test(arguments: [("AQI=", "AQI"), ("AQI", "AQI"), ("AQ==", "AQ"), ("", ""), ("AQID", "AQID")])
  func `A31 binary values are read padded or not, and written unpadded`(
    sent: String, seen: String
  ) {
    #expect(echoed([("x-bin", sent)]).map(\.1) == [seen])
  }

  @Test func `A32 a comma-joined binary value is several`() {
    #expect(echoed([("x-bin", "AQ,Ag==, Aw")]).map(\.1) == ["AQ", "Ag", "Aw"])
  }

  @Test(arguments: ["A", "A===", "AQ=A", "AQI*", "AQI=,*"])
  func `A33 an undecodable binary value fails that call alone`(value: String) {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Unary", [], [("x-bin", value)])
    #expect(server.peer[1].status == "13")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A34 values under one name all arrive, in order`() {
    let fields = [("x-a", "1"), ("x-b", "2"), ("x-a", "3"), ("x-a", "1")]
    #expect(echoed(fields).map { "\($0.0)=\($0.1)" } == fields.map { "\($0.0)=\($0.1)" })
  }

  @Test func `A35 a value outside printable ASCII fails nothing and is not echoed`() {
    let server = ServerUnderTest()
    let block =
      HPACK.literal(HTTP2Peer.request("/test.Echo/Metadata", [("x-good", "1")]))
      + HPACK.literal("x-odd", [0xFC, 0xE9]) + HPACK.literal("x-tab", Array("a\tb".utf8))
    server.peer.send(
      .headers(1, block: block, endStream: false),
      .data(1, HTTP2Peer.framed([]), endStream: true))
    #expect(server.peer[1].status == "0")
    #expect(server.peer[1].head["x-good"] == "1")
    #expect(server.peer[1].head["x-odd"] == nil)
    #expect(server.peer[1].head["x-tab"] == nil)
    #expect(server.definition.protections.droppedMetadataCount == 2)
    #expect(server.serves(on: 3))
    #expect(server.definition.protections.droppedMetadataCount == 2, "of each call its own")
  }

  @Test func `A39 a handler reads how often the call was tried before`() {
    #expect(echoed([("grpc-previous-rpc-attempts", "2")]).map(\.1) == ["2"])
  }

  @Test func `A36 the protocol's own fields are not shown to a handler`() {
    let seen = echoed([
      ("grpc-timeout", "1H"), ("grpc-accept-encoding", "gzip"), ("user-agent", "x"),
      ("grpc-encoding", "identity"), ("grpc-future", "1"), ("x-own", "1"),
    ])
    #expect(seen.map(\.0) == ["x-own"])
  }

  @Test(arguments: [
    ":path", "te", "content-type", "connection", "grpc-status", "grpc-message", "grpc-timeout",
    "host", "transfer-encoding",
  ])
  func `A36 a handler cannot set the protocol's fields`(name: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.self) { try metadata.append("x", forKey: name) }
    #expect(metadata.isEmpty)
  }

  @Test(arguments: ["Upper", "sp ace", "", "ü", "a:b", "a\n"])
  func `A37 a name of other letters is refused`(name: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.badKey(name)) { try metadata.append("x", forKey: name) }
  }

  @Test(arguments: ["a\r", "a\nb", "a\0b", "ü", "\u{7F}"])
  func `A37 a value with control letters is refused`(value: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.valueNotASCII("x")) {
      try metadata.append(value, forKey: "x")
    }
  }

  @Test func `A38 a header list over the limit fails its stream, and the next call works`() {
    let server = ServerUnderTest()
    // 16,384 counted as name, value and 32 for each field.
    server.peer.call(
      1, "/test.Probe/Unary", [], [("x-long", String(repeating: "a", count: 16_384))])
    #expect(server.peer[1].status == "8")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A38 CONTINUATION without end is cut off`() {
    let server = ServerUnderTest()
    let block = HPACK.literal(HTTP2Peer.request("/test.Probe/Unary"))
    server.peer.send(Frame(.headers, streamID: 1, payload: block))
    for _ in 0..<32 where !server.peer.isClosed {
      server.peer.send(
        Frame(.continuation, streamID: 1, payload: HPACK.literal([("x-a", "b")])))
    }
    #expect(server.peer.isClosed)
    #expect(server.peer.frames(.goaway).count == 1)
  }
}
