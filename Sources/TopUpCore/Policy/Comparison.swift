/// One condition of a decision: the two values it compares, and what follows. Nothing of it is text
/// until somebody asks.
package struct Comparison: Sendable, Hashable {
  package enum Relation: String, Sendable, Hashable {
    case equals = "is"
    case differs = "is not"
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    case within = "within"
    /// From zero on, and below the right value.
    case partOf = "part of"
  }

  package enum Outcome: Sendable, Hashable {
    case holds
    /// It bounds nothing here, such as a limit that nobody set.
    case notNeeded
    /// Another condition may hold in its place.
    case fails
    indirect case refuses(SkipCause)
    /// It cannot be told before a price is known.
    indirect case asks(QuoteRequest)
  }

  package var left: Operand
  package var relation: Relation
  package var right: Operand
  package var outcome: Outcome

  init(_ left: Operand, _ relation: Relation, _ right: Operand, _ outcome: Outcome) {
    self.left = left
    self.relation = relation
    self.right = right
    self.outcome = outcome
  }

  /// One that holds, or is the reason why nothing is charged.
  init(
    _ left: Operand, _ relation: Relation, _ right: Operand, if holds: Bool,
    else cause: @autoclosure () -> SkipCause
  ) {
    self.init(left, relation, right, holds ? .holds : .refuses(cause()))
  }
}
