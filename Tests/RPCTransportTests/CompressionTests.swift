import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A13–A18: messages in gzip, both ways.
@Suite struct CompressionTests {
  private static let gzip = [("grpc-encoding", "gzip")]

  /// gzip of 1000 zeros, made by Python's gzip module (mtime 0).
  private static let thousandZeros: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0x18, 0x05, 0xA3, 0x60,
    0x14, 0x0C, 0x77, 0x00, 0x00, 0x80, 0x17, 0x0B, 0x06, 0xE8, 0x03, 0x00, 0x00,
  ]

  private func server(_ change: (inout HTTP2Limits) -> Void = { _ in }) -> ServerUnderTest {
    ServerUnderTest(change)
  }

  private func send(
    _ server: ServerUnderTest, _ payload: [UInt8], flag: UInt8 = 1,
    _ fields: [(String, String)] = CompressionTests.gzip
  ) {
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Unary", fields)),
      .data(1, HTTP2Peer.framed(payload, flag: flag), endStream: true))
  }

  @Test func `A16 a compressed request is inflated`() {
    let server = server()
    send(server, Self.thousandZeros)
    #expect(server.peer[1].status == "0")
    #expect(server.peer[1].messages == [[UInt8](repeating: 0, count: 1000)])
  }

  @Test func `A16 flag 0 under a declared encoding is taken as it is`() {
    let server = server()
    send(server, [1, 2, 3], flag: 0)
    #expect(server.peer[1].messages == [[1, 2, 3]])
  }

  @Test func `A16 each message has a context of its own`() {
    let server = server()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Both", Self.gzip)),
      .data(
        1,
        HTTP2Peer.framed(Self.thousandZeros, flag: 1) + HTTP2Peer.framed([9])
          + HTTP2Peer.framed(Self.thousandZeros, flag: 1), endStream: true))
    #expect(server.peer[1].messages.map(\.count) == [1000, 1, 1000])
  }

  @Test(arguments: 0..<29)
  func `A16 a message that is no whole gzip is INTERNAL`(length: Int) {
    let server = server()
    send(server, Array(Self.thousandZeros.prefix(length)))
    #expect(server.peer[1].status == "13")
    #expect(server.serves(on: 3))
  }

  @Test func `A16 bytes behind the gzip are INTERNAL, and so is a wrong checksum`() {
    let behind = server()
    send(behind, Self.thousandZeros + [0])
    #expect(behind.peer[1].status == "13")
    var broken = Self.thousandZeros
    broken[21] ^= 1
    let wrong = server()
    send(wrong, broken)
    #expect(wrong.peer[1].status == "13")
  }

  @Test func `A16 a message of several gzip members is all of them, and the limit is of all`() {
    let two = server { $0.messageBytesMax = 2000 }
    send(two, Self.thousandZeros + Self.thousandZeros)
    #expect(two.peer[1].status == "0")
    #expect(two.peer[1].messages == [[UInt8](repeating: 0, count: 2000)])
    let over = server { $0.messageBytesMax = 1999 }
    send(over, Self.thousandZeros + Self.thousandZeros)
    #expect(over.peer[1].status == "8")
    let cut = server()
    send(cut, Self.thousandZeros + Self.thousandZeros.dropLast())
    #expect(cut.peer[1].status == "13")
  }

  @Test func `A18 the inflated size obeys the limit, to the byte`() {
    let fits = server { $0.messageBytesMax = 1000 }
    send(fits, Self.thousandZeros)
    #expect(fits.peer[1].status == "0")
    let over = server { $0.messageBytesMax = 999 }
    send(over, Self.thousandZeros)
    #expect(over.peer[1].status == "8")
    #expect(over.serves(on: 3))
  }

  @Test func `A15 an encoding that is not known is UNIMPLEMENTED, with what is`() {
    let server = server()
    send(server, [1], [("grpc-encoding", "snappy")])
    #expect(server.peer[1].status == "12")
    #expect(server.peer[1].head["grpc-accept-encoding"] == "identity,gzip")
  }

  @Test func `A17 responses are encoded only for a caller that reads it, and where it helps`() {
    let server = server()
    let message = [UInt8](repeating: 7, count: 1000)
    server.peer.call(1, "/test.Probe/Compressed", message, [("grpc-accept-encoding", "gzip")])
    #expect(server.peer[1].head["grpc-encoding"] == "gzip")
    #expect(server.peer[1].data.first == 1)
    #expect(server.peer[1].data.count < 100)
    server.peer.call(3, "/test.Probe/Compressed", message)
    #expect(server.peer[3].head["grpc-encoding"] == nil)
    #expect(server.peer[3].messages == [message])
    server.peer.call(5, "/test.Probe/Compressed", [1], [("grpc-accept-encoding", "gzip")])
    #expect(server.peer[5].messages == [[1]])
  }
}
