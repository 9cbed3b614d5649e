package import Gateways
package import TopUpCore

/// Verifies deliveries by Stripe's signatures.
package struct StripeWebhookVerifier: WebhookVerifier {
  private let signature: StripeSignature

  package init(_ signature: StripeSignature) { self.signature = signature }

  package func verify(header: String?, body: [UInt8], now: UnixTime) throws(SignatureFailure) {
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
}

/// Reads deliveries as Stripe's events.
package struct StripeWebhookDecoder: WebhookEventDecoder {
  package init() {}

  package func decode(_ body: [UInt8]) throws(UnsupportedDelivery) -> ProcessorEvent {
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
