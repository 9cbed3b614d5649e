import RPCClient
import RPCCore
import RPCServer
import RPCTransport
import TestSupport
import Testing

/// Our client and our server on one loop, with no socket between them.
@Suite struct InMemoryTests {
  private final class World {
    let loop = ManualLoop()
    let probe = ProbeService()
    let dialer: MemoryDialer
    let channel: RPCChannel

    init(
      limits: HTTP2Limits = HTTP2Limits(),
      weather: @escaping MemoryPipe.Weather = { _, _ in MemoryPipe.Passage() }
    ) {
      let (loop, probe) = (loop, probe)
      let router = RPCRouter([EchoService(), probe])
      dialer = MemoryDialer(on: loop, weather: weather) {
        ServerConnection(
          ServerDefinition(router: router, limits: limits),
          peer: PeerConnection(address: "memory", isPrivate: true, identity: .anonymous), on: loop)
      }
      channel = RPCChannel(dialer, name: "memory", on: loop)
    }

    // What a test left open would look like a leak.
    deinit { loop.run { for pipe in dialer.pipes { pipe.close() } } }

    func exchange(scale: Int) -> TaskResult<[String]> {
      let channel = channel
      return loop.start { try await EchoExchange.failures(on: channel, scale: scale) }
    }
  }

  @Test func `every kind of call works in memory, without time passing`() {
    let world = World()
    let start = world.loop.now
    let exchange = world.exchange(scale: 500)
    #expect(exchange.value == [], "\(String(describing: exchange.result))")
    #expect(world.loop.now == start)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `every kind of call survives bytes that arrive in pieces and late`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let world = World { _, bytes in
      // Single octets at first, where the preface, frame heads and prefixes are.
      let small = (0..<min(bytes.count, 40)).map { _ in 1 }
      let rest = (0..<8).map { _ in Int.random(in: 1...3000, using: &generator) }
      return MemoryPipe.Passage(
        pieces: small + rest, delay: .microseconds(Int.random(in: 0...900, using: &generator)))
    }
    let exchange = world.exchange(scale: 60)
    for _ in 0..<2000 where exchange.result == nil { world.loop.advance(by: .milliseconds(10)) }
    #expect(exchange.value == [], "\(String(describing: exchange.result))")
  }

  @Test func `a cut at any moment ends every call with a status, and the next call works`() {
    var survived = 0
    for cut in 1..<40 {
      var count = 0
      let world = World { _, _ in
        count += 1
        return MemoryPipe.Passage(isCut: count == cut)
      }
      let exchange = world.exchange(scale: 5)
      for _ in 0..<100 where exchange.result == nil { world.loop.advance(by: .seconds(1)) }
      #expect(exchange.result != nil, "cut \(cut) left a call without an end")
      if exchange.value == [] { survived += 1 }
      if let failure = exchange.failure { #expect(failure.code == .unavailable, "cut \(cut)") }
      world.loop.advance(by: .seconds(2))
      let channel = world.channel
      let next = world.loop.start { () async throws -> Bytes in
        try await channel.unary(ClientUnderTest.unary, Bytes([1]), options: CallOptions())
      }
      #expect(next.value == Bytes([1]), "cut \(cut): \(String(describing: next.result))")
    }
    #expect(survived < 39)
  }

  @Test func `two sides that both send all they may do not wait for each other for ever`() {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 1 << 20
    // Long ways, so that both directions can be full at once.
    let world = World(limits: limits) { _, _ in MemoryPipe.Passage(delay: .milliseconds(1)) }
    let channel = world.channel
    let calls = (0..<8).map { _ in
      world.loop.start { () async throws -> Int in
        let log = CallLog()
        try await channel.bidirectional(ClientUnderTest.both, options: CallOptions()) {
          (responses: MessageStream<Bytes>, writer: MessageWriter<Bytes>, call)
            async throws(RPCError) in
          let message = Bytes([UInt8](repeating: 1, count: 50_000))
          for _ in 0..<20 { _ = try message.append(to: call) }
          call.endRequests()
          while let response = try await responses.next() { log.add(response.bytes) }
        }
        return log.messages.count
      }
    }
    world.loop.advance(by: .seconds(10))
    #expect(calls.map(\.value) == Array(repeating: 20, count: 8))
  }

  @Test func `a client that gives up cancels the handler`() {
    let world = World()
    let channel = world.channel
    let call = world.loop.start { () async throws -> Bytes in
      try await channel.unary(
        MethodDescriptor(service: "test.Probe", method: "Wait", type: .unary), Bytes([]),
        options: CallOptions())
    }
    #expect(world.probe.log == ["waiting for ever"])
    call.cancel()
    world.loop.turn()
    #expect(call.failure?.code == .cancelled)
    #expect(world.probe.log.last == "cancelled")
  }

  @Test func `a deadline ends the call on both sides`() {
    let world = World()
    let channel = world.channel
    let call = world.loop.start { () async throws -> Bytes in
      try await channel.unary(
        MethodDescriptor(service: "test.Probe", method: "Wait", type: .unary), Bytes([]),
        options: CallOptions(timeout: .seconds(3)))
    }
    world.loop.advance(by: .seconds(3))
    #expect(call.failure?.code == .deadlineExceeded)
    #expect(world.probe.log == ["waiting", "cancelled"])
  }

  @Test func `more calls than the server takes at once all complete`() {
    var limits = HTTP2Limits()
    limits.concurrentCallsMax = 3
    let world = World(limits: limits)
    let channel = world.channel
    let calls = (0..<50).map { index in
      world.loop.start { () async throws -> Bytes in
        try await channel.unary(
          ClientUnderTest.unary, Bytes([UInt8(index)]), options: CallOptions())
      }
    }
    #expect(calls.compactMap(\.value).map(\.bytes) == (0..<50).map { [UInt8($0)] })
  }

  @Test func `a refused connection is an unavailable server`() {
    let loop = ManualLoop()
    let channel = RPCChannel(MemoryDialer(on: loop) { nil }, name: "memory", on: loop)
    let call = loop.start { () async throws -> Bytes in
      try await channel.unary(ClientUnderTest.unary, Bytes([]), options: CallOptions())
    }
    #expect(call.failure?.code == .unavailable)
  }
}
