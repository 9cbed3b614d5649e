import RPCCore
import RPCTransport
import TestSupport
import Testing

/// What ends a call arrives, however much there is to say.
@Suite struct StatusBlockTests {
  /// SETTINGS_MAX_HEADER_LIST_SIZE.
  private static let headerListMax: UInt16 = 6

  private func failed(
    _ message: String, peerTakes room: UInt32? = nil
  ) throws -> (answer: HTTP2Peer.StreamRecord, message: String) {
    let server = ServerUnderTest(opens: false)
    if let room { server.peer.open([Self.headerListMax: room]) } else { server.peer.open() }
    server.peer.call(1, "/test.Echo/Fail", Array(message.utf8))
    let answer = server.peer[1]
    try #require(answer.isTrailersOnly)
    #expect(answer.status == "9")
    #expect(server.serves(on: 3))
    let encoded = Array(try #require(answer.message).utf8)
    return (answer, PercentEncoding.decode(encoded.span))
  }

  @Test func `a message that no block holds is cut, and says so (A26)`() throws {
    let (answer, message) = try failed(String(repeating: "x", count: 100_000))
    #expect(message == String(repeating: "x", count: 1_024) + "...")
    #expect(answer.head["why"] == "asked to")
  }

  @Test func `a message that fits is whole, to the byte`() throws {
    // The list without it: five fields of 32, and their names and values.
    let rest =
      5 * 32
      + ":status200content-typeapplication/grpcgrpc-status9grpc-messagewhyasked to"
      .utf8.count
    for (length, isWhole) in [(4_000, true), (4_001, false)] {
      let text = String(repeating: "y", count: length)
      let (_, message) = try failed(text, peerTakes: UInt32(rest + 4_000))
      #expect((message == text) == isWhole, "\(length)")
    }
  }

  @Test func `no character is cut in two`() throws {
    for (text, count) in [("é", 170), ("☺", 113), ("🙂", 85), ("%", 341), ("\n", 341)] {
      let (_, message) = try failed(String(repeating: text, count: 60_000))
      #expect(message == String(repeating: text, count: count) + "...")
    }
  }

  @Test func `metadata that the caller does not take ends the call with the reason`() {
    let server = ServerUnderTest(opens: false)
    server.peer.open([Self.headerListMax: 4_096])
    let large = String(repeating: "m", count: 5_000)
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Echo/Metadata") + [("x-large", large)]),
      .data(1, HTTP2Peer.framed([1]), endStream: true))
    let answer = server.peer[1]
    #expect(answer.isTrailersOnly)
    #expect(answer.status == "8")
    #expect(answer.message?.contains("and the caller takes 4096") == true)
    #expect(answer.head["x-large"] == nil)
    #expect(server.serves(on: 3))
  }
}
