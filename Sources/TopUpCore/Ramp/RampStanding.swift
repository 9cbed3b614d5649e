/// Whether the ramp delivers what cards are charged for: its breaker, over all accounts.
///
/// Two charges in a row that had to be given back open it (invariant 4): nothing more is charged for
/// the ramp, by a rule or by a caller. What is charged already is ordered and delivered as before.
/// It closes by a person's word, or by evidence: a delivery of an order that was placed after it
/// opened. For such an order to exist where nothing is in flight, one top-up at a time is let through
/// after a span, the *probe*; one that has to be given back too begins the span anew. One charge at
/// risk an hour is less than what accounts that run dry cost; an order from before the opening shows
/// only that the ramp was well then.
package struct RampStanding: Sendable, Hashable {
  /// Charges given back in a row that open the breaker (invariant 4).
  package static let compensationsMax = 2

  /// Charges given back since the last delivery.
  package var compensations: Int
  /// Since when nothing is charged for the ramp; nil while the breaker is closed.
  package var opened: UnixTime?
  /// From when one top-up at a time is let through.
  package var probesAt: UnixTime?
  /// The one that is under way.
  package var probe: TopUpID?
  /// What the last change was for.
  package var cause: String
  package var version: Int64

  package init(
    compensations: Int = 0, opened: UnixTime? = nil, probesAt: UnixTime? = nil,
    probe: TopUpID? = nil, cause: String = "", version: Int64 = 0
  ) {
    self.compensations = compensations
    self.opened = opened
    self.probesAt = probesAt
    self.probe = probe
    self.cause = cause
    self.version = version
  }

  package var isOpen: Bool { opened != nil }

  /// Whether a top-up that begins now is let through as the probe.
  package func probes(at now: UnixTime) -> Bool {
    guard isOpen, probe == nil, let probesAt else { return false }
    return now >= probesAt
  }

  /// Whether a top-up may be charged: all while it is closed, the probe alone while it is open.
  package func admits(_ id: TopUpID) -> Bool { !isOpen || probe == id }

  // MARK: What happens

  /// A charge has to be given back.
  package func compensated(
    _ id: TopUpID, at now: UnixTime, probeSpan: Duration
  ) -> RampStanding {
    var next = changed("the charge of \(id) is given back")
    next.compensations += 1
    if probe == id { next.probe = nil }
    guard isOpen || next.compensations >= Self.compensationsMax else { return next }
    next.opened = opened ?? now
    next.probesAt = now.advanced(by: probeSpan)
    return next
  }

  /// An order was delivered.
  ///
  /// - Parameter ordered: when it was placed.
  /// - Returns: nil when that says nothing new.
  package func delivered(_ id: TopUpID, ordered: UnixTime) -> RampStanding? {
    if let opened, ordered < opened { return nil }
    guard isOpen || compensations > 0 else { return nil }
    var next = changed("\(id) was delivered")
    (next.compensations, next.opened, next.probesAt, next.probe) = (0, nil, nil, nil)
    return next
  }

  /// A top-up has ended; when it was the probe and came to neither, another may follow.
  package func ended(_ id: TopUpID) -> RampStanding? {
    guard probe == id else { return nil }
    var next = changed("\(id) ended before it was ordered")
    next.probe = nil
    return next
  }

  package func probing(_ id: TopUpID) -> RampStanding {
    var next = changed("\(id) is let through")
    next.probe = id
    return next
  }

  /// A named person's word (invariant 52).
  package func cleared(by actor: String, _ reason: String) -> RampStanding {
    var next = changed("cleared by \(actor): \(reason)")
    (next.compensations, next.opened, next.probesAt, next.probe) = (0, nil, nil, nil)
    return next
  }

  private func changed(_ cause: String) -> RampStanding {
    var next = self
    next.version += 1
    next.cause = cause
    return next
  }
}
