internal import Gateways
internal import TopUpCore

/// Stripe's way of signing and writing events, for the webhook listener.
struct StripeWebhook: WebhookVerifier, WebhookEventDecoder {
  private let signature: StripeSignature

  /// Every event that means something to this service; others are answered and forgotten.
  static let handledTypes: Set<String> = [
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.requires_action",
    "payment_intent.processing", "payment_intent.canceled", "setup_intent.succeeded",
    "payment_method.detached", "charge.refunded", "refund.created", "refund.updated",
    "refund.failed", "charge.dispute.created", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated", "charge.dispute.closed",
  ]

  /// - Returns: nil when there is no secret to verify with.
  init?(secrets: [Secret]) {
    guard let signature = StripeSignature(secrets: secrets) else { return nil }
    self.signature = signature
  }

  func verify(header: String?, body: [UInt8], now: UnixTime) throws(SignatureFailure) {
    do throws(StripeSignatureError) {
      try signature.verify(header: header, body: body, now: now)
    } catch {
      switch error {
      case .missingHeader: throw .missing
      case .headerTooLong, .malformedHeader, .missingTimestamp, .repeatedTimestamp,
        .missingSignature:
        throw .malformed
      case .noMatch: throw .noMatch
      case .tooOld: throw .stale
      case .tooNew: throw .future
      }
    }
  }

  func decode(_ body: [UInt8]) throws(UnsupportedDelivery) -> ProcessorEvent {
    let delivery: StripeDelivery
    do throws(StripeEventError) { delivery = try StripeEventDecoder.delivery(body) } catch {
      switch error {
      case .notJSON, .missing: throw .notAnEvent
      case .connectedAccount: throw .connectedAccount
      }
    }
    switch delivery {
    case .snapshot(let event): return event
    case .thin: throw .thinEvent
    }
  }
}

/// The store as the inbox of the webhook listener.
struct StoreInbox: WebhookInbox {
  let store: any Store
  let clock: any WallClock
  let fence: Int64
  let engine: Engine

  func receive(_ event: InboxEvent) async throws(StoreError) -> InboxReceipt {
    let isKnown = try store.read { snapshot throws(StoreError) in
      try snapshot.inboxEvent(event.id) != nil
    }
    guard !isKnown else { return .duplicate }
    try await store.commit(Commit(now: clock.now, fence: fence, [.receiveInbox(event)]))
    await engine.pokeInbox()
    return .stored
  }
}
