/// One order at the ramp; its client id is `<top-up>:<n>` (invariant 28).
package struct DepositOrder: Sendable, Hashable {
  /// How far it is; says which call comes next.
  package enum Phase: String, Sendable, Hashable, CaseIterable {
    /// The quote is pinned; nothing has been sent.
    case planned
    /// Being sent; the ramp may have it.
    case sending
    /// The ramp has it.
    case open
    /// Delivered by the ramp's word; our own node has not said yet that its block is final.
    case finalizing
    /// Being tombstoned.
    case cancelling
    /// Ended without funds having moved.
    case dead
    /// Delivered, in a finalized block.
    case completed

    /// Whether something may still come of it.
    var mayDeliver: Bool {
      switch self {
      case .planned, .dead, .completed: false
      case .sending, .open, .finalizing, .cancelling: true
      }
    }
  }

  /// From 1.
  package let number: Int
  package let quote: Quote
  package var phase: Phase
  /// As the ramp showed it last.
  package var seen: RampOrder?
  /// Whether our own node has shown its block as final. What a person says was delivered may be in no
  /// block that the node has.
  package var isFinalized: Bool
  package let created: UnixTime
  /// Since when the ramp says that it does not know it; in memory only, for a look before a restart
  /// says nothing of the look after it.
  package var notFoundSince: UnixTime?
  /// Whether the charge is to be read again before the order is sent once more (invariant 32); in
  /// memory only, for after a restart the order is asked about first.
  package var needsReread = false

  /// Whether this row never sent it. One that ended before it was sent has nothing seen; of one that
  /// was sent and ended, the ramp has said so.
  package var isUnsent: Bool { phase == .planned || (phase == .dead && seen == nil) }

  /// From when on a ramp may not know it any more.
  package var forgotten: UnixTime { created.advanced(by: Timings.orderForgotten) }

  package init(
    number: Int, quote: Quote, phase: Phase = .planned, seen: RampOrder? = nil,
    isFinalized: Bool = false, created: UnixTime
  ) {
    self.number = number
    self.quote = quote
    self.phase = phase
    self.seen = seen
    self.isFinalized = isFinalized
    self.created = created
  }
}
