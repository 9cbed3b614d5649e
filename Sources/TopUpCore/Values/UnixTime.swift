/// A moment of the wall clock: milliseconds since 1970 in UTC.
///
/// An argument everywhere in the core, which has no clock. Never part of a key (invariant 14).
package struct UnixTime: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  package init(seconds: Int64) { milliseconds = seconds * 1000 }

  /// Whole seconds, rounded towards the past.
  package var seconds: Int64 { milliseconds.flooredQuotient(by: 1000) }

  package static func < (left: Self, right: Self) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The moment a span later; sums past the ends of the clock stay there.
  package func advanced(by span: Duration) -> UnixTime {
    let (seconds, attoseconds) = span.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let spanMilliseconds =
      overflow ? (seconds > 0 ? Int64.max : .min) : whole + attoseconds / 1_000_000_000_000_000
    let (sum, carried) = milliseconds.addingReportingOverflow(spanMilliseconds)
    return UnixTime(milliseconds: carried ? (spanMilliseconds > 0 ? .max : .min) : sum)
  }

  /// The span from another moment to this one; negative when this one is earlier.
  package func since(_ other: UnixTime) -> Duration {
    .milliseconds(milliseconds - other.milliseconds)
  }
}
