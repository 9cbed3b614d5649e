/// What a decision looked at and what came of it, as bytes: kept beside its row, so that it can be
/// made again (invariant 1).
package struct DecisionRecord: Sendable, Hashable {
  /// By ``DecisionCodec/encode(_:)``.
  package var input: [UInt8]
  /// By ``DecisionCodec/digest(of:at:)``.
  package var outcome: [UInt8]

  package init(input: [UInt8], outcome: [UInt8]) {
    self.input = input
    self.outcome = outcome
  }

  package init(_ input: DecisionInput, _ decision: Decision) {
    self.init(
      input: DecisionCodec.encode(input),
      outcome: DecisionCodec.digest(of: decision, at: input.now))
  }

  /// Decides again on what was recorded.
  ///
  /// - Returns: why that is not what was decided then; nil when it is, byte for byte.
  package func difference() -> String? {
    let input: DecisionInput
    do throws(DecisionCodecError) { input = try DecisionCodec.decode(self.input) } catch {
      return "what was looked at cannot be read: \(error)"
    }
    let decision = decide(input)
    guard DecisionCodec.digest(of: decision, at: input.now) != outcome else { return nil }
    return "decided again: \(decision.words)"
  }
}

extension Decision {
  /// What comes of it, in a sentence.
  package var words: String {
    switch self {
    case .skip(let skip): "skip, \(skip.reason.rawValue): \(skip.explanation)"
    case .topUp(let plan): "top up \(plan.amount): \(plan.explanation)"
    case .needsQuote: "a price is needed"
    }
  }
}
