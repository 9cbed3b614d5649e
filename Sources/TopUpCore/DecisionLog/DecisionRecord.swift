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
  /// - Throws: what is wrong with the recorded bytes.
  package func decidedAgain() throws(DecisionCodecError) -> (DecisionInput, Decision) {
    let input = try DecisionCodec.decode(self.input)
    return (input, decide(input))
  }
}

extension StoredDecision {
  /// Decides again on what was kept.
  ///
  /// - Returns: why that is not what was decided then; nil when it is, byte for byte.
  package func difference() -> String? {
    guard let record else { return "nothing is kept of what it looked at" }
    let found: (DecisionInput, Decision)
    do throws(DecisionCodecError) { found = try record.decidedAgain() } catch {
      return "what it looked at cannot be read: \(error)"
    }
    let (input, again) = found
    let isSame =
      DecisionCodec.digest(of: again, at: input.now) == record.outcome && skip == again.skipReason
    if !isSame { return "decided again: \(again.words)" }
    guard input.account == account, input.now == at else {
      return "what it looked at is another decision's"
    }
    return explanation == again.explanation ? nil : "in other words now: \(again.explanation)"
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

  /// What explains it, as its row has it.
  package var explanation: String {
    switch self {
    case .skip(let skip): skip.explanation
    case .topUp(let plan): plan.explanation
    case .needsQuote: ""
    }
  }

  fileprivate var skipReason: SkipReason? {
    switch self {
    case .skip(let skip): skip.reason
    case .topUp, .needsQuote: nil
    }
  }
}
