import RPCClient
import RPCCore
import RPCTransport
import TestSupport
import Testing

/// One call as a server of raw frames sees it, and what the client makes of the answer.
@Suite struct ClientCallTests {
  @Test func `a request has the fields of a gRPC call, in the order of the specification`() {
    let client = ClientUnderTest()
    let call = client.unary(
      [1, 2], CallOptions(timeout: .seconds(2), metadata: ["x-one": "1", "x-bin": .bytes([1])]))
    let peer = client.accept()
    let names = peer[1].head.fields.map { "\($0.0): \($0.1)" }
    #expect(
      names == [
        ":method: POST", ":scheme: http", ":path: /test.Echo/Unary", ":authority: test:1",
        "te: trailers", "grpc-timeout: 2000000u", "content-type: application/grpc",
        "grpc-accept-encoding: identity,gzip", "user-agent: grpc-swift-topupd/1.0", "x-one: 1",
        "x-bin: AQ",
      ])
    #expect(peer[1].messages == [[1, 2]])
    #expect(peer[1].frames.map(\.kind) == [.headers, .data])
    #expect(peer[1].endsStream)
    peer.answer(1, [3])
    #expect(call.value == Bytes([3]))
  }

  @Test func `a call with an encoding says so, compresses, and reads what comes compressed`() {
    let client = ClientUnderTest()
    let message = [UInt8](repeating: 1, count: 1000)
    let call = client.unary(message, CallOptions(encoding: .gzip))
    let peer = client.accept()
    #expect(peer[1].head["grpc-encoding"] == "gzip")
    #expect(peer[1].data.first == 1)
    #expect(peer[1].data.count < 100)
    // The server gives back what it got, as it got it.
    peer.send(
      .headers(1, HTTP2Peer.answerHead + [("grpc-encoding", "gzip")]), .data(1, peer[1].data),
      .headers(1, [("grpc-status", "0")], endStream: true))
    #expect(call.value == Bytes(message))
  }

  @Test func `nothing is sent before the server's SETTINGS are in`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept(nil)
    #expect(peer[1].frames == [])
    peer.send(.settings())
    #expect(peer[1].endsStream)
    peer.answer(1, [])
    #expect(call.value == Bytes([]))
  }

  @Test func `metadata that the server does not take ends the call with the reason`() {
    let client = ClientUnderTest()
    let large = String(repeating: "m", count: 5_000)
    let calls = [100, 70_000].map { size in
      client.unary([1], CallOptions(metadata: ["x": .text(String(repeating: "m", count: size))]))
    }
    let tight = client.unary([1], CallOptions(metadata: ["x": .text(large)]))
    let peer = client.accept([6: 4_096])
    #expect(calls[1].failure?.status.code == .resourceExhausted)
    #expect(tight.failure?.status.message.contains("and the server takes 4096") == true)
    peer.answer(1, [3])
    #expect(calls[0].value == Bytes([3]))
  }

  @Test func `a request says no timeout when the caller waits for ever`() {
    let client = ClientUnderTest()
    _ = client.unary()
    #expect(client.accept()[1].head["grpc-timeout"] == nil)
  }

  @Test func `the timeout on the wire is what is left when the request leaves`() {
    let client = ClientUnderTest()
    _ = client.unary([], CallOptions(timeout: .seconds(10)))
    client.loop.advance(by: .seconds(4))
    #expect(client.accept()[1].head["grpc-timeout"] == "6000000u")
  }

  @Test func `head and trailers bring metadata, and not the protocol's fields`() {
    let client = ClientUnderTest()
    let log = CallLog()
    let call = client.both(into: log)
    let peer = client.accept()
    peer.send(
      .headers(1, HTTP2Peer.answerHead + [("x-a", "1"), ("grpc-encoding", "identity")]),
      .data(1, HTTP2Peer.framed([1]) + HTTP2Peer.framed([2])),
      .headers(1, [("grpc-status", "0"), ("x-b-bin", "AQ==")], endStream: true))
    #expect(call.value != nil)
    #expect(log.messages == [[1], [2]])
    #expect(log.initialMetadata == ["x-a": "1"])
    #expect(log.trailers == ["x-b-bin": .bytes([1])])
  }

  @Test func `an error alone has code, decoded message and trailers`() {
    let client = ClientUnderTest()
    let call = client.unary()
    client.accept().fail(
      1,
      [
        ("grpc-status", "9"), ("grpc-message", "a%20b%25%E2%98%BA"), ("why", "so"),
        ("grpc-status-details-bin", "CAk"),
      ])
    #expect(
      call.failure
        == RPCError(
          .failedPrecondition, "a b%\u{263A}",
          trailers: {
            var trailers: Metadata = ["why": "so"]
            trailers.appendUnchecked(
              .init(key: "grpc-status-details-bin", value: .bytes([8, 9])))
            return trailers
          }()))
  }

  @Test(arguments: [("99", 99), ("x", 2), ("-1", 2), ("", 2)] as [(String, UInt32)])
  func `an unknown code passes through, and what is no number is UNKNOWN`(
    text: String, code: UInt32
  ) {
    let client = ClientUnderTest()
    let call = client.unary()
    client.accept().fail(1, [("grpc-status", text)])
    #expect(call.failure?.code.rawValue == code)
  }

  @Test func `an answer that ends without a status is UNKNOWN, by trailers or by data`() {
    let client = ClientUnderTest()
    let first = client.unary()
    let peer = client.accept()
    peer.send(
      .headers(1, HTTP2Peer.answerHead), .data(1, HTTP2Peer.framed([1])),
      .headers(1, [("x", "y")], endStream: true))
    #expect(first.failure?.code == .unknown)
    let second = client.unary()
    peer.turn()
    peer.send(
      .headers(3, HTTP2Peer.answerHead), .data(3, HTTP2Peer.framed([1]), endStream: true))
    #expect(second.failure?.code == .unknown)
  }

  @Test(arguments: [
    (400, StatusCode.internal), (401, .unauthenticated), (403, .permissionDenied),
    (404, .unimplemented), (429, .unavailable), (500, .unknown), (502, .unavailable),
    (503, .unavailable), (504, .unavailable),
  ])
  func `an HTTP status in place of an answer is mapped, and the stream reset`(
    status: Int, code: StatusCode
  ) {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    peer.send(.headers(1, [(":status", "\(status)"), ("content-type", "text/html")]))
    #expect(call.failure?.code == code)
    #expect(peer[1].resetCode == 8)
  }

  @Test func `a gRPC status counts for more than the HTTP status it came with`() {
    let client = ClientUnderTest()
    let call = client.unary()
    client.accept().send(
      .headers(1, [(":status", "503"), ("grpc-status", "5")], endStream: true))
    #expect(call.failure?.code == .notFound)
  }

  @Test func `another content-type on 200 is UNKNOWN`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    peer.send(.headers(1, [(":status", "200"), ("content-type", "text/html")]))
    #expect(call.failure?.code == .unknown)
    #expect(peer[1].resetCode == 8)
  }

  @Test func `an informational answer is passed over`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    peer.send(.headers(1, [(":status", "103"), ("link", "x")]))
    peer.answer(1, [4])
    #expect(call.value == Bytes([4]))
  }

  @Test func `messages that came before a failure are delivered before it`() {
    let client = ClientUnderTest()
    let log = CallLog()
    let call = client.both(into: log)
    client.accept().send(
      .headers(1, HTTP2Peer.answerHead),
      .data(1, HTTP2Peer.framed([1]) + HTTP2Peer.framed([2]) + [0, 0, 0]),
      .headers(1, [("grpc-status", "10")], endStream: true))
    #expect(log.messages == [[1], [2]])
    #expect(call.failure?.code == .aborted)
  }

  @Test func `messages that came before the connection broke are delivered before it`() {
    let client = ClientUnderTest()
    let log = CallLog()
    let call = client.both(into: log)
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead), .data(1, HTTP2Peer.framed([1])))
    client.loop.run { peer.channel.disconnect() }
    #expect(log.messages == [[1]])
    #expect(call.failure?.code == .unavailable)
  }

  @Test func `a success that ends inside a message is INTERNAL`() {
    let client = ClientUnderTest()
    let call = client.unary()
    client.accept().send(
      .headers(1, HTTP2Peer.answerHead), .data(1, [0, 0, 0, 0, 9, 1]),
      .headers(1, [("grpc-status", "0")], endStream: true))
    #expect(call.failure?.code == .internal)
  }

  @Test(arguments: [0, 2])
  func `a unary answer of no or two messages is UNIMPLEMENTED`(count: Int) {
    let client = ClientUnderTest()
    let call = client.unary()
    let messages = [UInt8]((0..<count).flatMap { _ in HTTP2Peer.framed([1]) })
    client.accept().send(
      .headers(1, HTTP2Peer.answerHead), .data(1, messages),
      .headers(1, [("grpc-status", "0")], endStream: true))
    #expect(call.failure?.code == .unimplemented)
  }

  @Test func `a message over the limit is refused from its prefix, and the stream reset`() {
    let client = ClientUnderTest { $0.messageBytesMax = 10 }
    let call = client.unary()
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead), .data(1, [0, 0, 0, 0, 11]))
    #expect(call.failure?.code == .resourceExhausted)
    #expect(peer[1].resetCode == 8)
  }

  @Test(arguments: [1, 2] as [UInt8])
  func `a compressed flag without an encoding, or an unknown one, is INTERNAL`(flag: UInt8) {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    peer.send(
      .headers(1, HTTP2Peer.answerHead), .data(1, HTTP2Peer.framed([1], flag: flag)))
    #expect(call.failure?.code == .internal)
    #expect(peer[1].resetCode == 8)
  }

  @Test func `undecodable binary trailers hide no failure, but a success`() {
    let client = ClientUnderTest()
    let failed = client.unary()
    let peer = client.accept()
    peer.fail(1, [("grpc-status", "5"), ("x-bin", "*")])
    #expect(failed.failure?.code == .notFound)
    let succeeded = client.unary()
    peer.turn()
    peer.send(
      .headers(3, HTTP2Peer.answerHead), .data(3, HTTP2Peer.framed([1])),
      .headers(3, [("grpc-status", "0"), ("x-bin", "*")], endStream: true))
    #expect(succeeded.failure?.code == .internal)
  }

  @Test func `a header list over the limit is RESOURCE_EXHAUSTED`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    let fields = (0..<4).map { ("x-\($0)", String(repeating: "a", count: 4060)) }
    peer.send(
      .headers(1, HTTP2Peer.answerHead + fields), .data(1, HTTP2Peer.framed([1])),
      .headers(1, [("grpc-status", "0")], endStream: true))
    #expect(call.failure?.code == .resourceExhausted)
  }

  @Test(
    arguments: [
      (0, StatusCode.internal), (1, .internal), (2, .internal), (3, .internal), (8, .cancelled),
      (11, .resourceExhausted), (12, .permissionDenied), (99, .internal),
    ] as [(UInt32, StatusCode)])
  func `A41 a reset by the server is mapped by its code`(reset: UInt32, code: StatusCode) {
    let client = ClientUnderTest()
    let call = client.unary()
    client.accept().send(.reset(1, code: reset))
    #expect(call.failure?.code == code)
  }

  @Test func `a reset with CANCEL at the deadline is the deadline`() {
    let client = ClientUnderTest()
    let call = client.unary([], CallOptions(timeout: .seconds(1)))
    let peer = client.accept()
    // The server's reset is read in the wake-up in which the timer is due, before it.
    client.loop.run {
      client.loop.skip(by: .seconds(1))
      peer.channel.receive(Frame.reset(1, code: 8).bytes)
    }
    #expect(call.failure?.code == .deadlineExceeded)
  }

  @Test func `at the deadline the call fails and the server is told`() {
    let client = ClientUnderTest()
    let call = client.unary([], CallOptions(timeout: .seconds(1)))
    let peer = client.accept()
    peer.advance(by: .milliseconds(999))
    #expect(call.result == nil)
    peer.advance(by: .milliseconds(1))
    #expect(call.failure?.code == .deadlineExceeded)
    #expect(peer[1].resetCode == 8)
    // What comes late does no harm.
    peer.answer(1, [1])
    let next = client.unary()
    peer.turn()
    peer.answer(3, [2])
    #expect(next.value == Bytes([2]))
  }

  @Test func `a deadline passes while a call waits for a connection`() {
    let client = ClientUnderTest()
    let call = client.unary([], CallOptions(timeout: .seconds(1)))
    client.loop.advance(by: .seconds(1))
    #expect(call.failure?.code == .deadlineExceeded)
    #expect(client.accept()[1].frames == [])
  }

  @Test func `a timeout of nothing fails before anything is sent`() {
    let client = ClientUnderTest()
    let call = client.unary([], CallOptions(timeout: .zero))
    #expect(call.failure?.code == .deadlineExceeded)
    #expect(client.dialer.attempts.isEmpty)
  }

  @Test func `a cancelled caller ends the call CANCELLED and the server is told`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    call.cancel()
    peer.turn()
    #expect(call.failure?.code == .cancelled)
    #expect(peer[1].resetCode == 8)
  }

  @Test func `a cancelled caller stops waiting for a connection`() {
    let client = ClientUnderTest()
    let call = client.unary()
    call.cancel()
    client.loop.turn()
    #expect(call.failure?.code == .cancelled)
    #expect(client.accept()[1].frames == [])
  }

  @Test func `an early success ends the writing, not the call`() {
    let client = ClientUnderTest()
    let channel = client.channel
    let call = client.loop.start { () async throws -> Bytes? in
      try await channel?.clientStream(
        EchoService.descriptor("Count", .clientStream), options: CallOptions()
      ) { (writer: MessageWriter<Bytes>) async throws(RPCError) in
        // More than window and queue hold: the writer waits in the middle.
        for _ in 0..<100 { try await writer.write(Bytes([UInt8](repeating: 1, count: 10_000))) }
      }
    }
    let peer = client.accept()
    #expect(call.result == nil)
    #expect(peer[1].data.count == 65_535)
    peer.answer(1, [7])
    #expect(call.value == Bytes([7]))
    #expect(peer[1].resetCode == 0)
  }

  @Test func `an early failure ends the writing with it`() {
    let client = ClientUnderTest()
    let log = CallLog()
    let call = client.both(
      sending: (0..<100).map { _ in [UInt8](repeating: 1, count: 10_000) }, into: log)
    let peer = client.accept()
    peer.fail(1, [("grpc-status", "8")])
    #expect(call.failure?.code == .resourceExhausted)
    #expect(peer[1].resetCode == 0)
  }

  @Test func `a server that answers early and resets is not reset in turn`() {
    let client = ClientUnderTest()
    let log = CallLog()
    let call = client.both(
      sending: (0..<100).map { _ in [UInt8](repeating: 1, count: 10_000) }, into: log)
    let peer = client.accept()
    peer.send(
      .headers(1, HTTP2Peer.answerHead + [("grpc-status", "0")], endStream: true),
      .reset(1, code: 0))
    #expect(call.value != nil)
    #expect(peer[1].resetCode == nil)
  }

  @Test func `a body that returns before the responses end gives the call up`() {
    let client = ClientUnderTest()
    let channel = client.channel
    let call = client.loop.start {
      try await channel?.serverStream(
        EchoService.descriptor("Repeat", .serverStream), Bytes([]), options: CallOptions()
      ) { (responses: MessageStream<Bytes>) async throws(RPCError) in
        _ = try await responses.next()
      }
    }
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead), .data(1, HTTP2Peer.framed([1])))
    #expect(call.value != nil)
    #expect(peer[1].resetCode == 8)
  }

  @Test func `credit goes back as messages are read, and a whole window is not needed`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead))
    let message = [UInt8](repeating: 5, count: 1_000_000)
    peer.send(data: HTTP2Peer.framed(message), on: 1)
    peer.send(.headers(1, [("grpc-status", "0")], endStream: true))
    #expect(call.value == Bytes(message))
    #expect(peer.credit(1) >= 700_000)
    #expect(peer.credit(0) >= 500_000)
  }
}
