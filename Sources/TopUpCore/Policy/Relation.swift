/// How the two values of a condition compare when it holds.
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
