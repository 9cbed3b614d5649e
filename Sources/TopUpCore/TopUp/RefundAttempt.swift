/// One refund of a top-up's charge; each row has its own key, one unresolved at a time
/// (invariant 15).
package struct RefundAttempt: Sendable, Hashable {
  package enum Phase: String, Sendable, Hashable, CaseIterable {
    case sending
    case pending
    case succeeded
    case failed
  }

  /// From 1.
  package let number: Int
  package let amount: Money
  package var phase: Phase
  package var refund: RefundID?
  /// Since when the processor lists no such refund; in memory only.
  package var notFoundSince: UnixTime?

  /// Whether the processor refused to make it. One that failed has an id of the processor's.
  package var isRefused: Bool { phase == .failed && refund == nil }
  /// Whether it may still succeed.
  package var isUnresolved: Bool { phase == .sending || phase == .pending }

  package init(number: Int, amount: Money, phase: Phase = .sending, refund: RefundID? = nil) {
    self.number = number
    self.amount = amount
    self.phase = phase
    self.refund = refund
  }
}
