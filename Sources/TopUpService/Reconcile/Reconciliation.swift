package import TopUpCore

/// What came of one comparison of the three books (invariant 40).
package struct Reconciliation: Sendable, Hashable {
  /// Who asked for it.
  package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// The schedule, over the last days.
    case recent
    /// The schedule, from the store's first top-up on.
    case full
    /// An operator.
    case asked
  }

  package struct Finding: Sendable, Hashable {
    package var difference: Difference
    package var isRepaired: Bool
  }

  package var scope: Scope
  package var begun: UnixTime
  package var ended: UnixTime
  /// Top-ups that were looked at, each at least by the processor's or the ramp's list.
  package var compared = 0
  package var findings: [Finding] = []
  /// What the processor was ever paid for and this store does not have, also where all was given back
  /// since: then nothing differs, and yet its ids are used (invariant 50).
  package var lost: Set<TopUpID> = []

  /// Those that still stand.
  package var open: [Finding] { findings.filter { !$0.isRepaired } }

  package init(scope: Scope, begun: UnixTime, ended: UnixTime) {
    self.scope = scope
    self.begun = begun
    self.ended = ended
  }
}

/// What is to be compared.
package struct ReconciliationRequest: Sendable, Hashable {
  package var scope: Reconciliation.Scope
  /// Top-ups and payments from then on; nil for all.
  package var since: UnixTime?
  /// What is younger may be under way, and is left alone; nil compares whatever its age.
  package var settledFor: Duration?
  /// Who has what is safe to mend mended; nil only looks.
  package var repairer: String?

  package init(
    scope: Reconciliation.Scope, since: UnixTime?, settledFor: Duration?, repairer: String? = nil
  ) {
    self.scope = scope
    self.since = since
    self.settledFor = settledFor
    self.repairer = repairer
  }
}

/// Why the books could not be compared; nothing was changed by then.
package enum ReconciliationError: Error, Sendable, Hashable {
  case store(StoreError)
  /// The processor or the ramp did not answer.
  case unanswered(name: String, detail: String)
  /// More than one pass reads.
  case tooMany(name: String)
  /// The caller gave up, or the engine stops.
  case givenUp
}
