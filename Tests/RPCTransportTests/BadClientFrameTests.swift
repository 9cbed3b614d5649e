import RPCCore
import RPCTransport
import TestSupport
import Testing

/// facts/grpc B57–B62: what gRPC core's "bad client" tests send, frame by frame. After each either the
/// connection is closed with the error that RFC 9113 names, or it goes on as if nothing had been.
@Suite struct BadClientFrameTests {
  /// Error codes of RFC 9113 §7.
  private enum Code: UInt32 {
    case protocolError = 1
    case flowControl = 3
    case frameSize = 6
    case compression = 9
  }

  private func expectEnd(
    _ server: ServerUnderTest, _ code: Code, _ what: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let goaway = server.peer.frames(.goaway).last
    #expect(goaway?.number(at: 4) == code.rawValue, "\(what)", sourceLocation: location)
    #expect(server.peer.isClosed, "\(what)", sourceLocation: location)
    #expect(server.probe.log == [], "\(what)", sourceLocation: location)
  }

  private static let request = HPACK.literal(HTTP2Peer.request("/test.Probe/Unary"))

  // MARK: B57

  @Test func `B57 a wrong octet anywhere in the preface ends the connection`() {
    for index in 0..<24 {
      let server = ServerUnderTest(opens: false)
      var preface = HTTP2Peer.preface
      preface[index] ^= 0x20
      server.peer.send(bytes: preface + Frame.settings().bytes)
      #expect(server.peer.isClosed, "octet \(index)")
      #expect(server.peer.frames(.settings).filter(\.isAck).isEmpty, "octet \(index)")
    }
  }

  @Test func `B57 the preface may come octet by octet`() {
    let server = ServerUnderTest(opens: false)
    for byte in HTTP2Peer.preface + Frame.settings().bytes { server.peer.send(bytes: [byte]) }
    #expect(server.serves(on: 1))
  }

  // MARK: B58

  @Test func `B58 broken SETTINGS end the connection, each with its error`() {
    let cases: [(String, Frame, Code)] = [
      ("on a stream", Frame(.settings, streamID: 1), .protocolError),
      ("no multiple of six", Frame(.settings, payload: [0, 3, 0, 0, 0]), .frameSize),
      ("frame size too small", .settings([5: 16_383]), .protocolError),
      ("frame size too large", .settings([5: 16_777_216]), .protocolError),
      ("window too large", .settings([4: 0x8000_0000]), .flowControl),
      ("push neither on nor off", .settings([2: 2]), .protocolError),
      (
        "acknowledgement with a payload",
        Frame(.settings, flags: Frame.ack, payload: [0, 3, 0, 0, 0, 1]), .frameSize
      ),
    ]
    for (what, frame, code) in cases {
      let server = ServerUnderTest()
      server.peer.send(frame)
      expectEnd(server, code, what)
    }
  }

  @Test func `B58 settings and flags that nobody knows are ignored`() {
    let server = ServerUnderTest()
    server.peer.send(.settings([0xF0F0: 7]), Frame(.settings, flags: 0xFE))
    #expect(server.serves(on: 1))
  }

  @Test func `B58 a hang-up inside any frame's head or payload harms nobody`() {
    let frames: [Frame] = [
      .settings([3: 1]), .headers(1, HTTP2Peer.request("/test.Probe/Unary")),
      .goaway(last: 0, code: 0, debug: "bye"), .ping([1, 2, 3, 4, 5, 6, 7, 8]),
    ]
    for frame in frames {
      for count in 1..<frame.bytes.count {
        let server = ServerUnderTest()
        server.peer.send(bytes: Array(frame.bytes.prefix(count)))
        server.loop.run { server.peer.channel.disconnect() }
        #expect(server.peer.isClosed)
        #expect(server.probe.log == [])
      }
    }
  }

  // MARK: B59

