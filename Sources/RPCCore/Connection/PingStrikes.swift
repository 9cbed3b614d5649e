/// Whether a client pings more often than it may.
///
/// A ping that comes too soon after the last one that did not is a strike; anything that we send
/// of a call clears the strikes, so that a client that measures its bandwidth is left alone.
/// - Source: gRFC A8, "Server Enforcement".
package struct PingStrikes: Sendable {
  package struct Limits: Sendable, Hashable {
    /// Between two pings while calls are open.
    package var interval: Duration = .seconds(300)
    /// Between two pings while none is.
    package var intervalWithoutCalls: Duration = .seconds(7200)
    /// Strikes that are forgiven.
    package var strikesMax = 2

    package init() {}
  }

  private let limits: Limits
  private var lastValid: MonotonicInstant?
  private var strikes = 0

  package init(_ limits: Limits = Limits()) { self.limits = limits }

  /// - Returns: whether the connection is to be closed with `too_many_pings`.
  package mutating func pingReceived(now: MonotonicInstant, hasCalls: Bool) -> Bool {
    let interval = hasCalls ? limits.interval : limits.intervalWithoutCalls
    if let lastValid, now < lastValid.advanced(by: interval) {
      strikes += 1
    } else {
      lastValid = now
    }
    return strikes > limits.strikesMax
  }

  /// HEADERS or DATA left.
  package mutating func clear() {
    lastValid = nil
    strikes = 0
  }
}
