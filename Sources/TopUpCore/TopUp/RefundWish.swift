/// What a tenant or an operator wants given back of a charge.
package struct RefundWish: Sendable, Hashable {
  /// All that is left when nil.
  package var amount: Money?
  /// The person or service, such as `console:ada`.
  package var actor: String
  /// Why, in a sentence.
  package var reason: String

  package init(amount: Money?, actor: String, reason: String) {
    self.amount = amount
    self.actor = actor
    self.reason = reason
  }
}

/// Why nothing is given back on request; nothing changes then.
package enum RefundRefusal: Error, Sendable, Hashable {
  /// Without a name or a reason.
  case unsigned
  /// Nothing was taken yet, or ever.
  case notCharged(TopUpState)
  /// The account has what was bought, or is about to: giving the charge back beside it is nobody's
  /// to do by a call (invariants 32, 33).
  case delivered
  /// It is being given back, or was.
  case underWay(TopUpState)
  /// A person decides about it (invariant 52).
  case inReview
  /// Others took it back, or it was written off.
  case nothingLeft
  /// More than is left of the charge (invariant 15).
  case aboveLeft(Money)
  /// What is left is all to be delivered, or all given back.
  case spokenFor(Money)

  /// For programs.
  package var name: String {
    switch self {
    case .unsigned: "unsigned"
    case .notCharged: "not_charged"
    case .delivered: "delivered"
    case .underWay: "under_way"
    case .inReview: "in_review"
    case .nothingLeft: "nothing_left"
    case .aboveLeft: "above_left"
    case .spokenFor: "spoken_for"
    }
  }

  /// What is wrong and what helps, for people.
  package var explanation: String {
    switch self {
    case .unsigned: "a name and a reason are needed"
    case .notCharged(let state):
      state.isTerminal
        ? "it is \(state.rawValue), and nothing was charged"
        : "it is \(state.rawValue), and nothing is charged yet; cancel it"
    case .delivered: "what was bought has been delivered, or is about to be: no refund beside it"
    case .underWay(let state): "it is \(state.rawValue): the charge is given back already"
    case .inReview: "it waits for an operator, who refunds or resolves it"
    case .nothingLeft: "nothing of the charge is left to give back"
    case .aboveLeft(let left): "\(left) of the charge is left, and no more"
    case .spokenFor(let left):
      "all of it is to be delivered: the whole \(left) is given back, or none"
    }
  }
}
