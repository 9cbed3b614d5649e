import Testing
import TopUpCore

@Suite struct CalendarWindowTests {
  /// Moments in UTC: `2026-03-29T00:30:00`.
  struct Case: Sendable, CustomTestStringConvertible {
    let zone: String
    let moment: String
    let label: String
    let start: String
    let end: String

    init(_ zone: String, _ moment: String, _ label: String, _ start: String, _ end: String) {
      (self.zone, self.moment, self.label, self.start, self.end) = (zone, moment, label, start, end)
    }

    var testDescription: String { "\(zone) \(moment)" }
  }

  static let days = [
    // A day of 23 hours, then one of 25.
    Case(
      "Europe/Berlin", "2026-03-29T12:00:00", "2026-03-29", "2026-03-28T23:00:00",
      "2026-03-29T22:00:00"),
    Case(
      "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25", "2026-10-24T22:00:00",
      "2026-10-25T23:00:00"),
    Case(
      "Europe/Berlin", "2026-10-25T01:30:00", "2026-10-25", "2026-10-24T22:00:00",
      "2026-10-25T23:00:00"),
    Case(
      "Europe/Berlin", "2024-02-29T12:00:00", "2024-02-29", "2024-02-28T23:00:00",
      "2024-02-29T23:00:00"),
    Case(
      "America/New_York", "2026-03-08T12:00:00", "2026-03-08", "2026-03-08T05:00:00",
      "2026-03-09T04:00:00"),
    Case(
      "America/New_York", "2026-11-01T06:30:00", "2026-11-01", "2026-11-01T04:00:00",
      "2026-11-02T05:00:00"),
    // Half an hour of daylight time.
    Case(
      "Australia/Lord_Howe", "2026-04-05T00:00:00", "2026-04-05", "2026-04-04T13:00:00",
      "2026-04-05T13:30:00"),
    Case(
      "Australia/Lord_Howe", "2026-10-04T00:00:00", "2026-10-04", "2026-10-03T13:30:00",
      "2026-10-04T13:00:00"),
    Case(
      "Asia/Kathmandu", "2026-11-21T18:15:00", "2026-11-22", "2026-11-21T18:15:00",
      "2026-11-22T18:15:00"),
    Case(
      "Asia/Kathmandu", "2026-11-21T18:14:59", "2026-11-21", "2026-11-20T18:15:00",
      "2026-11-21T18:15:00"),
    // 30 December 2011 never was in Apia.
    Case(
      "Pacific/Apia", "2011-12-30T09:59:59", "2011-12-29", "2011-12-29T10:00:00",
      "2011-12-30T10:00:00"),
    Case(
      "Pacific/Apia", "2011-12-30T10:00:00", "2011-12-31", "2011-12-30T10:00:00",
      "2011-12-31T10:00:00"),
    // Midnight is skipped: the day begins at one o'clock.
    Case(
      "America/Sao_Paulo", "2018-11-04T12:00:00", "2018-11-04", "2018-11-04T03:00:00",
      "2018-11-05T02:00:00"),
    Case(
      "America/Sao_Paulo", "2018-11-04T02:59:59", "2018-11-03", "2018-11-03T03:00:00",
      "2018-11-04T03:00:00"),
    // At midnight clocks go back: the day before has 25 hours.
    Case(
      "America/Sao_Paulo", "2018-02-18T02:30:00", "2018-02-17", "2018-02-17T02:00:00",
      "2018-02-18T03:00:00"),
    // One minute after midnight clocks go back to 23:01: the new day keeps that hour.
    Case(
      "America/St_Johns", "2006-10-29T02:30:00", "2006-10-29", "2006-10-29T02:30:00",
      "2006-10-30T03:30:00"),
    Case(
      "America/St_Johns", "2006-10-29T02:45:00", "2006-10-29", "2006-10-29T02:30:00",
      "2006-10-30T03:30:00"),
    Case(
      "America/St_Johns", "2006-10-29T02:29:59", "2006-10-28", "2006-10-28T02:30:00",
      "2006-10-29T02:30:00"),
    Case("UTC", "1969-12-31T23:59:59", "1969-12-31", "1969-12-31T00:00:00", "1970-01-01T00:00:00"),
    Case(
      "Pacific/Kiritimati", "2026-01-01T09:59:59", "2026-01-01", "2025-12-31T10:00:00",
      "2026-01-01T10:00:00"),
  ]

