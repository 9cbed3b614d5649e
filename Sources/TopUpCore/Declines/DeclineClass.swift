/// What a failed charge says about trying again.
///
/// - Source: Stripe documentation, "Decline codes" and "Card declines"; invariants 17 to 21.
package enum DeclineClass: String, Hashable, Sendable, CaseIterable {
  /// Never this card again.
  case hard
  /// Not before the card's data are corrected.
  case cardData
  /// The card cannot make this payment; another might.
  case cardCannot
  /// The person must authenticate; no blind retry, no other card meanwhile (invariant 21).
  case authentication
  /// May pass later.
  case soft
  /// The bank gives no reason.
  case opaque
  /// Held to be fraud, or on a block list: never again, and somebody should look.
  case fraud
  /// The processor failed, or our account with it: an outage, it moves no breaker (invariant 17).
  case processorFault
  /// The processor stops further attempts on the card for the day.
  case rateLimited

  /// Whether the breaker opens on the first one (invariant 18).
  package var breaksImmediately: Bool {
    switch self {
    case .hard, .cardData, .cardCannot, .fraud: true
    case .authentication, .soft, .opaque, .processorFault, .rateLimited: false
    }
  }

  /// Whether it counts among an episode's declines, of which the fourth opens the breaker.
  ///
  /// A demand to authenticate is answered by a person, and an outage is nobody's decline.
  package var countsTowardsBreaker: Bool {
    switch self {
    case .hard, .cardData, .cardCannot, .soft, .opaque, .fraud, .rateLimited: true
    case .authentication, .processorFault: false
    }
  }
}
