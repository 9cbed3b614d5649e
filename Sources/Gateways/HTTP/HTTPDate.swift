package import TopUpCore

/// The date of an HTTP field (RFC 9110 §5.6.7).
package enum HTTPDate {
  /// Reads the one form that senders must write, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
  ///
  /// - Returns: nil for any other shape; the obsolete forms are not read. A leap second counts as
  ///   the second before it.
  package static func parse(_ text: String) -> UnixTime? {
    let bytes = Array(text.utf8)
    guard bytes.count == 29, bytes[3] == UInt8(ascii: ","), bytes[19] == UInt8(ascii: ":"),
      bytes[22] == UInt8(ascii: ":"), bytes[25...].elementsEqual(" GMT".utf8),
      [4, 7, 11, 16].allSatisfy({ bytes[$0] == UInt8(ascii: " ") }),
      days.contains(String(decoding: bytes[..<3], as: UTF8.self)),
      let month = months.firstIndex(of: String(decoding: bytes[8..<11], as: UTF8.self)),
      let day = number(bytes[5..<7]), let year = number(bytes[12..<16]),
      let hour = number(bytes[17..<19]), let minute = number(bytes[20..<22]),
      let second = number(bytes[23..<25]), year >= 1970,
      (1...daysOfMonth(month + 1, of: year)).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    let days = daysSince1970(year: year, month: month + 1, day: day)
    return UnixTime(seconds: ((days * 24 + hour) * 60 + minute) * 60 + min(second, 59))
  }

  private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
      ? digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) } : nil
  }

  private static func daysOfMonth(_ month: Int, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Counts in years that begin in March, so that the leap day comes last.
  private static func daysSince1970(year: Int64, month: Int, day: Int64) -> Int64 {
    let years = month > 2 ? year : year - 1
    let monthsSinceMarch = Int64(month + (month > 2 ? -3 : 9))
    let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
    // 719,468 days lie between the first of March of the year 0 and 1970.
    return years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - 719_468
  }
}
