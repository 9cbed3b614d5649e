package import TopUpCore

/// Why an operator's verb on an account is not followed; nothing changes then.
package enum AccountRefusal: Sendable, Hashable {
  case blockedAlready
  /// It has no block of these causes.
  case notBlocked([AccountBlock.Cause])
  case nothingOwed
  /// Somebody asked for it already, and agrees with themselves.
  case needsAnotherPerson(than: String)
}
