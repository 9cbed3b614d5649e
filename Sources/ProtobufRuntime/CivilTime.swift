/// The calendar of RFC 3339 timestamps: proleptic Gregorian, UTC, no leap seconds.
enum CivilTime {
  /// `0001-01-01T00:00:00Z` to `9999-12-31T23:59:59Z`, what google.protobuf.Timestamp allows.
  static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Seconds since 1970 as `2024-02-29T12:00:00`.
  ///
  /// The year begins in March, so that the leap day is its last; an era is 400 years of 146,097
  /// days.
  static func text(seconds: Int64) -> String {
    let days = floorDivide(seconds, 86_400)
    let second = seconds - days * 86_400
    let shifted = days + 719_468  // Days since 0000-03-01.
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
      + "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
  }

  /// Nanoseconds as a fraction of 0, 3, 6 or 9 digits with its point.
  static func fraction(nanos: Int32) -> String {
    if nanos == 0 { return "" }
    var digits = padded(Int64(nanos.magnitude), 9)
    while digits.hasSuffix("000") { digits.removeLast(3) }
    return "." + digits
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    let quotient = number / divisor
    return number % divisor < 0 ? quotient - 1 : quotient
  }
}
