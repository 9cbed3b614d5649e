/// Money of a charge that was taken back behind our back: a refund made in the processor's
/// dashboard, or a dispute whose funds were withdrawn (invariant 38).
package struct Reversal: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case refund
    case dispute
  }

  /// The processor's: of the refund, or of the dispute.
  package let id: String
  package let kind: Kind
  /// Rises with what happened to it; an older look at it changes nothing.
  package var rank: Int64
  /// What stands taken, from what was held for the customer and had bought nothing yet; minor units.
  package var fromHeld: Int64
  /// What stands taken of what had been delivered already: owed to us by the account
  /// (invariant 27).
  package var advanced: Int64

  /// What stands taken beyond all that was charged, as by a second dispute: no debt of the account,
  /// but ours.
  package var beyond: Int64

  /// What stands taken of what had been delivered already and is not owed: by the rule, or by an
  /// operator's word, our loss.
  package var forgiven: Int64

  /// What stands taken.
  package var taken: Int64 { fromHeld + advanced + forgiven + beyond }

  package init(
    id: String, kind: Kind, rank: Int64 = -1, fromHeld: Int64 = 0, advanced: Int64 = 0,
    beyond: Int64 = 0, forgiven: Int64 = 0
  ) {
    self.beyond = beyond
    self.forgiven = forgiven
    self.id = id
    self.kind = kind
    self.rank = rank
    self.fromHeld = fromHeld
    self.advanced = advanced
  }
}

/// How a refund of another's or a dispute stands at the processor.
package struct ReversalSnapshot: Sendable, Hashable {
  package var id: String
  package var kind: Reversal.Kind
  /// What stands taken by it now; zero once it was given back, and for an inquiry.
  package var taken: Money
  /// Rises with each change of what is taken: of a refund its status, of a dispute how often its
  /// funds moved.
  package var rank: Int64
  /// Whether the cardholder's bank still holds something against the charge.
  package var isOpen: Bool

  package init(id: String, kind: Reversal.Kind, taken: Money, rank: Int64, isOpen: Bool) {
    self.id = id
    self.kind = kind
    self.taken = taken
    self.rank = rank
    self.isOpen = isOpen
  }
}

extension ReversalSnapshot {
  /// A refund that none of our own rows asked for.
  package init(_ refund: RefundSnapshot) {
    let nothing = Money(minorUnits: 0, refund.amount.currency)
    let (taken, rank): (Money, Int64) =
      switch refund.status {
      // It may still fail, and the money is gone meanwhile.
      case .pending, .requiresAction, .unrecognised: (refund.amount, 0)
      case .succeeded: (refund.amount, 1)
      case .failed, .canceled: (nothing, 2)
      }
    self.init(id: refund.id.rawValue, kind: .refund, taken: taken, rank: rank, isOpen: false)
  }

  package init(_ dispute: DisputeSnapshot) {
    let taken = Money(minorUnits: max(0, dispute.withdrawn.minorUnits), dispute.withdrawn.currency)
    self.init(
      id: dispute.id, kind: .dispute, taken: taken, rank: Int64(dispute.moves),
      isOpen: dispute.isOpen)
  }
}
