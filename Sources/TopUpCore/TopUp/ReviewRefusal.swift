/// Why an operator's verb is not followed; nothing changes then.
package enum ReviewRefusal: Error, Sendable, Hashable {
  /// It waits for nobody.
  case notInReview(TopUpState)
  /// Without a name, a reason, or the evidence of what became of an order.
  case unsigned
  /// Where it was parked nothing goes on by itself: it is refunded or resolved.
  case nothingToResume(TopUpState)
  /// Release is for a price that moved, and none has.
  case noPriceToAccept
  /// It is held before its deposit, and not parked: it is released or refunded.
  case onHold
  /// A part of the charge was taken back: what was ordered for all of it is not delivered
  /// (invariant 32).
  case takenBack
  /// Somebody wished or ordered it back, or its bank warned: nothing is ordered for it.
  case wantedBack
  /// The charge's own fate is not known: it may still succeed (invariant 13).
  case chargeUndecided
  /// Nothing was charged that is still here.
  case nothingHeld
  /// Something has reached the account, or is about to: no refund beside it (invariant 33).
  case delivered
  /// All that was bought has been delivered.
  case deliveredWhole
  /// What was to be delivered has been given back.
  case refunded
  /// An order may still deliver: it is stopped first (invariant 33).
  case orderMayDeliver(ClientOrderID)
  /// None of its orders may still deliver anything.
  case noOrderInDoubt
  /// A refund may still succeed (invariant 15).
  case refundMaySucceed
  /// A refund was given up that may have been sent: nothing is ordered beside it (invariant 33).
  case refundGivenUp

  /// For programs.
  package var name: String {
    switch self {
    case .notInReview: "not_in_review"
    case .unsigned: "unsigned"
    case .nothingToResume: "nothing_to_resume"
    case .noPriceToAccept: "no_price_to_accept"
    case .onHold: "on_hold"
    case .takenBack: "taken_back"
    case .wantedBack: "wanted_back"
    case .chargeUndecided: "charge_undecided"
    case .nothingHeld: "nothing_held"
    case .delivered: "delivered"
    case .deliveredWhole: "delivered_whole"
    case .refunded: "refunded"
    case .orderMayDeliver: "order_may_deliver"
    case .noOrderInDoubt: "no_order_in_doubt"
    case .refundMaySucceed: "refund_may_succeed"
    case .refundGivenUp: "refund_given_up"
    }
  }

  /// What is wrong and what helps, for people.
  package var explanation: String {
    switch self {
    case .notInReview(let state): "it is \(state.rawValue) and waits for nobody"
    case .unsigned: "a name and a reason are needed, and evidence of what became of an order"
    case .nothingToResume(let state):
      "nothing goes on by itself after \(state.rawValue); refund or resolve it"
    case .noPriceToAccept: "no price moved that could be accepted; resume it"
    case .onHold: "it is held before its deposit; release or refund it"
    case .takenBack: "a part of the charge was taken back; refund the rest or resolve it"
    case .wantedBack: "the charge is to be given back, by a person's word or its bank's; refund it"
    case .chargeUndecided: "the charge may still succeed; resume it, and what it came to is asked"
    case .nothingHeld: "nothing that was charged is held any more"
    case .delivered: "the ramp has delivered, in whole or in part; resolve it"
    case .deliveredWhole: "all that was bought has been delivered; refund what is held"
    case .refunded: "it was refunded, in whole or in part, and what is held came back; refund that"
    case .orderMayDeliver(let order):
      "order \(order) may still deliver; refund stops it first, resume asks for it"
    case .noOrderInDoubt: "none of its orders may still deliver; refund it"
    case .refundMaySucceed: "a refund is under way and may succeed; resume asks for it"
    case .refundGivenUp: "a refund was given up that may yet arrive; refund what is held"
    }
  }
}
