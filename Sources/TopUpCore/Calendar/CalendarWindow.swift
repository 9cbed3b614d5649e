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

  private static func start(of date: CivilDate, in zone: TimeZoneRules) -> Int64 {
    zone.firstSecond(showing: date.daysFrom1970 * 86_400)
  }
}

extension UnixTime {
  /// The nearest moment that a clock of 64-bit milliseconds can show.
  fileprivate init(clampingSeconds seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    self.init(milliseconds: overflow ? (seconds < 0 ? .min : .max) : product)
  }
}
