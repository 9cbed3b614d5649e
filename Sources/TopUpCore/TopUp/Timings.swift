/// How long the machine waits for things; spans, so that no moment is ever part of a key.
package enum Timings {
  /// A reservation that nothing was sent for is decided anew (invariant 47).
  package static let reservedMax = Duration.seconds(600)
  /// An attempt that has not been confirmed by then is given up: what was decided an hour ago is
  /// decided anew, long before the processor forgets the attempt's keys (after 24 h).
  package static let confirmMax = Duration.seconds(3_600)
  /// A person has this long to authenticate (invariant 21).
  package static let authenticationMax = Duration.seconds(86_400)
  /// A charge whose deposit has not begun by then is given back (invariant 33).
  package static let depositDeadline = Duration.seconds(1_800)
  /// A price is used again only while it stands this much longer: an order takes a moment.
  package static let quoteMargin = Duration.seconds(5)
  /// After this in doubt a person is told, and asking goes on.
  package static let doubtMax = Duration.seconds(86_400)
  /// No look is planned further ahead.
  package static let lookMax = Duration.seconds(3_700)
  /// Between looks at what waits for a person.
  package static let reviewPeriod = Duration.seconds(3_600)
  /// An order whose id the ramp does not know is sent again only after two looks this far apart.
  package static let notFoundSpacing = Duration.seconds(60)

  /// A ramp keeps order ids at least so long (docs/ramp-contract).
  package static let orderRetention = Duration.seconds(90 * 86_400)
  /// From then on one may have been forgotten, by a clock that is a day behind.
  package static let orderForgotten = orderRetention - .seconds(86_400)
  /// Half of it (invariant 29).
  package static let resendMax = orderRetention / 2

  /// Between looks at an open order: 2 s × 1.5, up to 60 s (docs/ramp-contract).
  package static func orderPoll(_ looks: Int) -> Duration {
    backOff(looks, firstMilliseconds: 2_000, numerator: 3, denominator: 2, maxMilliseconds: 60_000)
  }

  /// Between questions about a call in doubt: 1 s × 2, up to 5 min.
  package static func ask(_ looks: Int) -> Duration {
    backOff(looks, firstMilliseconds: 1_000, numerator: 2, denominator: 1, maxMilliseconds: 300_000)
  }

  private static func backOff(
    _ looks: Int, firstMilliseconds: Int64, numerator: Int64, denominator: Int64,
    maxMilliseconds: Int64
  ) -> Duration {
    var span = firstMilliseconds
    for _ in 0..<max(0, min(looks, 64)) {
      span = span * numerator / denominator
      if span >= maxMilliseconds { return .milliseconds(maxMilliseconds) }
    }
    return .milliseconds(span)
  }
}
