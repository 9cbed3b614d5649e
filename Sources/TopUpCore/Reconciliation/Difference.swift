/// Where two of the three books do not say the same: processor, ledger, ramp (invariant 40).
package struct Difference: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The processor took money for a top-up that does not count it.
    case chargeNotCounted = "charge_not_counted"
    /// A second success in one top-up (invariant 16).
    case secondCharge = "second_charge"
    /// A payment that names this store and a top-up that it does not have (invariant 50).
    case chargeWithoutTopUp = "charge_without_top_up"
    /// A top-up counts a charge that the processor does not have, or has not taken.
    case chargeNotTaken = "charge_not_taken"
    case chargeAmount = "charge_amount"
    /// What the refunds of a charge come to (invariant 38).
    case refundSum = "refund_sum"
    /// What its disputes have withdrawn (invariant 38).
    case disputeSum = "dispute_sum"
    /// An order under our id that no top-up has (invariants 28, 50).
    case orderWithoutTopUp = "order_without_top_up"
    /// The ramp does not know an order that it had.
    case orderMissing = "order_missing"
    /// The ramp has ended an order, or has one, and the top-up does not know it.
    case orderState = "order_state"
    case deliveredAmount = "delivered_amount"
    /// More tokens than were ordered, or than the charge pays for (invariant 32).
    case deliveredTooMuch = "delivered_too_much"
    /// An order that counts as dead has moved funds (invariant 33).
    case deliveredAfterEnd = "delivered_after_end"
    /// A credit that no order at the ramp stands for, nor an operator's word (invariant 30).
    case creditWithoutEvidence = "credit_without_evidence"
    /// A webhook event that waits to be applied for long (invariant 35).
    case eventNotApplied = "event_not_applied"
    /// A fee or payout of the processor's that stands in no entry.
    case movementNotPosted = "movement_not_posted"
    case movementAmount = "movement_amount"
    /// One that stands in our books and that the processor does not list.
    case movementMissing = "movement_missing"
  }

  package var kind: Kind
  package var topUp: TopUpID?
  /// What it is about, by its id: an intent, an order, an event.
  package var object: String
  /// The ledger's figure.
  package var ours: String
  /// The processor's or the ramp's.
  package var theirs: String
  /// What the top-up is told when it is mended by its ordinary door; empty where only a person can
  /// say what is right.
  package var repair: [TopUpEvent]
  /// The processor's movement that is to be posted, where that is all that is missing.
  package var movement: ProcessorMovement?

  /// Whether it is mended without a person's judgement.
  package var isRepairable: Bool { !repair.isEmpty || movement != nil }

  package init(
    _ kind: Kind, _ topUp: TopUpID?, object: String, ours: String, theirs: String,
    repair: [TopUpEvent] = []
  ) {
    self.kind = kind
    self.topUp = topUp
    self.object = object
    self.ours = ours
    self.theirs = theirs
    self.repair = repair
  }
}

extension Difference.Kind {
  /// Whether money may have gone where it must not: told at once, whatever else is done.
  package var isAlarm: Bool {
    switch self {
    case .secondCharge, .chargeWithoutTopUp, .orderWithoutTopUp, .deliveredTooMuch,
      .deliveredAfterEnd, .creditWithoutEvidence, .chargeNotTaken:
      true
    case .chargeNotCounted, .chargeAmount, .refundSum, .disputeSum, .orderMissing, .orderState,
      .deliveredAmount, .eventNotApplied, .movementNotPosted, .movementAmount, .movementMissing:
      false
    }
  }

  /// Whether it is of a top-up, or a part of one, that this store does not have (invariant 50).
  package var isOfLostTopUp: Bool { self == .chargeWithoutTopUp || self == .orderWithoutTopUp }

  /// Whether it keeps a store that was behind from sending again (invariant 50): all that is about
  /// a top-up, and no event or fee that is merely late.
  package var isOfTopUp: Bool {
    switch self {
    case .eventNotApplied, .movementNotPosted, .movementAmount, .movementMissing: false
    case .secondCharge, .chargeWithoutTopUp, .orderWithoutTopUp, .deliveredTooMuch,
      .deliveredAfterEnd, .creditWithoutEvidence, .chargeNotTaken, .chargeNotCounted,
      .chargeAmount, .refundSum, .disputeSum, .orderMissing, .orderState, .deliveredAmount:
      true
    }
  }

  /// What is different, for people.
  package var meaning: String {
    switch self {
    case .chargeNotCounted: "the processor took money that the top-up does not count"
    case .secondCharge: "a top-up was paid for twice"
    case .chargeWithoutTopUp: "a payment names a top-up that this store does not have"
    case .chargeNotTaken: "the top-up counts a charge that the processor has not taken"
    case .chargeAmount: "the charge is of another amount"
    case .refundSum: "the refunds of the charge come to another sum"
    case .disputeSum: "the disputes of the charge come to another sum"
    case .orderWithoutTopUp: "the ramp has an order that no top-up has"
    case .orderMissing: "the ramp no longer knows an order"
    case .orderState: "the ramp's word on an order has not reached the top-up"
    case .deliveredAmount: "the ramp delivered another amount than was credited"
    case .deliveredTooMuch: "more was delivered than was paid for"
    case .deliveredAfterEnd: "an order that counts as dead has moved funds"
    case .creditWithoutEvidence: "a credit without evidence at the ramp"
    case .eventNotApplied: "a webhook event could not be applied for long"
    case .movementNotPosted: "a fee or payout of the processor's is not posted"
    case .movementAmount: "a movement at the processor is not the one that was posted"
    case .movementMissing: "the processor does not list a movement that was posted"
    }
  }

  /// What a person does where it cannot be repaired.
  package var remedy: String {
    switch self {
    case .chargeNotCounted, .secondCharge:
      "refund the payment in the processor's dashboard"
    case .chargeWithoutTopUp, .orderWithoutTopUp:
      "put the newest copy of the store in its place, or settle it by hand"
    case .chargeNotTaken, .chargeAmount, .refundSum, .disputeSum:
      "compare the payment in the processor's dashboard with the top-up's entries"
    case .orderMissing, .orderState, .deliveredAmount, .deliveredTooMuch, .deliveredAfterEnd,
      .creditWithoutEvidence:
      "ask the ramp's operator what became of the order"
    case .eventNotApplied: "see why: topupctl inbox list --stuck; then topupctl inbox replay"
    case .movementNotPosted: "the next hourly comparison posts it"
    case .movementAmount, .movementMissing:
      "compare the balance in the processor's dashboard with the entry"
    }
  }
}
