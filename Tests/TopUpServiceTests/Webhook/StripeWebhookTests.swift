import Gateways
import RPCTransport
import TestSupport
import Testing
import TopUpCore
import TopUpService

/// The endpoint with the real verifier and decoder, by codes that `openssl dgst` computed.
@Suite struct StripeWebhookTests {
  /// `(printf 1795221906.; cat body) | openssl dgst -sha256 -hmac whsec_test_one`
  private static let code = "a6f479a41af3f2ca1399ab8e693acd26fc21076a1b1dc8a3c132de23c2f35568"
  private static let signed: Int64 = 1_795_221_906

  private actor Inbox: WebhookInbox {
    private(set) var events: [InboxEvent] = []

    func receive(_ event: InboxEvent) async throws(StoreError) -> InboxReceipt {
      if events.contains(where: { $0.id == event.id }) { return .duplicate }
      events.append(event)
      return .stored
    }
  }

  private let inbox = Inbox()

  private func receiver(livemode: Bool = false) throws -> WebhookReceiver {
    let signature = try #require(StripeSignature(secrets: [Secret("whsec_test_one")]))
    return WebhookReceiver(
      verifier: StripeWebhookVerifier(signature), decoder: StripeWebhookDecoder(), inbox: inbox,
      livemode: livemode, handledTypes: Set(StripeEventTypes.taken))
  }

  private func answer(
    _ header: String? = "t=\(Self.signed),v1=\(Self.code)", body: [UInt8] = WebhookRequest.event,
    secondsLater: Int64 = 0, livemode: Bool = false
  ) async throws -> WebhookAnswer {
    try await receiver(livemode: livemode).accept(
      WebhookDelivery(
        body: body, signature: header.map { Array($0.utf8) },
        received: UnixTime(seconds: Self.signed + secondsLater)))
  }

  @Test func `Stripe's event is stored once, and nothing of its body`() async throws {
    #expect(try await answer() == .accepted)
    #expect(try await answer(secondsLater: 5) == .duplicate)
    #expect(
      await inbox.events == [
        InboxEvent(
          id: "evt_3TopUp0001Succ", type: "payment_intent.succeeded", object: "pi_3TopUp0001AbCdEf",
          intent: PaymentIntentID("pi_3TopUp0001AbCdEf"), body: [],
          received: UnixTime(seconds: Self.signed))
      ])
  }

  @Test func `each way in which a signature fails is counted as itself, and stores nothing`()
    async throws
  {
    let genuine = "t=\(Self.signed),v1=\(Self.code)"
    #expect(try await answer(nil) == .badSignature(.missing))
    #expect(try await answer("") == .badSignature(.malformed))
    #expect(try await answer("v1=\(Self.code)") == .badSignature(.malformed))
    #expect(try await answer("t=\(Self.signed),v0=\(Self.code)") == .badSignature(.malformed))
    #expect(try await answer(genuine + "\u{FFFD}") != .accepted)
    #expect(try await answer("t=1795221907,v1=\(Self.code)") == .badSignature(.noMatch))
    #expect(try await answer(body: WebhookRequest.event + [0x0A]) == .badSignature(.noMatch))
    #expect(try await answer(secondsLater: 301) == .badSignature(.stale))
    #expect(try await answer(secondsLater: -301) == .badSignature(.future))
    #expect(await inbox.events.isEmpty)
    #expect(try await answer(secondsLater: 300) == .accepted)
  }

  @Test func `an event of the other mode is refused and not stored`() async throws {
    #expect(try await answer(livemode: true) == .unsupported(.wrongMode))
    #expect(await inbox.events.isEmpty)
  }

  @Test func `thin events, other accounts' events and other texts are told apart`() {
    let decoder = StripeWebhookDecoder()
    #expect(throws: UnsupportedDelivery.thinEvent) {
      try decoder.decode(
        Array(#"{"id":"evt_1","object":"v2.core.event","type":"v1.a.b","livemode":false}"#.utf8))
    }
    #expect(throws: UnsupportedDelivery.connectedAccount) {
      try decoder.decode(
        Array(#"{"id":"evt_1","object":"event","account":"acct_1","livemode":false}"#.utf8))
    }
    #expect(throws: UnsupportedDelivery.notAnEvent) { try decoder.decode(Array("[]".utf8)) }
    #expect(throws: UnsupportedDelivery.notAnEvent) { try decoder.decode([0xFF]) }
  }

  @Test(.timeLimit(.minutes(1)))
  func `Stripe's request over a socket ends in the inbox before its answer`() async throws {
    let loop = try EpollLoop(name: "webhook-test")
    let listener = try await WebhookListener.start(
      .loopback(port: 0), rules: WebhookRequest.rules(), sink: receiver(),
      clock: { UnixTime(seconds: Self.signed + 1) }, on: loop)
    let request = WebhookRequest(signature: "t=\(Self.signed),v1=\(Self.code)")
    let exchange = await RawPeer.exchange(port: listener.address.port, [request.bytes])
    #expect(String(decoding: exchange.received, as: UTF8.self).hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(await inbox.events.count == 1)
    #expect(await listener.counters()[.accepted] == 1)
    await listener.drain(grace: .zero)
    loop.stop()
  }
}
