import RPCTransport
import TestSupport
import Testing
import TopUpCore
import TopUpService

/// The whole endpoint, over sockets of 127.0.0.1.
@Suite struct WebhookListenerTests {
  private static let now = UnixTime(seconds: 1_795_221_906)

  private struct FixedSink: WebhookSink {
    let answer: WebhookAnswer
    func accept(_ delivery: WebhookDelivery) async -> WebhookAnswer { answer }
  }

  /// Runs a listener on a loop of its own, and ends both.
  private func withListener(
    _ answer: WebhookAnswer = .accepted, _ limits: WebhookLimits = WebhookLimits(),
    _ body: (WebhookListener) async throws -> Void
  ) async throws {
    let loop = try EpollLoop(name: "webhook-test")
    let listener = try await WebhookListener.start(
      .loopback(port: 0), rules: WebhookRequest.rules(), limits: limits,
      sink: FixedSink(answer: answer), clock: { Self.now }, on: loop)
    try await body(listener)
    await listener.drain(grace: .zero)
    loop.stop()
  }

  private func answer(_ status: HTTPStatus) -> [UInt8] { HTTPAnswer.bytes(status, now: Self.now) }

  @Test(.timeLimit(.minutes(1)))
  func `a request is answered and the connection ends in order`() async throws {
    try await withListener { listener in
      let exchange = await RawPeer.exchange(
        port: listener.address.port, [WebhookRequest().bytes])
      #expect(exchange.received == answer(.ok))
      #expect(exchange.endedInOrder)
      let counters = await listener.counters()
      #expect(counters[.accepted] == 1)
      #expect(counters.connections == 1)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `every hostile request is answered in order, and none is let through`() async throws {
    let hostiles = HostileRequest.table + HostileRequest.experiment
    try await withListener { listener in
      for hostile in hostiles {
        let exchange = await RawPeer.exchange(port: listener.address.port, [hostile.bytes])
        #expect(exchange.received == answer(hostile.refusal.status), "\(hostile.name)")
        #expect(exchange.endedInOrder, "\(hostile.name): error \(exchange.errorNumber)")
      }
      let counters = await listener.counters()
      #expect(counters.requests == 0)
      #expect(counters.refusals.values.reduce(0, +) == UInt64(hostiles.count))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a refusal reaches a peer that goes on sending its large body`() async throws {
    try await withListener { listener in
      let request = WebhookRequest([UInt8](repeating: 1, count: 700_000))
      let exchange = await RawPeer.exchange(
        port: listener.address.port, [request.head, request.body])
      #expect(exchange.received == answer(.contentTooLarge))
      #expect(exchange.endedInOrder)
      #expect(await listener.counters()[.bodyTooLarge] == 1)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a request may come byte by byte`() async throws {
    try await withListener(.duplicate) { listener in
      let exchange = await RawPeer.exchange(
        port: listener.address.port, WebhookRequest().bytes.map { [$0] })
      #expect(exchange.received == answer(.ok))
      #expect(await listener.counters()[.duplicate] == 1)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `the largest body that is allowed arrives whole`() async throws {
    try await withListener { listener in
      let request = WebhookRequest([UInt8](repeating: 0xFF, count: 262_144))
      let exchange = await RawPeer.exchange(port: listener.address.port, [request.bytes])
      #expect(exchange.received == answer(.ok))
    }
  }

  /// For tests that hold connections in real time, which on a busy machine may be long.
  private static let patient: WebhookLimits = {
    var limits = WebhookLimits()
    limits.headTimeout = .seconds(50)
    limits.bodyTimeout = .seconds(50)
    limits.bodyGrace = .seconds(50)
    return limits
  }()

  @Test(.timeLimit(.minutes(1)))
  func `connections above the bound are closed as they come`() async throws {
    var limits = Self.patient
    limits.connectionsMax = 2
    try await withListener(.accepted, limits) { listener in
      let port = listener.address.port
      let first = try #require(RawPeer.hold(port: port))
      let second = try #require(RawPeer.hold(port: port))
      let third = await RawPeer.exchange(port: port, [])
      #expect(third.received.isEmpty)
      let counters = await listener.counters()
      #expect(counters.connections == 2)
      #expect(counters.turnedAway == 1)
      // Those that were there are served, and make room.
      first.send(WebhookRequest().bytes)
      #expect(await first.readToEnd() == answer(.ok))
      second.send(WebhookRequest().bytes)
      #expect(await second.readToEnd() == answer(.ok))
      let next = await RawPeer.exchange(port: port, [WebhookRequest().bytes])
      #expect(next.received == answer(.ok))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a slow head is answered over the socket too`() async throws {
    var limits = WebhookLimits()
    limits.headTimeout = .milliseconds(50)
    try await withListener(.accepted, limits) { listener in
      let exchange = await RawPeer.exchange(
        port: listener.address.port, [Array("POST /web".utf8)])
      #expect(exchange.received == answer(.requestTimeout))
      #expect(exchange.endedInOrder)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `draining answers what was begun and takes nothing new`() async throws {
    let loop = try EpollLoop(name: "webhook-test")
    let listener = try await WebhookListener.start(
      .loopback(port: 0), rules: WebhookRequest.rules(), limits: Self.patient,
      sink: FixedSink(answer: .accepted), clock: { Self.now }, on: loop)
    let port = listener.address.port
    let request = WebhookRequest().adding("Expect: 100-continue")
    let begun = try #require(RawPeer.hold(port: port))
    begun.send(request.head)
    // The head has been taken when it says so.
    #expect(await begun.read(HTTPAnswer.goOn.count) == HTTPAnswer.goOn)
    let idle = try #require(RawPeer.hold(port: port))
    while await listener.counters().connections < 2 { await Task.yield() }
    async let drained: Void = listener.drain(grace: .seconds(20))
    #expect(await idle.readToEnd().isEmpty)
    begun.send(request.body)
    let answered = await begun.readToEnd()
    #expect(answered == answer(.ok), "\(String(decoding: answered, as: UTF8.self))")
    await drained
    #expect(await RawPeer.exchange(port: port, []).errorNumber != 0)
    loop.stop()
  }
}
