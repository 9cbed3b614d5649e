import Synchronization
import Testing
import TopUpCore
import TopUpService

@Suite struct WebhookReceiverTests {
  private static let now = UnixTime(seconds: 1_795_221_906)
  private static let event = ProcessorEvent(
    id: "evt_1", type: "payment_intent.succeeded", object: "pi_1", intent: PaymentIntentID("pi_1"),
    created: now, livemode: false, apiVersion: "2026-10-28.endive")

  /// Writes down who was asked, in order: nothing may be done before its turn.
  private final class Trace: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private struct Verifier: WebhookVerifier {
    let trace: Trace
    let failure: SignatureFailure?

    func verify(header: String?, body: [UInt8], now: UnixTime) throws(SignatureFailure) {
      trace.add("verify \(header ?? "nothing") over \(body.count) at \(now.seconds)")
      if let failure { throw failure }
    }
  }

  private struct Decoder: WebhookEventDecoder {
    let trace: Trace
    let result: Result<ProcessorEvent, UnsupportedDelivery>

    func decode(_ body: [UInt8]) throws(UnsupportedDelivery) -> ProcessorEvent {
      trace.add("decode")
      return try result.get()
    }
  }

  private struct Inbox: WebhookInbox {
    let trace: Trace
    let result: Result<InboxReceipt, StoreError>

    func receive(_ event: InboxEvent) async throws(StoreError) -> InboxReceipt {
      trace.add("store \(event.id) \(event.type) \(event.object) \(event.intent?.rawValue ?? "-")")
      trace.add("body \(event.body) at \(event.received.seconds)")
      return try result.get()
    }
  }

  private let trace = Trace()

  private func answer(
    failure: SignatureFailure? = nil, event: ProcessorEvent = Self.event,
    unsupported: UnsupportedDelivery? = nil, livemode: Bool = false,
    stored: Result<InboxReceipt, StoreError> = .success(.stored), signature: String? = "t=1,v1=ab"
  ) async -> WebhookAnswer {
    let receiver = WebhookReceiver(
      verifier: Verifier(trace: trace, failure: failure),
      decoder: Decoder(trace: trace, result: unsupported.map { .failure($0) } ?? .success(event)),
      inbox: Inbox(trace: trace, result: stored), livemode: livemode,
      handledTypes: ["payment_intent.succeeded"])
    return await receiver.accept(
      WebhookDelivery(
        body: [1, 2, 3], signature: signature.map { Array($0.utf8) }, received: Self.now))
  }

  @Test func `an event is verified, read, stored as it came, and then accepted`() async {
    #expect(await answer() == .accepted)
    #expect(
      trace.all == [
        "verify t=1,v1=ab over 3 at 1795221906", "decode",
        "store evt_1 payment_intent.succeeded pi_1 pi_1", "body [] at 1795221906",
      ])
  }

  @Test func `an event that came before is told apart`() async {
    #expect(await answer(stored: .success(.duplicate)) == .duplicate)
  }

  @Test(arguments: SignatureFailure.allCases)
  func `a failed signature leaves no trace, not even a decoded body (34)`(failure: SignatureFailure)
    async
  {
    #expect(await answer(failure: failure) == .badSignature(failure))
    #expect(trace.all == ["verify t=1,v1=ab over 3 at 1795221906"])
  }

  @Test(arguments: [SignatureFailure.missing, nil])
  func `a missing signature is verified like any other and never taken`(
    verdict: SignatureFailure?
  ) async {
    #expect(await answer(failure: verdict, signature: nil) == .badSignature(.missing))
    #expect(trace.all == ["verify nothing over 3 at 1795221906"])
  }

  @Test(arguments: UnsupportedDelivery.allCases)
  func `a genuine body that is not for this service is not stored`(
    reason: UnsupportedDelivery
  ) async {
    #expect(await answer(unsupported: reason) == .unsupported(reason))
    #expect(trace.all.count == 2)
  }

  @Test(arguments: [true, false])
  func `an event of the other mode is refused and not stored (34)`(livemode: Bool) async {
    var event = Self.event
    event.livemode = !livemode
    #expect(await answer(event: event, livemode: livemode) == .unsupported(.wrongMode))
    #expect(trace.all.count == 2)
    event.livemode = livemode
    #expect(await answer(event: event, livemode: livemode) == .accepted)
  }

  @Test func `the mode is checked before the type`() async {
    var event = Self.event
    event.livemode = true
    event.type = "invoice.paid"
    #expect(await answer(event: event) == .unsupported(.wrongMode))
  }

  @Test func `an event of a type that nobody handles is acknowledged and not stored`() async {
    var event = Self.event
    event.type = "invoice.paid"
    #expect(await answer(event: event) == .ignored)
    #expect(trace.all.count == 2)
  }

  @Test(arguments: [
    StoreError.inDoubt("sync"), .full, .unavailable("closed"), .corrupt("page"), .conflict(.fenced),
  ])
  func `an event that may not be durable is not acknowledged (35)`(error: StoreError) async {
    #expect(await answer(stored: .failure(error)) == .storeUnavailable)
  }
}
