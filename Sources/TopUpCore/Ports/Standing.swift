/// An account as far as its balance is told: what a call that is made thousands of times a second
/// reads, without the rule and the rest of the state.
package struct BalanceStanding: Sendable, Hashable {
  /// The last finalized reading.
  package var reading: KnownReading?
  /// What events claim that are to be looked at.
  package var claim: LowBalanceClaim?
  /// What is on its way.
  package var inFlight: [TopUp]

  package init(reading: KnownReading?, claim: LowBalanceClaim?, inFlight: [TopUp]) {
    self.reading = reading
    self.claim = claim
    self.inFlight = inFlight
  }
}

/// An account as far as an event about it is judged.
package struct IntakeStanding: Sendable, Hashable {
  /// The height of the last finalized reading.
  package var readingBlock: UInt64?
  /// Nil where there is no rule.
  package var isPolicyEnabled: Bool?
  /// Its automatic top-up that has not ended.
  package var inFlight: TopUpID?
  /// Whether events about it wait for a look already.
  package var isPending: Bool

  package init(
    readingBlock: UInt64? = nil, isPolicyEnabled: Bool? = nil, inFlight: TopUpID? = nil,
    isPending: Bool = false
  ) {
    self.readingBlock = readingBlock
    self.isPolicyEnabled = isPolicyEnabled
    self.inFlight = inFlight
    self.isPending = isPending
  }
}
