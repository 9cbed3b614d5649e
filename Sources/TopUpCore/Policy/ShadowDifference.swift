/// A look that two rules decided, each in its way.
package struct ShadowDifference: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case wouldCharge = "would_charge"
    case wouldSkip = "would_skip"
    case otherAmount = "other_amount"
    case otherReason = "other_reason"
  }

  package struct Outcome: Sendable, Hashable {
    /// An amount, or the reason of a skip.
    package var word: String
    package var explanation: String

    package init(word: String, explanation: String) {
      self.word = word
      self.explanation = explanation
    }
  }

  package var at: UnixTime
  package var kind: Kind
  package var live: Outcome
  package var shadow: Outcome

  package init(at: UnixTime, kind: Kind, live: Outcome, shadow: Outcome) {
    self.at = at
    self.kind = kind
    self.live = live
    self.shadow = shadow
  }

  /// Nil where the two come to the same: no charge for the same reason, or a charge of the same
  /// amount.
  package init?(at now: UnixTime, live: Decision, shadow: Decision) {
    let kind: Kind
    switch (live, shadow) {
    case (.skip(let one), .skip(let other)):
      guard one.reason != other.reason else { return nil }
      kind = .otherReason
    case (.topUp(let one), .topUp(let other)):
      guard one.amount != other.amount else { return nil }
      kind = .otherAmount
    case (.skip, .topUp): kind = .wouldCharge
    case (.topUp, .skip): kind = .wouldSkip
    // Not decided yet.
    case (.needsQuote, _), (_, .needsQuote): return nil
    }
    self.init(at: now, kind: kind, live: Outcome(live), shadow: Outcome(shadow))
  }
}

extension ShadowDifference.Outcome {
  fileprivate init(_ decision: Decision) {
    let word =
      switch decision {
      case .skip(let skip): skip.reason.rawValue
      case .topUp(let plan): "\(plan.amount)"
      case .needsQuote: ""
      }
    self.init(word: word, explanation: decision.explanation)
  }
}
