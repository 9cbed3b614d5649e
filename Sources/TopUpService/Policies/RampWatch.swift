internal import TopUpCore

/// What is known of the ramp before a top-up on it is decided: how it stands, what it can deliver,
/// and the price that was accepted last (invariants 4, 6).
struct RampWatch: Sendable {
  let store: any Store
  let ramp: any Ramp
  let terms: RampTerms

  /// Asks the ramp what it can deliver. The claims on that are read before, so that what it takes on
  /// meanwhile counts at least once.
  func headroom() async throws(StoreError) -> Headroom.Known {
    let claims = try store.read { snapshot throws(StoreError) in try snapshot.headroomClaims() }
    switch await ramp.health() {
    case .answered(let health):
      guard health.isHealthy else { return .unavailable("it says that it is not well") }
      return .told(
        Headroom(said: health.headroom, claimed: claims.tokens, through: claims.through))
    case .refused(let refusal): return .unavailable("\(refusal.code): \(refusal.message)")
    case .unknown(let reason), .notSent(let reason): return .unavailable(reason)
    }
  }

  func view(
    _ currency: Currency, _ headroom: Headroom.Known, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> RampView {
    RampView(
      standing: try snapshot.rampStanding(), headroom: headroom,
      price: try snapshot.acceptedPrices().first { $0.currency == currency }, terms: terms)
  }
}
