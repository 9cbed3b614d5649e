/// One condition of a decision, looked at: its two values, where somebody wants to be told them, and
/// what follows.
struct Condition<Values: ComparedValues> {
  let values: Values
  let outcome: ConditionOutcome

  /// Inlined, so that values that nobody reads are not made.
  @inline(__always)
  init(
    _ left: @autoclosure () -> Operand, _ relation: Relation, _ right: @autoclosure () -> Operand,
    _ outcome: ConditionOutcome
  ) {
    values = Values(left(), relation, right())
    self.outcome = outcome
  }

  /// One that holds, or is the reason why nothing is charged.
  @inline(__always)
  init(
    _ left: @autoclosure () -> Operand, _ relation: Relation, _ right: @autoclosure () -> Operand,
    if holds: Bool, else cause: @autoclosure () -> SkipCause
  ) {
    self.init(left(), relation, right(), holds ? .holds : .refuses(cause()))
  }
}

/// What comes of a condition.
package enum ConditionOutcome: Sendable, Hashable {
  case holds
  /// It bounds nothing here, such as a limit that nobody set.
  case notNeeded
  /// Another condition may hold in its place.
  case fails
  indirect case refuses(SkipCause)
  /// It cannot be told before a price is known.
  indirect case asks(QuoteRequest)
}

/// The two values of a condition, for whoever wants them: a decision does not, an explanation does.
protocol ComparedValues {
  init(
    _ left: @autoclosure () -> Operand, _ relation: Relation, _ right: @autoclosure () -> Operand)
}

/// They are not made.
struct UntoldValues: ComparedValues {
  @inline(__always)
  init(
    _ left: @autoclosure () -> Operand, _ relation: Relation, _ right: @autoclosure () -> Operand
  ) {}
}

struct ToldValues: ComparedValues {
  let left: Operand
  let relation: Relation
  let right: Operand

  init(
    _ left: @autoclosure () -> Operand, _ relation: Relation, _ right: @autoclosure () -> Operand
  ) {
    self.left = left()
    self.relation = relation
    self.right = right()
  }
}
