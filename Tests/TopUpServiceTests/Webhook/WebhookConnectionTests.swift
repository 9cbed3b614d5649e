import RPCCore
import RPCTransport
import TestSupport
import Testing
import TopUpCore
import TopUpService

@Suite struct WebhookConnectionTests {
  let loop = ManualLoop()
  let sink: ScriptedSink
  let gate: WebhookGate
  static let now = UnixTime(seconds: 1_795_221_906)

  init() throws {
    let limits = WebhookLimits()
    sink = ScriptedSink(.accepted, on: loop)
    gate = WebhookGate(
      rules: try WebhookRequest.rules(), limits: limits, sink: sink, clock: { Self.now }, on: loop)
  }

  private func connect() -> MemoryChannel {
    loop.run { MemoryChannel(WebhookConnection(gate), on: loop) }
  }

  private func send(_ bytes: [UInt8], on channel: MemoryChannel) {
    loop.run { channel.receive(bytes) }
  }

  private func answer(_ status: HTTPStatus) -> [UInt8] { HTTPAnswer.bytes(status, now: Self.now) }

  // MARK: Answers

  @Test(arguments: WebhookAnswer.allCases)
  func `each decision has its status, then the connection ends`(decision: WebhookAnswer) {
    sink.answer = decision
    let channel = connect()
    send(WebhookRequest().bytes, on: channel)
    #expect(channel.output == answer(decision.status))
    #expect(channel.isClosed)
    #expect(gate.counters[decision] == 1)
    #expect(gate.counters.requests == 1)
    #expect(gate.bufferedBytes == 0)
    #expect(loop.nextTimer == nil)
  }

