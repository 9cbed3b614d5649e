/// A day or a month of a time zone's calendar: what a cap is counted in (invariant 7).
///
/// Windows lie end to end: each moment is in exactly one. A window begins when clocks first show
/// its date, so it starts late where they skip midnight, and where they are set back over midnight
/// the repeated end of the day before belongs to the new window: a window never opens again. A
/// date that clocks skip as a whole has no window.
package struct CalendarWindow: Hashable, Sendable {
  package enum Span: String, Hashable, Sendable, CaseIterable {
    case day
    case month
  }

  package let span: Span
  /// The calendar's own name of it, such as `2026-11-21` or `2026-11`.
  package let label: String
  package let start: UnixTime
  /// The first moment that is in the window no more.
  package let end: UnixTime

  package init(_ span: Span, containing moment: UnixTime, in zone: TimeZoneRules) {
    self.span = span
    let seconds = moment.seconds
    var date = Self.firstDate(of: span, in: zone.date(at: moment))
    var next = Self.firstDate(of: span, after: date)
    var end = Self.start(of: next, in: zone)
    // Clocks were set back, and showed the next date before.
    while end <= seconds {
      date = next
      next = Self.firstDate(of: span, after: date)
      end = Self.start(of: next, in: zone)
    }
    label = span == .day ? date.description : date.monthText
    start = UnixTime(clampingSeconds: Self.start(of: date, in: zone))
    self.end = UnixTime(clampingSeconds: end)
  }

  package func contains(_ moment: UnixTime) -> Bool { start <= moment && moment < end }

  private static func firstDate(of span: Span, in date: CivilDate) -> CivilDate {
    switch span {
    case .day: date
    case .month: date.firstOfMonth
    }
  }

  private static func firstDate(of span: Span, after date: CivilDate) -> CivilDate {
    switch span {
    case .day: CivilDate(daysFrom1970: date.daysFrom1970 + 1)
    case .month: date.firstOfNextMonth
    }
  }

  /// Seconds since 1970 at which clocks first show the date's midnight or later.
  ///
  /// Starts where even the widest offset shows the day before, then goes from period to period; the
  /// first in which midnight is reached, at its beginning or within, has the answer.
  private static func start(of date: CivilDate, in zone: TimeZoneRules) -> Int64 {
    let midnight = date.daysFrom1970 * 86_400
    var seconds = midnight - TimeZoneRules.offsetSecondsRange.upperBound
    while true {
      let period = zone.period(at: seconds)
      let reached = max(seconds, midnight - period.offsetSeconds)
      guard let end = period.end, end <= reached else { return reached }
      seconds = end
    }
  }
}

extension UnixTime {
  /// The nearest moment that a clock of 64-bit milliseconds can show.
  fileprivate init(clampingSeconds seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    self.init(milliseconds: overflow ? (seconds < 0 ? .min : .max) : product)
  }
}
