import Synchronization
import Testing
import TopUpCore

@testable import Gateways

@Suite(.timeLimit(.minutes(1))) struct CurlTransportTests {
  let configuration = CurlConfiguration(version: "0.1")

  /// Runs a test's exchanges over a transport, and ends it.
  func with(
    _ configuration: CurlConfiguration? = nil, _ body: (CurlTransport) async throws -> Void
  ) async throws {
    let transport = try CurlTransport(configuration ?? self.configuration)
    try await body(transport)
    await transport.shutdown()
  }

  func get(_ url: String, timeout: Duration = .seconds(20)) -> HTTPRequest {
    HTTPRequest(.get, url, timeout: timeout)
  }

  func post(_ url: String, _ body: String = "a=1", timeout: Duration = .seconds(20)) -> HTTPRequest
  {
    HTTPRequest(
      .post, url, headers: [HTTPField("Content-Type", "application/x-www-form-urlencoded")],
      body: Array(body.utf8), timeout: timeout)
  }

  func isUnknown(_ outcome: HTTPOutcome) -> Bool {
    if case .unknown = outcome { true } else { false }
  }

  func isNotSent(_ outcome: HTTPOutcome) -> Bool {
    if case .notSent = outcome { true } else { false }
  }

  // MARK: Answers

  @Test func `a whole response comes back with its fields in lower case`() async throws {
    let server = try LoopbackServer.answering { _ in
      LoopbackServer.response(201, "hello", fields: "X-Two:  b \r\nRequest-Id: req_1\r\n")
    }
    defer { server.stop() }
    try await with { transport in
      let outcome = await transport.send(get(server.url("/a/../b?c=%20")))
      #expect(
        outcome
          == .response(
            HTTPResponse(
              status: 201,
              headers: [
                HTTPField("x-two", "b"), HTTPField("request-id", "req_1"),
                HTTPField("content-length", "5"),
              ], body: Array("hello".utf8))))
    }
    // The path is sent as given: nothing here may turn one request into another.
    #expect(server.counts.requests.map(\.line) == ["GET /a/../b?c=%20"])
  }

  @Test func `a request is sent as given and curl adds only what it must`() async throws {
    let server = try LoopbackServer.answering { _ in LoopbackServer.response() }
    defer { server.stop() }
    try await with { transport in
      var request = post(server.url("/v1/x"), "a=1&b=2")
      request.headers += [HTTPField("Idempotency-Key", "k:1"), HTTPField("X-Empty", "")]
      _ = await transport.send(request)
    }
    let request = try #require(server.counts.requests.first)
    #expect(request.line == "POST /v1/x")
    #expect(request.body == "a=1&b=2")
    #expect(
      Set(request.fields) == [
        "Host: 127.0.0.1:\(server.port)", "User-Agent: topupd/0.1", "Accept: */*",
        "Content-Type: application/x-www-form-urlencoded", "Idempotency-Key: k:1", "X-Empty:",
        "Content-Length: 7",
      ])
  }

  @Test func `a POST without a body and a DELETE are sent as such`() async throws {
    let server = try LoopbackServer.answering { _ in LoopbackServer.response() }
    defer { server.stop() }
    try await with { transport in
      _ = await transport.send(HTTPRequest(.post, server.url("/p"), timeout: .seconds(20)))
      _ = await transport.send(HTTPRequest(.delete, server.url("/d"), timeout: .seconds(20)))
    }
    let requests = server.counts.requests
    #expect(requests.map(\.line) == ["POST /p", "DELETE /d"])
    #expect(requests[0].fields.contains("Content-Length: 0"))
    #expect(!requests.flatMap(\.fields).contains { $0.hasPrefix("Content-Type") })
  }

  @Test func `a redirect is an answer and is not followed`() async throws {
    let server = try LoopbackServer.answering { _ in
      LoopbackServer.response(302, fields: "Location: /elsewhere\r\n")
    }
    defer { server.stop() }
    try await with { transport in
      let outcome = await transport.send(get(server.url()))
      guard case .response(let response) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(response.status == 302)
      #expect(response.header("location") == "/elsewhere")
    }
    #expect(server.counts.requests.count == 1)
  }

  @Test func `an interim answer leaves no trace in the final one`() async throws {
    let server = try LoopbackServer.answering { _ in
      "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n" + LoopbackServer.response(200, "x")
    }
    defer { server.stop() }
    try await with { transport in
      let outcome = await transport.send(get(server.url()))
      #expect(
        outcome
          == .response(
            HTTPResponse(
              status: 200, headers: [HTTPField("content-length", "1")], body: Array("x".utf8))))
    }
  }

  @Test func `one connection serves one exchange after another`() async throws {
    let server = try LoopbackServer.answering { LoopbackServer.response(200, $0.line) }
    defer { server.stop() }
    try await with { transport in
      for index in 0..<20 {
        guard case .response(let response) = await transport.send(get(server.url("/\(index)")))
        else {
          Issue.record("exchange \(index)")
          return
        }
        #expect(response.body == Array("GET /\(index)".utf8))
      }
    }
    #expect(server.counts.connections == 1)
  }

  @Test func `a hundred exchanges at once share the connections that are allowed`() async throws {
    let server = try LoopbackServer.answering { LoopbackServer.response(200, $0.line) }
    defer { server.stop() }
    var few = configuration
    few.hostConnectionsMax = 4
    try await with(few) { transport in
      let bodies = await withTaskGroup(of: HTTPOutcome.self) { group in
        for index in 0..<100 {
          group.addTask { await transport.send(get(server.url("/\(index)"))) }
        }
        return await group.reduce(into: Set<String>()) { bodies, outcome in
          if case .response(let response) = outcome {
            bodies.insert(String(decoding: response.body, as: UTF8.self))
          }
        }
      }
      #expect(bodies == Set((0..<100).map { "GET /\($0)" }))
    }
    #expect(server.counts.openMax <= 4)
    #expect(server.counts.requests.count == 100)
  }

  // MARK: What surely did not leave

  @Test func `a refused connection is known not to have been sent`() async throws {
    let port = try LoopbackServer.refusingPort()
    try await with { transport in
      #expect(isNotSent(await transport.send(post("http://127.0.0.1:\(port)/"))))
    }
  }

  @Test func `a name without an address is known not to have been sent`() async throws {
    try await with { transport in
      // RFC 6761 §6.4: `invalid` never has an address.
      #expect(isNotSent(await transport.send(post("https://ramp.invalid/"))))
    }
  }

  @Test func `a server that does not speak TLS is known to have got no request`() async throws {
    let server = try LoopbackServer { $0.write("HTTP/1.1 400 X\r\n\r\n") }
    defer { server.stop() }
    try await with { transport in
      #expect(isNotSent(await transport.send(post(server.url(scheme: "https")))))
    }
  }

  @Test func `a handshake that never ends is known to have got no request`() async throws {
    let server = try LoopbackServer { $0.waitForClose() }
    defer { server.stop() }
    try await with { transport in
      let outcome = await transport.send(
        post(server.url(scheme: "https"), timeout: .milliseconds(150)))
      #expect(isNotSent(outcome), "\(outcome)")
    }
  }

  @Test func `what the policy refuses never reaches the network`() async throws {
    let server = try LoopbackServer.answering { _ in LoopbackServer.response() }
    defer { server.stop() }
    try await with { transport in
      #expect(
        await transport.send(get("http://stand-in.test/"))
          == .notSent("plain HTTP to stand-in.test is not allowed"))
      var request = get(server.url())
      request.headers = [HTTPField("Authorization", "Bearer sk_test_1\r\nX: 1")]
      #expect(
        await transport.send(request)
          == .notSent("the value of the header field Authorization is malformed"))
    }
    #expect(server.counts.connections == 0)
  }

  @Test func `an exchange that waits behind others past its deadline was not sent`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    defer { server.stop() }
    var one = configuration
    one.exchangesMax = 1
    try await with(one) { transport in
      // Stays until it is cancelled, however slow the machine is.
      let first = Task { await transport.send(post(server.url(), timeout: .seconds(600))) }
      while server.counts.requests.isEmpty { await Task.yield() }
      let second = await transport.send(post(server.url(), timeout: .milliseconds(50)))
      #expect(second == .notSent("no answer in 0.05 seconds"))
      first.cancel()
      #expect(isUnknown(await first.value))
    }
  }

  @Test func `an exchange that waits for a connection past its deadline was not sent`()
    async throws
  {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    defer { server.stop() }
    var one = configuration
    one.hostConnectionsMax = 1
    try await with(one) { transport in
      // Stays until it is cancelled, however slow the machine is.
      let first = Task { await transport.send(post(server.url(), timeout: .seconds(600))) }
      while server.counts.requests.isEmpty { await Task.yield() }
      let second = await transport.send(post(server.url(), timeout: .milliseconds(50)))
      #expect(second == .notSent("no answer in 0.05 seconds"))
      first.cancel()
      #expect(isUnknown(await first.value))
    }
  }

  @Test func `more waiting exchanges than allowed are refused`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    defer { server.stop() }
    var one = configuration
    one.exchangesMax = 1
    one.waitingMax = 0
    try await with(one) { transport in
      let first = Task { await transport.send(post(server.url(), timeout: .seconds(3600))) }
      while server.counts.requests.isEmpty { await Task.yield() }
      #expect(
        await transport.send(post(server.url())) == .notSent("too many requests are waiting"))
      first.cancel()
      #expect(isUnknown(await first.value))
    }
  }

  // MARK: What may have happened

  @Test func `an answer that never comes leaves the request in doubt`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    defer { server.stop() }
    try await with { transport in
      #expect(
        await transport.send(post(server.url(), timeout: .seconds(2)))
          == .unknown("no answer in 2.0 seconds"))
    }
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 X\r\nContent-Le", "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf",
    "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "HTTP/1.1 200 X\r\nContent-Length: ten\r\n\r\n", "no HTTP at all\r\n\r\n",
  ])
  func `an answer that is cut or garbled leaves the request in doubt`(answer: String) async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.write(answer)
    }
    defer { server.stop() }
    try await with { transport in
      let outcome = await transport.send(post(server.url()))
      #expect(isUnknown(outcome), "\(outcome)")
    }
    #expect(server.counts.requests.count == 1)
  }

  @Test func `a POST on a kept connection that dies is in doubt and not sent again`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.write(LoopbackServer.response())
      _ = connection.readRequest()  // Taken, and never answered.
    }
    defer { server.stop() }
    try await with { transport in
      _ = await transport.send(get(server.url("/first")))
      #expect(
        await transport.send(post(server.url("/charge")))
          == .unknown("the connection was lost under the request"))
      #expect(server.counts.requests.map(\.line) == ["GET /first", "POST /charge"])
    }
  }

  @Test func `a GET on a kept connection that dies is asked again`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.write(LoopbackServer.response(200, "\(connection.index)"))
      _ = connection.readRequest()
    }
    defer { server.stop() }
    try await with { transport in
      _ = await transport.send(get(server.url("/first")))
      let outcome = await transport.send(get(server.url("/second")))
      guard case .response(let response) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(response.body == Array("1".utf8))
      #expect(
        server.counts.requests.map(\.line) == ["GET /first", "GET /second", "GET /second"])
    }
  }

  @Test func `a response above the bound leaves the request in doubt`() async throws {
    let server = try LoopbackServer.answering { request in
      request.line.hasSuffix("/body")
        ? LoopbackServer.response(200, String(repeating: "x", count: 1001))
        : LoopbackServer.response(
          200, fields: "X-Long: " + String(repeating: "y", count: 2000) + "\r\n")
    }
    defer { server.stop() }
    var small = configuration
    small.bodyBytesMax = 1000
    small.headerBytesMax = 1000
    try await with(small) { transport in
      #expect(
        await transport.send(post(server.url("/body")))
          == .unknown("a response body of more than 1000 bytes"))
      #expect(
        await transport.send(post(server.url("/header")))
          == .unknown("a response header of more than 1000 bytes"))
    }
  }

  @Test func `a response at the bound is whole`() async throws {
    let server = try LoopbackServer.answering { _ in
      LoopbackServer.response(200, String(repeating: "x", count: 1000))
    }
    defer { server.stop() }
    var small = configuration
    small.bodyBytesMax = 1000
    try await with(small) { transport in
      guard case .response(let response) = await transport.send(get(server.url())) else {
        Issue.record("no response")
        return
      }
      #expect(response.body.count == 1000)
    }
  }

  // MARK: Ends

  @Test func `cancelling the task ends the exchange at once and in doubt`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    defer { server.stop() }
    try await with { transport in
      let task = Task { await transport.send(post(server.url(), timeout: .seconds(3600))) }
      while server.counts.requests.isEmpty { await Task.yield() }
      task.cancel()
      #expect(await task.value == .unknown("cancelled"))
      // The connection is closed, so that the other side does not work on for nobody.
      while server.counts.open > 0 { await Task.yield() }
    }
  }

  @Test func `a task that is cancelled already sends nothing`() async throws {
    let server = try LoopbackServer.answering { _ in LoopbackServer.response() }
    defer { server.stop() }
    try await with { transport in
      let gate = AsyncStream<Void>.makeStream()
      let task = Task {
        for await _ in gate.stream {}
        return await transport.send(post(server.url()))
      }
      task.cancel()
      gate.continuation.finish()
      #expect(await task.value == .notSent("cancelled"))
      #expect(server.counts.requests.isEmpty)
    }
  }

  @Test func `a shutdown ends what is under way and refuses what comes later`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    defer { server.stop() }
    let transport = try CurlTransport(configuration)
    async let pending = transport.send(post(server.url(), timeout: .seconds(3600)))
    while server.counts.requests.isEmpty { await Task.yield() }
    await transport.shutdown()
    #expect(await pending == .unknown("the transport was shut down"))
    #expect(await transport.send(get(server.url())) == .notSent("the transport is shut down"))
    await transport.shutdown()  // A second one finds nothing to do.
  }
}
