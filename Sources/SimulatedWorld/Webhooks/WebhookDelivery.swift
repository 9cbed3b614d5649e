package import TopUpCore

/// One POST of an event to the service's endpoint.
package struct WebhookDelivery: Sendable, Hashable {
  /// Names this try when its outcome is told.
  package let id: UInt64
  package let event: String
  package let type: String
  /// 1 for the first try.
  package let attempt: Int
  package let headers: [HTTPField]
  package let body: [UInt8]
  /// Whether it is signed with the endpoint's secret, for a time that is now.
  package let isGenuine: Bool
}

/// How events travel when no fault interferes.
package struct WebhookConfiguration: Sendable {
  /// Each is a whole `whsec_…` text; while one is being rolled there are two.
  package var secrets: [String]
  /// From the event to the first try.
  package var delay = Duration.milliseconds(200)
  /// Up to this much is added to each event's delay, by seed: so events overtake one another.
  package var jitter = Duration.zero
  /// How often an event is sent that was taken the first time.
  package var copies = 1
  /// First wait after a failed try; it doubles with each further one.
  package var retryDelay = Duration.seconds(2)
  package var attemptsMax = 12
  package var seed: UInt64 = 2

  package init(secrets: [String] = ["whsec_sandbox"]) { self.secrets = secrets }
}

/// What a fault script does to the delivery of one event.
package struct WebhookDisturbance: Sendable, Hashable {
  /// Never sent: what reconciliation is for.
  package var isLost = false
  package var copies: Int?
  package var delay: Duration?
  /// Signed with a secret that is not the endpoint's.
  package var isForged = false
  /// Signed for a time that is this far back.
  package var signedAgo = Duration.zero

  package static let none = WebhookDisturbance()

  package init() {}
}