  @Test func `the sink gets the exact body, the signature and the moment, on the loop`() {
    let request = WebhookRequest(Array(0...255), signature: "t=1,v1=ab")
    let channel = connect()
    for byte in request.bytes { send([byte], on: channel) }
    #expect(
      sink.deliveries == [
        WebhookDelivery(
          body: request.body, signature: Array("t=1,v1=ab".utf8), received: Self.now)
      ])
    #expect(sink.wasOnLoop)
    #expect(channel.output == answer(.ok))
  }

  @Test func `all failures of a signature look the same`() {
    var seen: Set<[UInt8]> = []
    for failure in SignatureFailure.allCases {
      sink.answer = .badSignature(failure)
      let channel = connect()
      send(WebhookRequest().bytes, on: channel)
      #expect(channel.isClosed)
      seen.insert(channel.output)
    }
    #expect(seen == [answer(.badRequest)])
  }

  @Test(arguments: HostileRequest.table + HostileRequest.experiment)
  func `a refusal is answered, counted, and nobody is asked`(hostile: HostileRequest) {
    let channel = connect()
    send(hostile.bytes, on: channel)
    #expect(channel.output == answer(hostile.refusal.status))
    #expect(channel.isOutputClosed)
    #expect(gate.counters[hostile.refusal] == 1)
    #expect(sink.deliveries.isEmpty)
    #expect(gate.bufferedBytes == 0)
    loop.advance(by: gate.limits.lingerTimeout)
    #expect(channel.isClosed)
  }

  @Test func `a body that is too large is refused before any of it has come`() {
    let channel = connect()
    send(WebhookRequest([UInt8](repeating: 1, count: 300_000)).head, on: channel)
    #expect(channel.output == answer(.contentTooLarge))
  }

  // MARK: The end of a connection

  @Test func `a peer that was refused early may go on for a while, and is then cut off`() {
    let channel = connect()
    send(WebhookRequest().with(line: "GET / HTTP/1.1").bytes, on: channel)
    #expect(channel.isOutputClosed)
    #expect(!channel.isClosed)
    send([1, 2, 3], on: channel)
    loop.advance(by: gate.limits.lingerTimeout - .nanoseconds(1))
    #expect(!channel.isClosed)
    loop.advance(by: .nanoseconds(1))
    #expect(channel.isClosed)
    #expect(channel.output == answer(.methodNotAllowed))
  }

  @Test func `a peer that floods behind its refusal is cut off at once`() {
    let channel = connect()
    send(Array("\n".utf8), on: channel)
    send([UInt8](repeating: 1, count: gate.limits.lingerBytesMax), on: channel)
    #expect(!channel.isClosed)
    send([1], on: channel)
    #expect(channel.isClosed)
    #expect(gate.bufferedBytes == 0)
  }

  @Test func `a second request on a connection is not served`() {
    let channel = connect()
    send(WebhookRequest().bytes + WebhookRequest().bytes, on: channel)
    #expect(channel.output == answer(.ok))
    #expect(sink.deliveries.count == 1)
    #expect(channel.isOutputClosed)
    loop.advance(by: gate.limits.lingerTimeout)
    #expect(channel.isClosed)
    #expect(gate.counters.requests == 1)
  }

  @Test func `bytes that come while a decision is awaited are dropped`() {
    sink.answer = nil
    let channel = connect()
    send(WebhookRequest().bytes, on: channel)
    send(WebhookRequest().bytes, on: channel)
    #expect(channel.output.isEmpty)
    loop.run { sink.resume(.duplicate) }
    #expect(channel.output == answer(.ok))
    #expect(sink.deliveries.count == 1)
    #expect(channel.isOutputClosed)
    #expect(!channel.isClosed)
  }

  @Test func `a peer that leaves within a request is counted, one that says nothing is not`() {
    let silent = connect()
    loop.run { silent.disconnect() }
    #expect(gate.counters.brokenOff == 0)
    let inHead = connect()
    send(Array("POST".utf8), on: inHead)
    loop.run { inHead.disconnect() }
    let inBody = connect()
    send(WebhookRequest().head, on: inBody)
    loop.run { inBody.disconnect() }
    #expect(gate.counters.brokenOff == 2)
    #expect(gate.bufferedBytes == 0)
    #expect(loop.nextTimer == nil)
  }

  @Test func `a decision for a peer that has left is kept and counted`() {
    sink.answer = nil
    let channel = connect()
    send(WebhookRequest().bytes, on: channel)
    loop.run { channel.disconnect() }
    #expect(gate.bufferedBytes == WebhookRequest().bytes.count)
    loop.run { sink.resume(.accepted) }
    #expect(channel.output.isEmpty)
    #expect(gate.counters[.accepted] == 1)
    #expect(gate.counters.lateAnswers == 1)
    #expect(gate.bufferedBytes == 0)
  }

  @Test func `a connection is freed when it has ended`() {
    weak var ended: WebhookConnection?
    loop.run {
      let connection = WebhookConnection(gate)
      ended = connection
      MemoryChannel(connection, on: loop).receive(WebhookRequest().bytes)
    }
    #expect(ended == nil)
  }

  // MARK: Leave to go on

  @Test func `a peer that asks gets leave to go on, then its answer`() {
    let request = WebhookRequest().adding("Expect: 100-continue")
    let channel = connect()
    send(request.head, on: channel)
    #expect(channel.output == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    #expect(!channel.isClosed)
    send(request.body, on: channel)
    #expect(channel.output == HTTPAnswer.goOn + answer(.ok))
    #expect(channel.isClosed)
  }

  @Test func `a peer that asked and did not wait gets its answer only`() {
    let channel = connect()
    send(WebhookRequest().adding("Expect: 100-continue").bytes, on: channel)
    #expect(channel.output == answer(.ok))
  }

  // MARK: Time

  @Test func `a head has five seconds, however steadily it comes`() {
    let channel = connect()
    for byte in WebhookRequest().head.prefix(49) {
      send([byte], on: channel)
      loop.advance(by: .milliseconds(100))
    }
    loop.advance(by: .milliseconds(99))
    #expect(channel.output.isEmpty)
    loop.advance(by: .milliseconds(1))
    #expect(channel.output == answer(.requestTimeout))
    #expect(gate.counters[.headTimeout] == 1)
    #expect(gate.bufferedBytes == 0)
  }

  @Test func `a peer that says nothing is told that it was too slow`() {
    let channel = connect()
    loop.advance(by: .seconds(5))
    #expect(channel.output == answer(.requestTimeout))
    loop.advance(by: .seconds(1))
    #expect(channel.isClosed)
  }

  @Test func `a body below the floor is cut off at two seconds, then at each further one`() {
    let request = WebhookRequest([UInt8](repeating: 1, count: 100_000))
    let stalled = connect()
    send(request.head, on: stalled)
    send([UInt8](repeating: 1, count: 2047), on: stalled)
    let slow = connect()
    send(request.head, on: slow)
    send([UInt8](repeating: 1, count: 2048), on: slow)
    loop.advance(by: .milliseconds(1999))
    #expect(stalled.output.isEmpty)
    loop.advance(by: .milliseconds(1))
    #expect(stalled.output == answer(.requestTimeout))
    #expect(slow.output.isEmpty)
    loop.advance(by: .seconds(1))
    #expect(slow.output == answer(.requestTimeout))
    #expect(gate.counters[.bodyTooSlow] == 2)
  }

  @Test func `a body has ten seconds, even above the floor`() {
    let channel = connect()
    send(WebhookRequest([UInt8](repeating: 1, count: 100_000)).head, on: channel)
    for _ in 0..<10 {
      send([UInt8](repeating: 1, count: 2000), on: channel)
      #expect(channel.output.isEmpty)
      loop.advance(by: .seconds(1))
    }
    #expect(channel.output == answer(.requestTimeout))
    #expect(gate.counters[.bodyTimeout] == 1)
    #expect(gate.bufferedBytes == 0)
  }

  @Test func `the time of the head does not count against the body`() {
    let request = WebhookRequest()
    let channel = connect()
    send(Array(request.head.dropLast()), on: channel)
    loop.advance(by: .milliseconds(4999))
    send([request.head[request.head.count - 1]], on: channel)
    loop.advance(by: .milliseconds(1999))
    send(request.body, on: channel)
    #expect(channel.output == answer(.ok))
  }

  @Test func `a decision that takes too long is answered for, and counted when it comes`() {
    sink.answer = nil
    let channel = connect()
    send(WebhookRequest().bytes, on: channel)
    loop.advance(by: gate.limits.answerTimeout)
    #expect(channel.output == answer(.serviceUnavailable))
    #expect(gate.counters[.answerTimeout] == 1)
    loop.advance(by: gate.limits.lingerTimeout)
    #expect(channel.isClosed)
    // What the undecided delivery holds is held until it is decided.
    #expect(gate.bufferedBytes == WebhookRequest().bytes.count)
    loop.run { sink.resume(.accepted) }
    #expect(gate.bufferedBytes == 0)
    #expect(gate.counters.lateAnswers == 1)
    #expect(channel.output == answer(.serviceUnavailable))
  }

  // MARK: Room and rate

  @Test func `all connections together hold a mebibyte and no more`() {
    let body = [UInt8](repeating: 1, count: 262_144)
    let request = WebhookRequest(body)
    let part = Array(request.bytes.prefix(262_144))
    let holders = (0..<4).map { _ in connect() }
    for holder in holders { send(part, on: holder) }
    #expect(gate.bufferedBytes == 1_048_576)
    let next = connect()
    send([UInt8(ascii: "P")], on: next)
    #expect(next.output == answer(.serviceUnavailable))
    #expect(gate.counters[.buffersFull] == 1)
    // A holder that asks for more goes; what it held is free for others.
    send([1], on: holders[0])
    #expect(holders[0].output == answer(.serviceUnavailable))
    #expect(gate.bufferedBytes == 3 * 262_144)
    let late = connect()
    send(WebhookRequest().bytes, on: late)
    #expect(late.output == answer(.ok))
  }

  @Test func `requests past the rate are turned away, and taken again a moment later`() {
    for _ in 0..<50 {
      let channel = connect()
      send(WebhookRequest().bytes, on: channel)
      #expect(channel.output == answer(.ok))
    }
    let over = connect()
    send(WebhookRequest().bytes, on: over)
    #expect(over.output == answer(.tooManyRequests))
    #expect(gate.counters[.rateLimited] == 1)
    #expect(sink.deliveries.count == 50)
    loop.advance(by: .milliseconds(20))
    let next = connect()
    send(WebhookRequest().bytes, on: next)
    #expect(next.output == answer(.ok))
  }

  @Test func `requests that are refused for their form use up no rate`() {
    for _ in 0..<100 { send(Array("\n".utf8), on: connect()) }
    let channel = connect()
    send(WebhookRequest().bytes, on: channel)
    #expect(channel.output == answer(.ok))
  }

  // MARK: Draining

  @Test func `draining ends connections that wait and lets begun requests be answered`() {
    sink.answer = nil
    let idle = connect()
    let begun = connect()
    send(WebhookRequest().head, on: begun)
    let asking = connect()
    send(WebhookRequest().bytes, on: asking)
    loop.run { gate.drain() }
    #expect(idle.isClosed)
    #expect(idle.output.isEmpty)
    send(WebhookRequest().body, on: begun)
    loop.run {
      sink.resume(.accepted)
      sink.resume(.accepted)
    }
    #expect(begun.output == answer(.ok))
    #expect(asking.output == answer(.ok))
    #expect(begun.isClosed && asking.isClosed)
  }
}
