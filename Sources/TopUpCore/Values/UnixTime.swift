/// A moment of the wall clock: milliseconds since 1970 in UTC.
///
/// An argument everywhere in the core, which has no clock. Never part of a key (invariant 14).
package struct UnixTime: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  /// Seconds beyond the ends of the clock, which other systems may send, stay there.
  package init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    milliseconds = overflow ? Self.end(seconds > 0) : product
  }

  /// The end of the clock.
  package static let max = UnixTime(milliseconds: .max)

  /// Whole seconds, rounded towards the past.
  package var seconds: Int64 { milliseconds.flooredQuotient(by: 1000) }

  package static func < (left: Self, right: Self) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The moment a span later; sums past the ends of the clock stay there.
  package func advanced(by span: Duration) -> UnixTime {
    let (seconds, attoseconds) = span.components
    let whole = UnixTime(seconds: seconds)
    return whole.plus(milliseconds).plus(attoseconds / 1_000_000_000_000_000)
  }

  private func plus(_ span: Int64) -> UnixTime {
    let (sum, overflow) = milliseconds.addingReportingOverflow(span)
    return UnixTime(milliseconds: overflow ? Self.end(span > 0) : sum)
  }

  private static func end(_ isLate: Bool) -> Int64 { isLate ? .max : .min }

  /// The span from another moment to this one; negative when this one is earlier.
  package func since(_ other: UnixTime) -> Duration {
    let (span, overflow) = milliseconds.subtractingReportingOverflow(other.milliseconds)
    return .milliseconds(overflow ? Self.end(milliseconds > other.milliseconds) : span)
  }
}

extension UnixTime: CustomStringConvertible {
  /// In UTC, such as `2026-11-21T09:30:00Z`; milliseconds where there are any.
  package var description: String {
    let day = seconds.flooredQuotient(by: 86_400)
    let second = seconds - day * 86_400
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    // At the early end of the clock the whole second lies beyond it.
    let fraction = milliseconds &- seconds &* 1000
    let digits = String(String(1000 + fraction).dropFirst())
    return "\(CivilDate(daysFrom1970: day))T\(two(second / 3600)):\(two(second / 60 % 60))"
      + ":\(two(second % 60))" + (fraction == 0 ? "" : "." + digits) + "Z"
  }
}
