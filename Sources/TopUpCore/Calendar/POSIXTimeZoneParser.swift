extension POSIXTimeZone {
  /// Reads a text such as `CET-1CEST,M3.5.0,M10.5.0/3` or `<+03>-3`.
  ///
  /// - Returns: nil on any other shape, and where daylight time comes without its days.
  init?(_ text: some Collection<UInt8>) {
    var parser = POSIXTimeZoneParser(text: Array(text))
    guard parser.name(), let west = parser.time(hoursMax: 24) else { return nil }
    standardOffsetSeconds = -west
    guard !parser.isAtEnd else {
      daylight = nil
      return
    }
    guard parser.name() else { return nil }
    // One hour ahead of standard time where it is not said.
    var daylightWest = west - 3600
    if parser.peek != UInt8(ascii: ",") {
      guard let said = parser.time(hoursMax: 24) else { return nil }
      daylightWest = said
    }
    guard let start = parser.change(), let end = parser.change(), parser.isAtEnd else {
      return nil
    }
    daylight = Daylight(offsetSeconds: -daylightWest, start: start, end: end)
  }
}

/// Reads from left to right; a step that fails leaves the rest unread.
private struct POSIXTimeZoneParser {
  private let text: [UInt8]
  private var offset = 0

  init(text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { offset == text.count }
  var peek: UInt8? { isAtEnd ? nil : text[offset] }

  /// Three letters or more, or three of letters, digits and signs or more in angle brackets.
  mutating func name() -> Bool {
    let isQuoted = take(UInt8(ascii: "<"))
    let start = offset
    while let byte = peek, Self.isLetter(byte) || isQuoted && Self.isDigitOrSign(byte) {
      offset += 1
    }
    return offset - start >= 3 && (!isQuoted || take(UInt8(ascii: ">")))
  }

  /// `[+-]hh[:mm[:ss]]`, in seconds.
  mutating func time(hoursMax: Int) -> Int64? {
    let isNegative = take(UInt8(ascii: "-"))
    if !isNegative { _ = take(UInt8(ascii: "+")) }
    guard let hours = number(0...hoursMax, digits: 1...(hoursMax > 99 ? 3 : 2)) else { return nil }
    var seconds = hours * 3600
    if take(UInt8(ascii: ":")) {
      guard let minutes = number(0...59, digits: 2...2) else { return nil }
      seconds += minutes * 60
      if take(UInt8(ascii: ":")) {
        guard let rest = number(0...59, digits: 2...2) else { return nil }
        seconds += rest
      }
    }
    return Int64(isNegative ? -seconds : seconds)
  }

  /// `,day[/time]`; the time is two o'clock where it is not said.
  mutating func change() -> POSIXTimeZone.Change? {
    guard take(UInt8(ascii: ",")), let day = day() else { return nil }
    guard take(UInt8(ascii: "/")) else { return POSIXTimeZone.Change(day: day, seconds: 7200) }
    guard let time = time(hoursMax: 167) else { return nil }
    return POSIXTimeZone.Change(day: day, seconds: time)
  }

  private mutating func day() -> POSIXTimeZone.Change.Day? {
    if take(UInt8(ascii: "J")) { return number(1...365, digits: 1...3).map { .julian($0) } }
    guard take(UInt8(ascii: "M")) else {
      return number(0...365, digits: 1...3).map { .zeroBased($0) }
    }
    guard let month = number(1...12, digits: 1...2), take(UInt8(ascii: ".")),
      let week = number(1...5, digits: 1...1), take(UInt8(ascii: ".")),
      let weekday = number(0...6, digits: 1...1)
    else { return nil }
    return .weekday(month: month, week: week, weekday: weekday)
  }

  private mutating func number(_ range: ClosedRange<Int>, digits: ClosedRange<Int>) -> Int? {
    let start = offset
    var value = 0
    while let byte = peek, Self.isDigit(byte), offset - start < digits.upperBound {
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      offset += 1
    }
    guard offset - start >= digits.lowerBound, range.contains(value) else { return nil }
    return value
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    offset += 1
    return true
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isDigitOrSign(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
