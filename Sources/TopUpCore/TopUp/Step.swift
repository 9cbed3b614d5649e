/// What an event does to a top-up: the new value and all that is committed with it.
package struct Step: Sendable, Hashable {
  package var topUp: TopUp
  /// For the transition's record, such as "confirm answered: succeeded".
  package var cause: String
  /// Posted in the same store transaction (invariant 22).
  package var entries: [Entry] = []
  /// Whether the reservation goes back to its windows: a known negative outcome alone
  /// (invariant 8).
  package var releasesReservation = false
  /// Whether nothing but the next look changes: kept in memory, not committed.
  package var isWaiting = false
  /// The fingerprint of a card that has paid now: that clears its breaker (invariant 18).
  package var chargedCard: String?

  package init(_ topUp: TopUp, _ cause: String) {
    self.topUp = topUp
    self.cause = cause
  }
}

/// Why an event cannot follow; nothing changes then.
package enum TransitionError: Error, Sendable, Hashable {
  /// The event contradicts what is recorded: a bug of ours, or another's mistake about whose
  /// object it is.
  case contradicts(String)
  /// An operator's verb whose guard does not hold.
  case refused(ReviewRefusal)
  /// A charge that is not given back by request.
  case notRefunded(RefundRefusal)
}
