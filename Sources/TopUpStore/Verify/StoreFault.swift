/// Something in a store that cannot be right, and where it is.
package struct StoreFault: Sendable, Hashable, CustomStringConvertible {
  /// Such as `entry 12`.
  package let location: String
  package let problem: String

  package init(_ location: String, _ problem: String) {
    self.location = location
    self.problem = problem
  }

  package var description: String { "\(location): \(problem)" }
}
