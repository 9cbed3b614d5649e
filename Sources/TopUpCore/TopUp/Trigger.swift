/// What began a top-up.
package enum Trigger: String, Sendable, Hashable, CaseIterable {
  case user
  case threshold
  case runway
  case schedule
  case subscription

  /// Whether it is one of those of which an account has at most one in flight (invariant 2).
  package var isAutomatic: Bool { self != .user }
}
