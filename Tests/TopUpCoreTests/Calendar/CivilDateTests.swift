import Testing
import TopUpCore

@Suite struct CivilDateTests {
  @Test(
    arguments: [
      (0, "1970-01-01", 4), (-1, "1969-12-31", 3), (11_016, "2000-02-29", 2),
      (11_017, "2000-03-01", 3), (20_778, "2026-11-21", 6), (-719_468, "0000-03-01", 3),
      (-719_528, "0000-01-01", 6), (-719_529, "-0001-12-31", 5), (2_932_896, "9999-12-31", 5),
      (2_932_897, "10000-01-01", 6), (-25_508, "1900-03-01", 4), (-25_509, "1900-02-28", 3),
    ] as [(Int64, String, Int)])
  func `known days have their date and weekday`(days: Int64, text: String, weekday: Int) {
    let date = CivilDate(daysFrom1970: days)
    #expect(date.description == text)
    #expect(date.weekday == weekday)
    #expect(date.daysFrom1970 == days)
  }

  @Test func `eight centuries of days follow one another without a gap`() throws {
    var previous = CivilDate(daysFrom1970: -146_098)
    for days in -146_097...146_097 as ClosedRange<Int64> {
      let date = CivilDate(daysFrom1970: days)
      let isNextDay =
        (date.year, date.month, date.day) == (
          previous.year, previous.month, previous.day + 1
        )
      let isNextMonth =
        date == previous.firstOfNextMonth
        && previous.day == CivilDate.days(inMonth: previous.month, of: previous.year)
      try #require(isNextDay != isNextMonth && date.daysFrom1970 == days && previous < date)
      previous = date
    }
  }

  @Test func `a day that its month does not have is no date`() {
    #expect(CivilDate(year: 2026, month: 2, day: 29) == nil)
    #expect(CivilDate(year: 1900, month: 2, day: 29) == nil)
    #expect(CivilDate(year: 2000, month: 2, day: 29) != nil)
    #expect(CivilDate(year: 2026, month: 4, day: 31) == nil)
    #expect(CivilDate(year: 2026, month: 0, day: 1) == nil)
    #expect(CivilDate(year: 2026, month: 13, day: 1) == nil)
    #expect(CivilDate(year: 2026, month: 1, day: 0) == nil)
  }

  @Test func `months follow one another over the end of the year`() throws {
    let december = try #require(CivilDate(year: 2026, month: 12, day: 24))
    #expect(december.firstOfMonth.description == "2026-12-01")
    #expect(december.firstOfNextMonth.description == "2027-01-01")
    #expect(december.monthText == "2026-12")
  }
}
