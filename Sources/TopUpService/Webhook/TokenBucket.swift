package import RPCCore

/// A rate with a burst: tokens come back steadily and a full bucket takes no more.
package struct TokenBucket: Sendable {
  private static let perToken: Int64 = 1_000_000_000

  private let perSecond: Int64
  private let capacity: Int64
  /// Billionths of a token, so that a nanosecond's share is a whole number.
  private var level: Int64
  private var filled: MonotonicInstant

  /// A full bucket.
  ///
  /// - Parameters:
  ///   - perSecond: tokens that come back in a second, 1 to 1,000,000.
  ///   - burst: tokens that a full bucket holds, 1 to 1,000,000.
  package init(perSecond: Int, burst: Int, now: MonotonicInstant) {
    precondition((1...1_000_000).contains(perSecond) && (1...1_000_000).contains(burst))
    self.perSecond = Int64(perSecond)
    capacity = Int64(burst) * Self.perToken
    level = capacity
    filled = now
  }

  /// Takes a token.
  ///
  /// - Returns: whether there was one.
  package mutating func take(_ now: MonotonicInstant) -> Bool {
    if now > filled {
      // No longer than it takes to fill, so that the product fits.
      let span = min(now.since(filled).nanoseconds, capacity / perSecond + 1)
      level = min(capacity, level + span * perSecond)
      filled = now
    }
    guard level >= Self.perToken else { return false }
    level -= Self.perToken
    return true
  }
}
