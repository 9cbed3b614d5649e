/// A rule that repeats every year: the text in the footer of a time zone file.
///
/// - Source: POSIX.1-2024, Base Definitions §8.3 "TZ", with the wider times of RFC 9636 §3.3.1.
struct POSIXTimeZone: Hashable, Sendable {
  /// A day of the year and the time on its clock at which clocks change.
  struct Change: Hashable, Sendable {
    enum Day: Hashable, Sendable {
      /// 1 to 365; the leap day is never counted.
      case julian(Int)
      /// 0 to 365; the leap day is counted.
      case zeroBased(Int)
      /// Month 1 to 12, week 1 to 5 (5 is the last), weekday 0 (Sunday) to 6.
      case weekday(month: Int, week: Int, weekday: Int)
    }

    let day: Day
    /// Seconds after the day's midnight; from -167 to +167 hours, and so on another day, too.
    let seconds: Int64
  }

  struct Daylight: Hashable, Sendable {
    let offsetSeconds: Int64
    /// By the standard clock.
    let start: Change
    /// By the daylight clock.
    let end: Change
  }

  let standardOffsetSeconds: Int64
  let daylight: Daylight?

  /// The period that a moment lies in, up to its end.
  ///
  /// Daylight time lasts from one start to the first end that is no earlier; south of the equator
  /// that is the next year's. So "all year" (`XXX3EDT4,0/0,J365/23`), whose end is the next start,
  /// is never interrupted.
  func period(at seconds: Int64) -> TimeZoneRules.Period {
    guard let daylight else {
      return TimeZoneRules.Period(offsetSeconds: standardOffsetSeconds, end: nil)
    }
    let localDays = (seconds + standardOffsetSeconds).flooredQuotient(by: 86_400)
    let year = CivilDate(daysFrom1970: localDays).year
    var isDaylight = false
    var next: Int64?
    // A change may lie a week outside its year, hence the years around.
    for year in year - 1...year + 2 {
      let start = daylight.start.seconds(in: year) - standardOffsetSeconds
      var end = daylight.end.seconds(in: year) - daylight.offsetSeconds
      if end < start { end = daylight.end.seconds(in: year + 1) - daylight.offsetSeconds }
      if start <= seconds && seconds < end { isDaylight = true }
      for change in [start, end] where change > seconds { next = min(next ?? change, change) }
    }
    return TimeZoneRules.Period(
      offsetSeconds: isDaylight ? daylight.offsetSeconds : standardOffsetSeconds, end: next)
  }
}

extension POSIXTimeZone.Change {
  /// Seconds from 1970 on the clock that the change is written in.
  fileprivate func seconds(in year: Int64) -> Int64 {
    day.daysFrom1970(in: year) * 86_400 + seconds
  }
}

extension POSIXTimeZone.Change.Day {
  fileprivate func daysFrom1970(in year: Int64) -> Int64 {
    switch self {
    case .julian(let day):
      let leap = CivilDate.isLeap(year) && day >= 60 ? 1 : 0
      return Self.first(of: 1, year) + Int64(day - 1 + leap)
    case .zeroBased(let day):
      return Self.first(of: 1, year) + Int64(day)
    case .weekday(let month, let week, let weekday):
      let first = Self.first(of: month, year)
      let firstWeekday = CivilDate(daysFrom1970: first).weekday
      var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      if day >= CivilDate.days(inMonth: month, of: year) { day -= 7 }
      return first + Int64(day)
    }
  }

  private static func first(of month: Int, _ year: Int64) -> Int64 {
    CivilDate(firstOf: month, year: year).daysFrom1970
  }
}
