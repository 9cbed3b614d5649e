/// The wall clock, outside the core: an argument of everything that is decided.
package protocol WallClock: Sendable {
  var now: UnixTime { get }
}

/// Calendar windows in a time zone, from the zone data outside the core.
package protocol WindowCalendar: Sendable {
  /// - Parameter zone: an IANA name.
  /// - Returns: nil when the zone is not known.
  func windows(in zone: String, at now: UnixTime) -> CalendarWindows?
}

/// The day and the month that hold a moment.
package struct CalendarWindows: Sendable, Hashable {
  /// Such as `2026-11-21`.
  package var day: String
  package var dayEnds: UnixTime
  /// Such as `2026-11`.
  package var month: String
  package var monthEnds: UnixTime

  package init(day: String, dayEnds: UnixTime, month: String, monthEnds: UnixTime) {
    self.day = day
    self.dayEnds = dayEnds
    self.month = month
    self.monthEnds = monthEnds
  }
}
