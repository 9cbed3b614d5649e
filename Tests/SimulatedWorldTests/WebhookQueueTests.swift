import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct WebhookQueueTests {
  private static let start = UnixTime(seconds: 1_795_221_906)

  private func event(_ number: Int, at time: UnixTime = start) -> StripeEvent {
    StripeEvent(
      id: "evt_\(number)", type: "payment_intent.succeeded", object: "pi_\(number)",
      created: time, snapshot: ["id": .string("pi_\(number)")], previous: nil, requestID: nil,
      idempotencyKey: nil, apiVersion: "2026-10-28.endive")
  }

  private func queue(_ change: (inout WebhookConfiguration) -> Void = { _ in }) -> WebhookQueue {
    var configuration = WebhookConfiguration(secrets: ["whsec_test_secret"])
    change(&configuration)
    return WebhookQueue(configuration)
  }

  private func later(_ milliseconds: Int) -> UnixTime {
    Self.start.advanced(by: .milliseconds(milliseconds))
  }

  /// Checks `t=…,v1=…` over the delivery's own bytes.
  private func isSigned(_ delivery: WebhookDelivery, secret: String, at time: UnixTime) -> Bool {
    let text = Array("\(time.seconds).".utf8) + delivery.body
    let mac = Hex.text(SHA256.hmac(key: Array(secret.utf8), text))
    let header = delivery.headers.first { $0.name == "stripe-signature" }?.value ?? ""
    return header.hasPrefix("t=\(time.seconds),") && header.contains("v1=\(mac)")
  }

  /// Computed by Python's hmac over `1795221906.{"id":"evt_1"}`.
  @Test func `the signed text is the time, a dot and the raw body`() {
    let mac = SHA256.hmac(
      key: Array("whsec_test_secret".utf8), Array(#"1795221906.{"id":"evt_1"}"#.utf8))
    #expect(
      Hex.text(mac) == "dd4e831fb5ec97bf47c6d6e633d21bc9d9f80763ae173451485956f5d1ac8fc6")
  }

  @Test func `an event is sent after its delay, signed for the moment of sending`() {
    var queue = queue()
    queue.send(event(1))
    #expect(queue.nextWake == later(200))
    #expect(queue.due(now: later(199)).isEmpty)
    let sent = queue.due(now: later(200))
    #expect(sent.map(\.event) == ["evt_1"])
    #expect(sent.allSatisfy { isSigned($0, secret: "whsec_test_secret", at: later(200)) })
    #expect(sent.first.flatMap { try? JSON(parsing: $0.body) }?["object"] == "event")
  }

  @Test func `a roll of secrets signs with both`() {
    var queue = queue { $0.secrets = ["whsec_old", "whsec_new"] }
    queue.send(event(1))
    let sent = queue.due(now: later(200))
    #expect(sent.count == 1)
    for delivery in sent {
      #expect(isSigned(delivery, secret: "whsec_old", at: later(200)))
      #expect(isSigned(delivery, secret: "whsec_new", at: later(200)))
    }
  }

  @Test func `what is not taken is tried again with doubling waits, signed anew`() {
    var queue = queue()
    queue.send(event(1))
    var now = later(200)
    for (attempt, wait) in [(1, 2), (2, 4), (3, 8)] {
      let sent = queue.due(now: now)
      #expect(sent.map(\.attempt) == [attempt])
      for delivery in sent {
        #expect(isSigned(delivery, secret: "whsec_test_secret", at: now))
        #expect(queue.settle(delivery.id, status: attempt == 2 ? nil : 500, now: now) == nil)
      }
      now = now.advanced(by: .seconds(wait))
      #expect(queue.nextWake == now)
    }
    let last = queue.due(now: now)
    #expect(queue.settle(last[0].id, status: 204, now: now) == "evt_1")
    #expect(queue.nextWake == nil)
  }

  @Test func `a redirect is a failure, and tries end some time`() {
    var queue = queue { $0.attemptsMax = 2 }
    queue.send(event(1))
    let first = queue.due(now: later(200))
    #expect(queue.settle(first[0].id, status: 302, now: later(200)) == nil)
    let second = queue.due(now: later(2200))
    #expect(queue.settle(second[0].id, status: 500, now: later(2200)) == nil)
    #expect(queue.nextWake == nil)
  }

  @Test func `copies are all sent`() {
    var queue = queue { $0.copies = 3 }
    queue.send(event(1))
    let sent = queue.due(now: later(200))
    #expect(sent.map(\.event) == ["evt_1", "evt_1", "evt_1"])
    #expect(Set(sent.map(\.id)).count == 3)
  }

  @Test func `with jitter events overtake one another, the same way for the same seed`() {
    func order(seed: UInt64) -> [String] {
      var queue = queue {
        $0.jitter = .seconds(10)
        $0.seed = seed
      }
      for number in 0..<20 { queue.send(event(number)) }
      return queue.due(now: later(20_000)).map(\.event)
    }
    let inOrder = (0..<20).map { "evt_\($0)" }
    #expect(order(seed: 1) != inOrder)
    #expect(order(seed: 1).sorted() == inOrder.sorted())
    #expect(order(seed: 1) == order(seed: 1))
    #expect(order(seed: 1) != order(seed: 2))
  }

  @Test func `faults lose, forge, age and delay`() {
    var queue = queue()
    var lost = WebhookDisturbance()
    lost.isLost = true
    queue.send(event(1), lost)
    #expect(queue.nextWake == nil)
    var odd = WebhookDisturbance()
    odd.isForged = true
    odd.delay = .seconds(3)
    queue.send(event(2), odd)
    let forged = queue.due(now: later(3000))
    #expect(forged.count == 1)
    #expect(forged.allSatisfy { !isSigned($0, secret: "whsec_test_secret", at: later(3000)) })
    var old = WebhookDisturbance()
    old.signedAgo = .seconds(301)
    queue.send(event(3), old)
    let stale = queue.due(now: later(3000))
    #expect(stale.count == 1)
    #expect(
      stale.allSatisfy { isSigned($0, secret: "whsec_test_secret", at: later(3000 - 301_000)) })
  }
}
