/// What a deployment says of the ramp's guards.
package struct RampTerms: Sendable, Hashable {
  package var band = PriceBand.standard
  /// How long the breaker lets nothing through, before one top-up at a time.
  package var probeSpan = Duration.seconds(3_600)

  package init() {}
}

/// Everything that is known of the ramp when a top-up on it is decided, by a rule or for a caller:
/// what stands against it, and what is committed with it.
package struct RampView: Sendable, Hashable {
  package var standing: RampStanding
  package var headroom: Headroom.Known
  /// The last accepted price in the charge's currency; nil before the first.
  package var price: AcceptedPrice?
  package var terms: RampTerms

  package init(
    standing: RampStanding, headroom: Headroom.Known, price: AcceptedPrice?, terms: RampTerms
  ) {
    self.standing = standing
    self.headroom = headroom
    self.price = price
    self.terms = terms
  }

  /// Known before anything is asked for.
  package func objection(at now: UnixTime) -> RampObjection? {
    guard standing.isOpen, !standing.probes(at: now) else { return nil }
    return .breakerOpen(standing)
  }

  /// Against a quote's price, whose own figures hold.
  package func priceObjection(to quote: Quote, at now: UnixTime) -> RampObjection? {
    guard let price else { return nil }
    return terms.band.objection(to: quote.rateNano, against: price, at: now).map { .price($0) }
  }

  /// Against a quote, in everything.
  package func objection(to quote: Quote, at now: UnixTime) -> RampObjection? {
    objection(at: now) ?? priceObjection(to: quote, at: now) ?? untold
      ?? headroomObjection(to: quote)
  }

  /// Why it is not known what the ramp can deliver; nil when it is.
  package var untold: RampObjection? {
    switch headroom {
    case .notAsked: .unavailable("it was not asked what it can deliver")
    case .unavailable(let reason): .unavailable(reason)
    case .told: nil
    }
  }

  /// Against what the ramp can still deliver, where that is known.
  package func headroomObjection(to quote: Quote) -> RampObjection? {
    guard case .told(let headroom) = headroom else { return untold }
    return quote.tokens.units <= headroom.free ? nil : .headroom(headroom, quote.tokens)
  }

  /// What goes into the commit that begins a top-up by this view, after the top-up itself.
  package func changes(beginning id: TopUpID, at quote: Quote, _ now: UnixTime) -> [Change] {
    var changes: [Change] = []
    if case .told(let headroom) = headroom { changes.append(.holdHeadroom(headroom)) }
    if standing.probes(at: now) { changes.append(.putRamp(standing.probing(id))) }
    if terms.band.replaces(price, at: now) {
      changes.append(
        .putPrice(
          AcceptedPrice(
            currency: quote.gross.currency, rateNano: quote.rateNano, accepted: now,
            actor: "topupd", reason: "charged by \(id)", version: (price?.version ?? 0) + 1)))
    }
    return changes
  }
}

/// Why nothing is charged for the ramp now.
package enum RampObjection: Sendable, Hashable, CustomStringConvertible {
  case breakerOpen(RampStanding)
  case price(PriceObjection)
  case headroom(Headroom, Planck)
  case unavailable(String)

  package var description: String {
    switch self {
    case .breakerOpen(let standing):
      "nothing is charged for the ramp since \(standing.opened.map { "\($0)" } ?? "now"): "
        + "\(standing.compensations) charges in a row were given back"
        + (standing.probe.map { "; \($0) is let through to see" }
          ?? standing.probesAt.map { "; one is let through from \($0)" } ?? "")
    case .price(let objection): "\(objection)"
    case .headroom(let headroom, let wanted):
      "the ramp can deliver \(headroom.said), of which \(headroom.claimed) are spoken for, "
        + "and not \(wanted) more"
    case .unavailable(let reason): "the ramp does not say what it can deliver: \(reason)"
    }
  }

  package var skip: SkipReason {
    switch self {
    case .breakerOpen: .rampBreakerOpen
    case .price: .priceOutOfBand
    case .headroom: .rampHeadroom
    case .unavailable: .rampUnavailable
    }
  }

  /// When it is worth another look without being told of a change (invariant 51).
  package func lookAgain(at now: UnixTime) -> UnixTime {
    switch self {
    case .breakerOpen(let standing):
      max(standing.probesAt ?? now, now.advanced(by: .seconds(60)))
    case .price: now.advanced(by: .seconds(300))
    case .headroom: now.advanced(by: .seconds(60))
    case .unavailable: now.advanced(by: .seconds(30))
    }
  }
}
