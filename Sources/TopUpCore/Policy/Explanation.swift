/// A decision with every condition behind it, in the order in which they were looked at.
package struct Explanation: Sendable, Hashable {
  package enum Standing: String, Sendable, Hashable, CaseIterable {
    case holds
    /// It bounds nothing here.
    case notNeeded
    /// It is why nothing is charged, or one of two of which neither holds.
    case fails
    /// It waits for a price.
    case waits
    /// Another ended the decision before; its values are told where they are known.
    case notReached

    init(_ outcome: ConditionOutcome) {
      self =
        switch outcome {
        case .holds: .holds
        case .notNeeded: .notNeeded
        case .fails, .refuses: .fails
        case .asks: .waits
        }
    }
  }

  package struct Finding: Sendable, Hashable {
    package var predicate: DecisionPredicate
    /// Of what, where one condition is asked of several: the window of a cap. Else empty.
    package var subject: String
    package var left: Operand
    package var relation: Relation
    package var right: Operand
    package var standing: Standing

    init(
      _ predicate: DecisionPredicate, _ subject: String, _ values: ToldValues,
      _ standing: Standing
    ) {
      self.predicate = predicate
      self.subject = subject
      left = values.left
      relation = values.relation
      right = values.right
      self.standing = standing
    }
  }

  package var findings: [Finding]
  package var decision: Decision
}
