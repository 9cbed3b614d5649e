/// Why an answer of another system cannot be used. What it answers may have happened all the same,
/// so it becomes `unknown`.
struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
  let description: String

  /// - Parameter what: names fields, never values that may be secret.
  init(_ what: String) { description = "unreadable answer: \(what)" }
}