  @Test func `B59 header blocks that HPACK does not know are COMPRESSION_ERROR`() {
    let cases: [(String, [UInt8])] = [
      ("index 0", [0x80]),
      ("index past both tables", [0xBE]),
      ("index far past both tables", [0xFF, 0x80, 0x01]),
      ("integer that overflows", [0xFF] + [UInt8](repeating: 0xFF, count: 12) + [0x01]),
      ("integer without an end", [0xFF, 0x80]),
      ("field without its name", [0x00, 0x05, 0x61]),
      ("field without its value", [0x00, 0x01, 0x61, 0x05]),
      ("table of 4097", [0x3F, 0xE2, 0x1F]),
      ("table size behind a field", Self.request + [0x20]),
      ("Huffman's end of string", [0x00, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00]),
    ]
    for (what, block) in cases {
      let server = ServerUnderTest()
      server.peer.send(.headers(1, block: block, endStream: true))
      expectEnd(server, .compression, what)
    }
  }

  /// RFC 7541 §4.2 expects two at most and names no error for more.
  @Test(arguments: 1...3)
  func `B59 a table size may be given more than once before the first field`(count: Int) {
    let server = ServerUnderTest()
    let block = [UInt8](repeating: 0x20, count: count) + Self.request
    server.peer.send(
      .headers(1, block: block, endStream: false),
      .data(1, HTTP2Peer.framed([]), endStream: true))
    #expect(server.peer[1].status == "0")
    #expect(server.serves(on: 3))
  }

  @Test func `B59 a header block that is not held together ends the connection`() {
    let open = Frame(.headers, streamID: 1, payload: Self.request)
    let rest = Frame(.continuation, flags: Frame.endHeaders, streamID: 1)
    let cases: [(String, [Frame], Code)] = [
      ("DATA in it", [open, .data(1, [])], .protocolError),
      ("another stream's HEADERS in it", [open, .headers(3, [])], .protocolError),
      ("SETTINGS in it", [open, .settings()], .protocolError),
      ("an unknown frame in it", [open, Frame(type: 0xEE)], .protocolError),
      (
        "another stream's CONTINUATION in it",
        [open, Frame(.continuation, flags: Frame.endHeaders, streamID: 3)], .protocolError
      ),
      ("CONTINUATION of nothing", [rest], .protocolError),
      (
        "CONTINUATION behind the end",
        [.headers(1, HTTP2Peer.request("/test.Probe/Unary")), rest], .protocolError
      ),
      (
        "no room for the priority that its flag announces",
        [Frame(.headers, flags: Frame.endHeaders | 0x20, streamID: 1, payload: [0, 0, 0, 0])],
        .frameSize
      ),
      (
        "padding longer than the frame",
        [
          Frame(
            .headers, flags: Frame.endHeaders | Frame.padded, streamID: 1,
            payload: [200] + Self.request)
        ],
        .protocolError
      ),
    ]
    for (what, frames, code) in cases {
      let server = ServerUnderTest()
      server.peer.send(frames)
      expectEnd(server, code, what)
    }
  }

  // MARK: B61

  @Test(arguments: [0, 2, 4] as [UInt32])
  func `B61 a stream id that no client may use ends the connection`(id: UInt32) {
    let server = ServerUnderTest()
    server.peer.send(.headers(id, HTTP2Peer.request("/test.Probe/Unary")))
    expectEnd(server, .protocolError, "stream \(id)")
  }

  @Test func `B61 an id that is reused is never dispatched again`() {
    let server = ServerUnderTest()
    #expect(server.serves(on: 1))
    server.peer.call(1, "/test.Probe/Unary", [1])
    #expect(server.probe.log == [])
    #expect(server.peer[1].messages == [[7]])
  }

  @Test func `B61 second and third HEADERS on an open stream end it at most`() {
    let server = ServerUnderTest()
    let request = HTTP2Peer.request("/test.Probe/Unary")
    server.peer.send(.headers(1, request), .headers(1, request), .headers(1, request))
    server.peer.send(.data(1, HTTP2Peer.framed([1]), endStream: true))
    #expect(server.probe.log == [])
    #expect(server.peer[1].resetCode != nil)
    #expect(server.serves(on: 3))
  }

