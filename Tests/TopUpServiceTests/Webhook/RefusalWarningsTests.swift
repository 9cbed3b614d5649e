import RPCCore
import Synchronization
import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

@Suite struct RefusalWarningsTests {
  @Test func `each reason is told at once, then once a minute with how many came (34)`() {
    let loop = ManualLoop()
    var warnings = RefusalWarnings()
    #expect(warnings.note("no_match", at: loop.now) == 1)
    for _ in 0..<500 { #expect(warnings.note("no_match", at: loop.now) == nil) }
    #expect(warnings.note("stale", at: loop.now) == 1)
    loop.advance(by: RefusalWarnings.period)
    #expect(warnings.note("no_match", at: loop.now) == 501)
    #expect(warnings.note("no_match", at: loop.now) == nil)
  }

  @Test func `refusals of the listener and of its sink are told, what is taken is not`() throws {
    let loop = ManualLoop()
    let told = Told()
    let sink = ScriptedSink(.accepted, on: loop)
    let gate = WebhookGate(
      rules: try WebhookRequest.rules(), limits: WebhookLimits(), sink: sink,
      clock: { UnixTime(seconds: 1_795_221_906) }, on: loop,
      warn: { reason, count in told.all.withLock { $0.append("\(reason) \(count)") } })
    func send(_ bytes: [UInt8]) {
      let channel = loop.run { MemoryChannel(WebhookConnection(gate), on: loop) }
      loop.run { channel.receive(bytes) }
    }
    send(WebhookRequest().bytes)
    sink.answer = .badSignature(.noMatch)
    send(WebhookRequest().bytes)
    send(WebhookRequest().bytes)
    send(Array("CONNECT a:1 HTTP/1.1\r\n\r\n".utf8))
    #expect(told.all.withLock { $0 } == ["bad_signature_no_match 1", "connect_method 1"])
  }

  private final class Told: Sendable {
    let all = Mutex<[String]>([])
  }
}
