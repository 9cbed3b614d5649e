import RPCClient
import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc B65, gRPC's "negative HTTP/2" set: what a client makes of a server that breaks off, is
/// tight or pads.
@Suite struct NegativeServerTests {
  private static let half = Array(HTTP2Peer.framed([1, 2, 3, 4]).prefix(6))

  @Test func `B65 goaway: the call under way completes, the next takes another connection`() {
    let client = ClientUnderTest()
    let first = client.unary([1])
    let old = client.accept()
    old.send(.goaway(last: 1, code: 0))
    old.answer(1, [1])
    #expect(first.value == Bytes([1]))
    let second = client.unary([2])
    #expect(client.dialer.attempts.count == 2)
    client.accept().answer(1, [2])
    #expect(second.value == Bytes([2]))
  }

  @Test(arguments: ["rst_after_header", "rst_during_data", "rst_after_data"])
  func `B65 a reset in the midst of an answer fails that call alone`(name: String) {
    let client = ClientUnderTest()
    let call = client.unary([1])
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead))
    if name == "rst_during_data" { peer.send(.data(1, Self.half)) }
    if name == "rst_after_data" { peer.send(.data(1, HTTP2Peer.framed([1]))) }
    peer.send(.reset(1, code: 0))
    #expect(call.failure?.code == .internal, "\(String(describing: call.failure))")
    let next = client.unary([2])
    peer.answer(3, [2])
    #expect(next.value == Bytes([2]))
    #expect(client.dialer.attempts.count == 1)
  }

  @Test func `B65 ping: each is answered with its octets, before, in and after a call`() {
    let client = ClientUnderTest()
    let call = client.unary([1])
    let peer = client.accept()
    let octets = (1...3).map { [UInt8](repeating: $0, count: 8) }
    peer.send(.ping(octets[0]), .headers(1, HTTP2Peer.answerHead), .ping(octets[1]))
    peer.send(
      .data(1, HTTP2Peer.framed([1])), .headers(1, [("grpc-status", "0")], endStream: true),
      .ping(octets[2]))
    #expect(call.value == Bytes([1]))
    #expect(peer.frames(.ping) == octets.map { .ping($0, isAck: true) })
  }

  @Test func `B65 max_streams: a server of one stream serves all calls, one after the other`() {
    let client = ClientUnderTest()
    let calls = (0..<5).map { client.unary([UInt8($0)]) }
    let peer = client.accept([3: 1])
    for index in 0..<5 {
      let id = UInt32(2 * index + 1)
      #expect(peer[id].messages == [[UInt8(index)]])
      #expect(peer[id + 2].frames == [])
      peer.answer(id, [UInt8(index)])
    }
    #expect(calls.compactMap(\.value?.bytes) == [[0], [1], [2], [3], [4]])
  }

  @Test(arguments: [0, 7, 255] as [UInt8])
  func `B65 data padding is no data`(padding: UInt8) {
    let client = ClientUnderTest()
    let call = client.unary([1])
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead))
    for octet in HTTP2Peer.framed([9, 8]) { peer.send(.data(1, [octet], padding: padding)) }
    peer.send(.headers(1, [("grpc-status", "0")], endStream: true))
    #expect(call.value == Bytes([9, 8]))
  }

  @Test(arguments: ["14", "8", "10"])
  func `A39 a call that fails is not made again, whatever its code or the server's advice`(
    status: String
  ) {
    let client = ClientUnderTest()
    let call = client.unary([1])
    let peer = client.accept()
    peer.fail(1, [("grpc-status", status), ("grpc-retry-pushback-ms", "0")])
    client.loop.advance(by: .seconds(60))
    #expect(call.failure?.code.rawValue == UInt32(status))
    #expect(peer[3].frames == [])
    #expect(client.dialer.attempts.count == 1)
  }
}