  @Test func `B61 a caller's own trailers end its side, and mean nothing`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")), .data(1, HTTP2Peer.framed([1])),
      .headers(1, [("x-late", "1")], endStream: true))
    #expect(server.peer[1].messages == [[1]])
    #expect(server.peer[1].status == "0")
  }

  // MARK: B62

  @Test func `B62 a frame of a wrong length ends the connection with FRAME_SIZE_ERROR`() {
    let cases: [(String, Frame)] = [
      ("RST_STREAM", Frame(.reset, streamID: 1, payload: [0, 0, 0])),
      ("PING of seven", Frame(.ping, payload: [UInt8](repeating: 0, count: 7))),
      ("PING of nine", Frame(.ping, payload: [UInt8](repeating: 0, count: 9))),
      ("WINDOW_UPDATE", Frame(.windowUpdate, payload: [0, 0, 1])),
      ("GOAWAY", Frame(.goaway, payload: [0, 0, 0, 0, 0, 0, 0])),
      ("PRIORITY", Frame(.priority, streamID: 1, payload: [0, 0, 0, 0])),
    ]
    for (what, frame) in cases {
      let server = ServerUnderTest()
      server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Unary")))
      server.peer.send(frame)
      expectEnd(server, .frameSize, what)
    }
  }

  @Test func `B62 frames where they may not be end the connection`() {
    let cases: [(String, Frame)] = [
      ("DATA on no stream", .data(0, [1])), ("DATA on an idle stream", .data(9, [1])),
      ("RST_STREAM on no stream", .reset(0, code: 8)),
      ("RST_STREAM on an idle stream", .reset(9, code: 8)),
      ("WINDOW_UPDATE on an idle stream", .windowUpdate(9, by: 1)),
      ("WINDOW_UPDATE by nothing", .windowUpdate(0, by: 0)),
      ("PING on a stream", Frame(.ping, streamID: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])),
      ("GOAWAY on a stream", Frame(.goaway, streamID: 1, payload: [UInt8](repeating: 0, count: 8))),
      ("PUSH_PROMISE of a client", Frame(.pushPromise, streamID: 1, payload: [0, 0, 0, 2])),
      (
        "an acknowledgement of nothing",
        Frame(.settings, flags: Frame.ack)
      ),
    ]
    for (what, frame) in cases {
      let server = ServerUnderTest()
      server.peer.send(frame)
      expectEnd(server, .protocolError, what)
    }
  }

  @Test func `B62 a window raised by nothing on a stream ends that stream at most`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")), .windowUpdate(1, by: 0))
    #expect(server.peer[1].resetCode == 1 || server.peer.isClosed)
    #expect(server.probe.log == [])
  }

  @Test func `B62 flags of DATA that nobody knows are ignored`() {
    let server = ServerUnderTest()
    var data = Frame.data(1, HTTP2Peer.framed([5]), endStream: true)
    data.flags |= 0xF6 & ~Frame.padded
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Probe/Unary")), data)
    #expect(server.peer[1].messages == [[5]])
  }

  @Test func `B62 padding as long as its frame is a connection error`() {
    let server = ServerUnderTest()
    server.peer.send(
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")),
      Frame(.data, flags: Frame.padded, streamID: 1, payload: [3, 0, 0]))
    expectEnd(server, .protocolError, "padding")
  }

  @Test(arguments: 10...255 as ClosedRange<UInt8>)
  func `B62 a frame of a type that nobody knows is ignored`(type: UInt8) {
    let server = ServerUnderTest()
    server.peer.send(
      Frame(type: type, flags: 0xFF, streamID: 0, payload: [1, 2, 3]),
      .headers(1, HTTP2Peer.request("/test.Probe/Unary")),
      Frame(type: type, flags: 0xFF, streamID: 1, payload: []),
      .data(1, HTTP2Peer.framed([5]), endStream: true))
    #expect(server.peer[1].messages == [[5]])
    #expect(server.serves(on: 3))
  }
}
