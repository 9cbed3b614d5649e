import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A11–A22: messages inside DATA frames.
@Suite struct ServerMessageTests {
  private func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    HTTP2Peer.framed(message, flag: flag)
  }

  @Test(arguments: [nil, 0, 7] as [UInt8?])
  func `A11 one octet in a frame is as good as all in one, padded or not`(padding: UInt8?) {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/End")))
    let message = Array(UInt8(0)..<40)
    for byte in framed(message) {
      server.peer.send(.data(1, [byte], padding: padding), .data(1, []))
    }
    server.peer.send(.data(1, [], endStream: true, padding: padding))
    #expect(server.peer[1].messages == [message])
    #expect(server.peer[1].status == "0")
  }

  @Test func `A11 many messages in a frame are as many messages`() {
    let server = ServerUnderTest()
    let messages = (0..<100).map { [UInt8](repeating: UInt8($0), count: $0) }
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Both")),
      .data(1, messages.flatMap { framed($0) }, endStream: true))
    #expect(server.peer[1].messages == messages)
  }

  @Test func `A11 any cut of a stream of messages gives the same messages`() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<50 {
      let messages = (0..<5).map { _ in
        [UInt8](
          repeating: .random(in: 0...255, using: &generator),
          count: .random(in: 0...60, using: &generator))
      }
      let server = ServerUnderTest()
      server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
      var rest = messages.flatMap { framed($0) }[...]
      while !rest.isEmpty {
        let size = Int.random(in: 1...rest.count, using: &generator)
        server.peer.send(.data(1, Array(rest.prefix(size))))
        rest = rest.dropFirst(size)
      }
      server.peer.send(.data(1, [], endStream: true))
      #expect(server.peer[1].messages == messages)
    }
  }

  @Test func `A12 an empty message is a message`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Unary", [])
    #expect(server.peer[1].messages == [[]])
    #expect(server.peer[1].data == [0, 0, 0, 0, 0])
  }

  @Test(arguments: [[], [("grpc-encoding", "identity")]] as [[(String, String)]])
  func `A13 a compressed flag without an encoding is INTERNAL`(more: [(String, String)]) {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary", more)),
      .data(1, framed([1], flag: 1), endStream: true))
    #expect(server.peer[1].status == "13")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test(arguments: [2, 0x80, 0xFF] as [UInt8])
  func `A14 a flag above one is INTERNAL`(flag: UInt8) {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")),
      .data(1, framed([1], flag: flag), endStream: true))
    #expect(server.peer[1].status == "13")
    #expect(server.probe.log == [])
  }

  @Test func `A18 a message over the limit is refused from its prefix alone`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")), .data(1, [0, 0, 0x40, 0, 1]))
    #expect(server.peer[1].status == "8")
    #expect(server.probe.log == [])
    #expect(server.serves(on: 3))
  }

  @Test func `A18 a method's own limit counts, to the byte`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Probe/Small", [UInt8](repeating: 1, count: 10))
    server.peer.call(3, "/test.Probe/Small", [UInt8](repeating: 1, count: 11))
    #expect(server.peer[1].status == "0")
    #expect(server.peer[3].status == "8")
  }

  @Test func `A19 bytes that are no message are INTERNAL`() {
    let server = ServerUnderTest()
    server.peer.call(1, "/test.Echo/Unary", Array("malformed".utf8))
    #expect(server.peer[1].isTrailersOnly)
    #expect(server.peer[1].status == "13")
  }

  @Test(arguments: 1..<8)
  func `A20 a stream that ends inside a message is INTERNAL, unary or streaming`(count: Int) {
    let server = ServerUnderTest()
    let cut = Array(framed([1, 2, 3]).prefix(count))
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")), .data(1, cut, endStream: true),
      .headers(3, HTTP2Peer.request("/test.Probe/End")), .data(3, cut, endStream: true))
    #expect(server.peer[1].status == "13")
    #expect(server.peer[3].status == "13")
    #expect(server.probe.log == [])
  }

  @Test func `A21 a unary call without a message is UNIMPLEMENTED, however it ends`() {
    let server = ServerUnderTest()
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Unary"), endStream: true))
    server.peer.send(
      .headers(3, HTTP2Peer.request("/test.Probe/Unary")), .data(3, [], endStream: true))
    #expect(server.peer[1].status == "12")
    #expect(server.peer[3].status == "12")
    #expect(server.probe.log == [])
  }

  @Test func `A22 a unary call with two messages is UNIMPLEMENTED and not dispatched`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")),
      .data(1, framed([1]) + framed([2]), endStream: true))
    server.peer.send(
      .headers(3, HTTP2Peer.request("/test.Probe/Unary")), .data(3, framed([1])),
      .data(3, framed([2])), .data(3, [], endStream: true))
    #expect(server.peer[1].status == "12")
    #expect(server.peer[3].status == "12")
    #expect(server.probe.log == [])
  }
}