  static let months = [
    Case(
      "Europe/Berlin", "2026-10-31T23:30:00", "2026-11", "2026-10-31T23:00:00",
      "2026-11-30T23:00:00"),
    Case(
      "Europe/Berlin", "2026-10-31T22:59:59", "2026-10", "2026-09-30T22:00:00",
      "2026-10-31T23:00:00"),
    Case(
      "America/New_York", "2026-12-31T23:00:00", "2026-12", "2026-12-01T05:00:00",
      "2027-01-01T05:00:00"),
    Case("UTC", "2024-02-10T00:00:00", "2024-02", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
    Case("UTC", "2100-02-10T00:00:00", "2100-02", "2100-02-01T00:00:00", "2100-03-01T00:00:00"),
    Case("UTC", "1969-12-31T23:59:59", "1969-12", "1969-12-01T00:00:00", "1970-01-01T00:00:00"),
    // The month that lost a day.
    Case(
      "Pacific/Apia", "2011-12-31T00:00:00", "2011-12", "2011-12-01T10:00:00", "2011-12-31T10:00:00"
    ),
  ]

  @Test(arguments: days)
  func `a day begins and ends with its zone's midnights`(row: Case) throws {
    try check(row, .day)
  }

  @Test(arguments: months)
  func `a month begins and ends with its zone's midnights`(row: Case) throws {
    try check(row, .month)
  }

  @Test(arguments: [
    "Africa/Cairo", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Gaza",
    "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia", "Africa/Casablanca", "UTC",
  ])
  func `windows lie end to end, and each begins when its date first shows`(name: String) throws {
    let zone = try Files.zone(name)
    for span in CalendarWindow.Span.allCases {
      var window = CalendarWindow(span, containing: Self.time("1967-06-15T12:00:00"), in: zone)
      let last = Self.time("2045-01-01T00:00:00")
      while window.start < last {
        let next = CalendarWindow(span, containing: window.end, in: zone)
        try #require(next.start == window.end && next.label > window.label)
        let before = UnixTime(milliseconds: next.start.milliseconds - 1)
        try #require(CalendarWindow(span, containing: before, in: zone) == window)
        let label = { (moment: UnixTime) in
          let date = zone.date(at: moment)
          return span == .day ? date.description : date.monthText
        }
        try #require(label(next.start) == next.label)
        try #require(label(before) <= window.label)
        window = next
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `any moment lies in its own window`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let names = ["America/St_Johns", "Asia/Gaza", "Pacific/Chatham", "Europe/Dublin"]
    let zones = try names.map { try Files.zone($0) }
    for _ in 0..<500 {
      let zone = try #require(zones.randomElement(using: &generator))
      let moment = UnixTime(
        milliseconds: Int64.random(in: -4_000_000_000_000...8_000_000_000_000, using: &generator))
      let day = CalendarWindow(.day, containing: moment, in: zone)
      let month = CalendarWindow(.month, containing: moment, in: zone)
      #expect(day.contains(moment) && month.contains(moment))
      #expect(month.start <= day.start && day.end <= month.end)
      #expect(day.label.hasPrefix(month.label))
      let hours = day.end.since(day.start) / .seconds(3600)
      #expect((20...28).contains(hours))
    }
  }

  @Test func `the ends of the clock have windows too`() {
    for span in CalendarWindow.Span.allCases {
      let first = CalendarWindow(span, containing: UnixTime(milliseconds: .min), in: .utc)
      #expect(first.start == UnixTime(milliseconds: .min) && first.start < first.end)
      let last = CalendarWindow(span, containing: UnixTime(milliseconds: .max), in: .utc)
      #expect(last.end == UnixTime(milliseconds: .max) && last.start < last.end)
    }
  }

  private func check(_ row: Case, _ span: CalendarWindow.Span) throws {
    let window = CalendarWindow(
      span, containing: Self.time(row.moment), in: try Files.zone(row.zone))
    #expect(window.label == row.label)
    #expect(window.start == Self.time(row.start))
    #expect(window.end == Self.time(row.end))
    #expect(window.span == span)
  }

  /// Reads `yyyy-mm-ddThh:mm:ss`, in UTC.
  static func time(_ text: String) -> UnixTime {
    let parts = text.split { "-T:".contains($0) }.compactMap { Int64($0) }
    guard parts.count == 6,
      let date = CivilDate(year: parts[0], month: Int(parts[1]), day: Int(parts[2]))
    else { preconditionFailure("the test's own time \(text) is malformed") }
    return UnixTime(
      seconds: date.daysFrom1970 * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5])
  }
}
