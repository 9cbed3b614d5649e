/// A date of the proleptic Gregorian calendar; it names no moment until a time zone is added.
package struct CivilDate: Hashable, Comparable, Sendable {
  package let year: Int64
  /// 1 to 12.
  package let month: Int
  /// 1 to 31.
  package let day: Int

  /// - Returns: nil when the month has no such day.
  package init?(year: Int64, month: Int, day: Int) {
    guard (1...12).contains(month), day >= 1,
      day <= Self.days(inMonth: month, of: year)
    else { return nil }
    self.init(checkedYear: year, month: month, day: day)
  }

  /// - Precondition: the month is 1 to 12.
  init(firstOf month: Int, year: Int64) {
    precondition((1...12).contains(month), "a year has 12 months")
    self.init(checkedYear: year, month: month, day: 1)
  }

  private init(checkedYear year: Int64, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date so many days after 1 January 1970.
  ///
  /// Counts years from March, so that the leap day closes a year, in eras of 400 years, which all
  /// have 146,097 days (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  package init(daysFrom1970 days: Int64) {
    let shifted = days + Self.daysFromMarch0To1970
    let era = shifted.flooredQuotient(by: Self.daysPerEra)
    let dayOfEra = shifted - era * Self.daysPerEra
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1 January 1970, negative before.
  package var daysFrom1970: Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = marchYear.flooredQuotient(by: 400)
    let yearOfEra = marchYear - era * 400
    let monthFromMarch = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * Self.daysPerEra + dayOfEra - Self.daysFromMarch0To1970
  }

  /// 0 for Sunday to 6 for Saturday; 1 January 1970 was a Thursday.
  package var weekday: Int { Int((daysFrom1970 + 4).flooredRemainder(by: 7)) }

  package static func isLeap(_ year: Int64) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }

  /// - Precondition: the month is 1 to 12.
  package static func days(inMonth month: Int, of year: Int64) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The first day of the date's month.
  package var firstOfMonth: CivilDate { CivilDate(checkedYear: year, month: month, day: 1) }

  /// The first day of the month after the date's.
  package var firstOfNextMonth: CivilDate {
    month == 12
      ? CivilDate(checkedYear: year + 1, month: 1, day: 1)
      : CivilDate(checkedYear: year, month: month + 1, day: 1)
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  private static let daysPerEra: Int64 = 146_097
  /// From 1 March of the year 0.
  private static let daysFromMarch0To1970: Int64 = 719_468
}

extension CivilDate: CustomStringConvertible {
  /// As ISO 8601 writes it, such as `2026-11-21`.
  package var description: String { "\(monthText)-\(Self.padded(Int64(day), to: 2))" }

  /// Year and month, such as `2026-11`.
  package var monthText: String {
    let sign = year < 0 ? "-" : ""
    return "\(sign)\(Self.padded(abs(year), to: 4))-\(Self.padded(Int64(month), to: 2))"
  }

  private static func padded(_ number: Int64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
