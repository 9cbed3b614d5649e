import RPCCore
import TestSupport
import Testing

/// Fields as the two heads take them.
private func add(_ fields: [(String, String)], _ take: (Span<UInt8>, Span<UInt8>) -> Void) {
  for (name, value) in fields { take(Array(name.utf8).span, Array(value.utf8).span) }
}

@Suite struct RequestHeadTests {
  private func head(_ fields: [(String, String)], max: Int = 16_384) -> RequestHead {
    let head = RequestHead(listBytesMax: max)
    add(fields) { _ = head.add(name: $0, value: $1) }
    return head
  }

  private let call = [
    (":method", "POST"), (":path", "/a.B/C"), ("content-type", "application/grpc"),
  ]

  @Test func `a call has a path, a timeout and metadata`() {
    let head = head(call + [("grpc-timeout", "1S"), ("x-a", "1"), ("x-bin", "AQ")])
    #expect(head.verdict == .call)
    #expect(head.path == Array("/a.B/C".utf8))
    #expect(head.timeoutNanoseconds == 1_000_000_000)
    #expect(head.metadata == ["x-a": "1", "x-bin": .bytes([1])])
  }

  @Test func `no timeout is none`() {
    #expect(head(call).timeoutNanoseconds == nil)
  }

  @Test(arguments: [
    ("gzip", true), ("identity,gzip", true), ("deflate, gzip , br", true), ("gzipped", false),
    ("", false), ("GZIP", false),
  ])
  func `whether the caller reads gzip is one token of a list`(value: String, accepts: Bool) {
    #expect(head(call + [("grpc-accept-encoding", value)]).acceptsGzip == accepts)
  }

  @Test(arguments: [["gzip", "deflate"], ["deflate", "gzip"]])
  func `a list of encodings may come in several fields`(values: [String]) {
    #expect(head(call + values.map { ("grpc-accept-encoding", $0) }).acceptsGzip)
  }

  @Test func `the count of earlier attempts is the one field of the protocol that is shown`() {
    let head = head(
      call + [("grpc-previous-rpc-attempts", "2"), ("te", "trailers"), ("grpc-x", "1")])
    #expect(head.metadata.map(\.key) == ["grpc-previous-rpc-attempts"])
  }

  @Test func `the list is counted as name, value and 32, to the byte`() {
    let size = call.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 32 }
    #expect(head(call, max: size).verdict == .call)
    guard case .refused(let status) = head(call, max: size - 1).verdict else {
      Issue.record("a list over its limit was taken")
      return
    }
    #expect(status.code == .resourceExhausted)
  }

  @Test func `any fields in any order are judged without a trap, and metadata survives`() {
    var generator = SeededGenerator(seed: 7)
    let names = [
      ":path", ":method", "te", "host", "grpc-timeout", "grpc-encoding", "x-bin", "x", "-bin", "",
      "content-type", "grpc-accept-encoding", "grpc-",
    ]
    for _ in 0..<500 {
      let fields = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
          UInt8.random(in: 0x20...0x7E, using: &generator)
        }
        return (
          names[Int.random(in: 0..<names.count, using: &generator)],
          String(decoding: bytes, as: UTF8.self)
        )
      }
      let head = head(fields)
      _ = head.verdict
      #expect(head.metadata.values("x").count == fields.filter { $0.0 == "x" }.count)
    }
  }
}

@Suite struct ResponseHeadTests {
  private func verdict(
    _ fields: [(String, String)], isTrailers: Bool = false, endsStream: Bool = false
  ) -> ResponseHead.Verdict {
    var head = ResponseHead(listBytesMax: 1000)
    add(fields) { head.add(name: $0, value: $1) }
    return head.verdict(isTrailers: isTrailers, endsStream: endsStream)
  }

  private let ok = [(":status", "200"), ("content-type", "application/grpc+proto")]

  @Test func `a head that ends nothing lets messages follow`() {
    #expect(verdict(ok) == .messages)
    #expect(verdict([(":status", "100")]) == .interim)
  }

  @Test func `an end says how the call went, alone or after messages`() {
    let status = [("grpc-status", "5"), ("grpc-message", "no%0A")]
    #expect(verdict(ok + status, endsStream: true) == .end(Status(.notFound, "no\n")))
    #expect(
      verdict(status, isTrailers: true, endsStream: true) == .end(Status(.notFound, "no\n")))
    #expect(verdict(ok + [("grpc-status", "0")], endsStream: true) == .end(.ok))
  }

  @Test(arguments: ["", "x", "1x", "-1", "+1", "4294967296", "1.0", " 1"])
  func `a status that is no number is UNKNOWN`(text: String) {
    guard
      case .end(let status) = verdict(
        [("grpc-status", text)], isTrailers: true, endsStream: true)
    else {
      Issue.record("trailers did not end the call")
      return
    }
    #expect(status.code == .unknown)
  }

  @Test func `without a status the end is UNKNOWN, and without HTTP's too`() {
    #expect(verdict(ok, endsStream: true) == .end(ResponseHead.noStatus))
    #expect(
      verdict([("x", "y")], isTrailers: true, endsStream: true) == .end(ResponseHead.noStatus))
    guard case .end(let status) = verdict([]) else {
      Issue.record("a head without a status let messages follow")
      return
    }
    #expect(status.code == .unknown)
  }

  @Test func `every HTTP status has a code, and is told`() {
    for http in [204, 301, 400, 404, 418, 503, 599] {
      #expect(
        verdict([(":status", "\(http)"), ("content-type", "application/grpc")])
          == .end(
            Status(
              StatusCode(httpStatus: http), "the answer is HTTP status \(http), not gRPC")))
    }
  }

  @Test func `a list over its limit is RESOURCE_EXHAUSTED`() {
    let long = [("x", String(repeating: "a", count: 1000))]
    guard case .end(let status) = verdict(ok + long) else {
      Issue.record("a list over its limit was taken")
      return
    }
    #expect(status.code == .resourceExhausted)
  }
}
