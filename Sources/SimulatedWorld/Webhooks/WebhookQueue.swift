import StrictJSON
package import TopUpCore

/// Delivers events at least once, in no order that can be relied on (Stripe docs, "Webhooks").
///
/// Each try is signed anew; whatever is not answered 2xx is tried again with growing waits.
package struct WebhookQueue: Sendable {
  package var configuration: WebhookConfiguration
  private var generator: SeededGenerator
  private var agenda = Agenda<Letter>()
  private var outstanding: [UInt64: Letter] = [:]
  private var lastID: UInt64 = 0

  /// An event on its way.
  private struct Letter: Sendable {
    let event: StripeEvent
    let body: [UInt8]
    let disturbance: WebhookDisturbance
    var attempt: Int
  }

  package init(_ configuration: WebhookConfiguration) {
    self.configuration = configuration
    generator = SeededGenerator(seed: configuration.seed)
  }

  /// The next moment at which something is to be sent.
  package var nextWake: UnixTime? { agenda.next }
  /// Tries whose outcome is not known yet.
  package var inFlight: Int { outstanding.count }

  /// Plans the delivery of an event.
  package mutating func send(_ event: StripeEvent, _ disturbance: WebhookDisturbance = .none) {
    guard !disturbance.isLost else { return }
    // Pretty-printed, as Stripe sends it: whoever re-serialises before verifying fails.
    let letter = Letter(
      event: event, body: Array(event.json.prettyText.utf8), disturbance: disturbance, attempt: 1)
    for _ in 0..<max(1, disturbance.copies ?? configuration.copies) {
      let jitter = configuration.jitter * Double.random(in: 0..<1, using: &generator)
      let delay = (disturbance.delay ?? configuration.delay) + jitter
      agenda.put(letter, at: event.created.advanced(by: delay))
    }
  }

  /// Takes the tries that are due; the outcome of each is to be told by ``settle(_:status:now:)``.
  package mutating func due(now: UnixTime) -> [WebhookDelivery] {
    var deliveries: [WebhookDelivery] = []
    while let (_, letter) = agenda.pop(until: now) {
      lastID += 1
      outstanding[lastID] = letter
      deliveries.append(
        WebhookDelivery(
          id: lastID, event: letter.event.id, type: letter.event.type, attempt: letter.attempt,
          headers: [
            HTTPField("content-type", "application/json; charset=utf-8"),
            HTTPField("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            HTTPField("stripe-signature", signature(letter, now: now)),
          ], body: letter.body,
          isGenuine: !letter.disturbance.isForged && letter.disturbance.signedAgo == .zero))
    }
    return deliveries
  }

  /// Notes how a try ended.
  ///
  /// - Parameter status: nil when there was no answer.
  /// - Returns: the event, if this try delivered it.
  package mutating func settle(_ id: UInt64, status: Int?, now: UnixTime) -> String? {
    guard var letter = outstanding.removeValue(forKey: id) else { return nil }
    if let status, (200..<300).contains(status) { return letter.event.id }
    guard letter.attempt < configuration.attemptsMax else { return nil }
    let wait = configuration.retryDelay * (1 << min(letter.attempt - 1, 12))
    letter.attempt += 1
    agenda.put(letter, at: now.advanced(by: wait))
    return nil
  }

  /// `t=…,v1=…`: HMAC-SHA256 of the time, a dot and the body, one `v1` for each secret.
  private func signature(_ letter: Letter, now: UnixTime) -> String {
    let time = now.advanced(by: .zero - letter.disturbance.signedAgo).seconds
    let secrets = letter.disturbance.isForged ? ["whsec_forged"] : configuration.secrets
    let text = Array("\(time).".utf8) + letter.body
    let signatures = secrets.map { secret in
      "v1=" + Hex.text(SHA256.hmac(key: Array(secret.utf8), text))
    }
    return (["t=\(time)"] + signatures).joined(separator: ",")
  }
}
