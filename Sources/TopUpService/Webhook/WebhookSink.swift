package import TopUpCore

/// A request that was read whole, for whoever decides about it.
package struct WebhookDelivery: Hashable, Sendable {
  /// Exactly the bytes that came: a signature covers them.
  package let body: [UInt8]
  /// The value of Stripe-Signature; nil when the field is not there.
  package let signature: [UInt8]?
  /// When the last byte had come.
  package let received: UnixTime

  package init(body: [UInt8], signature: [UInt8]?, received: UnixTime) {
    self.body = body
    self.signature = signature
    self.received = received
  }
}

/// What is done with a delivery.
package enum WebhookAnswer: Hashable, Sendable {
  /// It is durable now.
  case accepted
  /// It was durable before.
  case duplicate
  /// It is genuine, but of a type that nobody handles here.
  case ignored
  case badSignature(SignatureFailure)
  case unsupported(UnsupportedDelivery)
  /// It could not be made durable; the sender comes again.
  case storeUnavailable
}

/// Why a signature is not taken. The peer is never told.
package enum SignatureFailure: String, Error, Hashable, Sendable, CaseIterable {
  case missing
  case malformed
  /// No signature in it is of this body and one of the secrets.
  case noMatch = "no_match"
  /// Signed longer ago than the tolerance (invariant 34).
  case stale
  /// Signed further ahead than the tolerance.
  case future
}

/// Why a genuine delivery is not for this service: a wrong setting at the processor, which shows
/// there as failed deliveries, and here as a counter.
package enum UnsupportedDelivery: String, Error, Hashable, Sendable, CaseIterable {
  /// The body is no event of a form that is known.
  case notAnEvent = "not_an_event"
  /// An event that names its object and shows nothing of it (a v2 destination).
  case thinEvent = "thin_event"
  /// An event of somebody else's account that is connected to ours.
  case connectedAccount = "connected_account"
  /// An event of the live mode in the test mode, or the reverse (invariant 34).
  case wrongMode = "wrong_mode"
}

/// Decides about deliveries.
package protocol WebhookSink: Sendable {
  /// Decides about one; called on the listener's loop.
  ///
  /// The sender may be gone when it returns: what it made durable stays, and the next delivery
  /// of the same event is a duplicate.
  func accept(_ delivery: WebhookDelivery) async -> WebhookAnswer
}

extension WebhookAnswer {
  package var status: HTTPStatus {
    switch self {
    case .accepted, .duplicate, .ignored: .ok
    case .badSignature, .unsupported: .badRequest
    case .storeUnavailable: .serviceUnavailable
    }
  }

  /// As a metric names it.
  package var name: String {
    switch self {
    case .accepted: "accepted"
    case .duplicate: "duplicate"
    case .ignored: "ignored"
    case .badSignature(let failure): "bad_signature_" + failure.rawValue
    case .unsupported(let reason): "unsupported_" + reason.rawValue
    case .storeUnavailable: "store_unavailable"
    }
  }
}

extension WebhookAnswer: CaseIterable {
  package static var allCases: [WebhookAnswer] {
    [.accepted, .duplicate, .ignored] + SignatureFailure.allCases.map { .badSignature($0) }
      + UnsupportedDelivery.allCases.map { .unsupported($0) } + [.storeUnavailable]
  }
}
