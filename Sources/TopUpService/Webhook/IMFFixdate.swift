package import TopUpCore

/// Dates as HTTP writes them: IMF-fixdate (RFC 9110 §5.6.7).
package enum IMFFixdate {
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  /// The last second of 9999: the form has four digits for the year.
  private static let secondsMax: Int64 = 253_402_300_799

  /// Such as `Sun, 06 Nov 1994 08:49:37 GMT`.
  ///
  /// What the form cannot hold, or predates 1970, is shown as the nearest moment that it can.
  package static func text(_ moment: UnixTime) -> String {
    let seconds = min(max(moment.seconds, 0), secondsMax)
    let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let date = CivilDate(daysFrom1970: days)
    let day = "\(weekdays[date.weekday]), \(padded(Int64(date.day))) \(months[date.month - 1])"
    let time = "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
    return "\(day) \(date.year) \(time) GMT"
  }

  private static func padded(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
