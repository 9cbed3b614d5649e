import Testing
import TopUpCore

@Suite struct ScheduledChargeTests {
  private static let berlin = TimeZoneRules(posix: "CET-1CEST,M3.5.0,M10.5.0/3") ?? .utc

  private static func time(
    _ year: Int64, _ month: Int, _ day: Int, _ hour: Int64 = 0, _ minute: Int64 = 0
  ) throws -> UnixTime {
    let date = try #require(CivilDate(year: year, month: month, day: day))
    return UnixTime(seconds: date.daysFrom1970 * 86_400 + hour * 3_600 + minute * 60)
  }

  private static func rule(_ lines: [ScheduledCharge]) -> Policy {
    var policy = Situation.policy()
    policy.schedules = lines
    return policy
  }

  private static func line(
    _ day: Int, _ minute: Int, since: UnixTime = UnixTime(milliseconds: 0)
  ) -> ScheduledCharge {
    ScheduledCharge(dayOfMonth: day, minuteOfDay: minute, amount: Sample.amount, since: since)
  }

  private static func moments(
    _ lines: [ScheduledCharge], _ start: UnixTime, _ end: UnixTime, _ zone: TimeZoneRules = .utc
  ) -> [UnixTime] {
    rule(lines).occurrences(from: start, through: end, in: zone).map(\.moment)
  }

  @Test func `a month without the day takes its last`() throws {
    let found = Self.moments(
      [Self.line(31, 570)], try Self.time(2027, 12, 31, 9, 30), try Self.time(2028, 4, 30, 9, 30))
    #expect(
      found == [
        try Self.time(2027, 12, 31, 9, 30), try Self.time(2028, 1, 31, 9, 30),
        try Self.time(2028, 2, 29, 9, 30), try Self.time(2028, 3, 31, 9, 30),
        try Self.time(2028, 4, 30, 9, 30),
      ])
  }

  @Test func `two lines that meet on the last day are two occurrences`() throws {
    let day = try Self.time(2027, 2, 28)
    let found = Self.rule([Self.line(30, 0), Self.line(31, 0)])
      .occurrences(from: day, through: day, in: .utc)
    #expect(found.map(\.moment) == [day, day])
    #expect(found.map(\.name) == ["2027-02 day 30 at 00:00", "2027-02 day 31 at 00:00"])
  }

  @Test func `in a gap it comes when clocks go on (48)`() throws {
    // Berlin, 28 March 2027: 02:00 is 03:00, at 01:00 UTC.
    let found = Self.moments(
      [Self.line(28, 150)], try Self.time(2027, 3, 20), try Self.time(2027, 4, 1), Self.berlin)
    #expect(found == [try Self.time(2027, 3, 28, 1, 0)])
  }

  @Test func `in a fold it comes once, the first time (48)`() throws {
    // Berlin, 31 October 2027: 03:00 is 02:00 again, at 01:00 UTC.
    let found = Self.moments(
      [Self.line(31, 150)], try Self.time(2027, 10, 20), try Self.time(2027, 11, 10), Self.berlin)
    #expect(found == [try Self.time(2027, 10, 31, 0, 30)])
  }

  @Test func `the end is in, and the start is`() throws {
    let moment = try Self.time(2027, 1, 5, 1)
    let line = Self.line(5, 60)
    let before = UnixTime(milliseconds: moment.milliseconds - 1)
    let after = UnixTime(milliseconds: moment.milliseconds + 1)
    #expect(Self.moments([line], moment, moment) == [moment])
    #expect(Self.moments([line], before, moment) == [moment])
    #expect(Self.moments([line], before, before).isEmpty)
    #expect(Self.moments([line], after, after).isEmpty)
  }

  @Test func `a line has no past: what came before it, or with it, is not charged (47)`() throws {
    let moment = try Self.time(2027, 1, 5, 1)
    let start = try Self.time(2026, 12, 1)
    let end = try Self.time(2027, 1, 31)
    #expect(Self.moments([Self.line(5, 60, since: moment)], start, end).isEmpty)
    let before = UnixTime(milliseconds: moment.milliseconds - 1)
    #expect(Self.moments([Self.line(5, 60, since: before)], start, end) == [moment])
  }

  @Test func `a rule that is off has no calendar`() throws {
    var rule = Self.rule([Self.line(5, 60)])
    rule.isEnabled = false
    let (start, end) = (try Self.time(2026, 1, 1), try Self.time(2027, 1, 1))
    #expect(rule.occurrences(from: start, through: end, in: .utc).isEmpty)
    #expect(rule.nextOccurrence(after: start, in: .utc) == nil)
  }

  @Test func `the next one is the earliest of all lines, and later than now`() throws {
    let now = try Self.time(2027, 1, 31, 12)
    let rule = Self.rule([Self.line(31, 720), Self.line(30, 0), Self.line(1, 0)])
    #expect(rule.nextOccurrence(after: now, in: .utc) == (try Self.time(2027, 2, 1)))
    let one = Self.rule([Self.line(31, 720)])
    #expect(one.nextOccurrence(after: now, in: .utc) == (try Self.time(2027, 2, 28, 12)))
  }

  @Test func `every moment is followed by the next, around the year`() throws {
    let rule = Self.rule([Self.line(31, 150), Self.line(28, 150), Self.line(1, 1_439)])
    var moment = try Self.time(2027, 1, 1)
    let end = try Self.time(2028, 1, 1)
    let all = rule.occurrences(from: moment, through: end, in: Self.berlin)
    var walked: [UnixTime] = []
    while let next = rule.nextOccurrence(after: moment, in: Self.berlin), next <= end {
      walked.append(next)
      moment = next
    }
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(walked == Set(all.map(\.moment)).sorted())
    #expect(walked.count > 30)
  }

  // MARK: Edits

  @Test func `a line keeps its past through edits of the rest (47)`() {
    var before = Self.rule([Self.line(5, 60, since: Situation.now)])
    before.version = 1
    var after = before
    after.updated = Situation.now.advanced(by: .seconds(100))
    after.threshold = 7
    after.schedules.append(Self.line(6, 60))
    let kept = after.keepingSince(of: before)
    #expect(kept.schedules.map(\.since) == [Situation.now, after.updated])
  }

  @Test func `another amount, another zone and a rule that was off begin anew (47)`() {
    let before = Self.rule([Self.line(5, 60, since: Situation.now)])
    let edits: [(inout Policy, inout Policy) -> Void] = [
      { _, after in after.schedules[0].amount = Sample.usd(1) },
      { _, after in after.schedules[0].minuteOfDay = 61 },
      { _, after in after.timeZone = "UTC" },
      { before, _ in before.isEnabled = false },
    ]
    for edit in edits {
      var (old, new) = (before, before)
      new.updated = Situation.now.advanced(by: .seconds(100))
      edit(&old, &new)
      #expect(new.keepingSince(of: old).schedules.map(\.since) == [new.updated])
    }
    var first = before
    first.updated = Situation.now.advanced(by: .seconds(5))
    #expect(first.keepingSince(of: nil).schedules.map(\.since) == [first.updated])
  }

  @Test func `an open episode is for its line, while the rule has it (47)`()
    throws
  {
    let moment = try Self.time(2027, 1, 5, 1)
    let stored = StoredOccurrence(name: "2027-01 day 5 at 01:00", moment: moment, episode: 3)
    let rule = Self.rule([Self.line(5, 60)])
    let pursued = try #require(rule.pursued(stored, in: .utc))
    #expect(pursued.isBegun && pursued.lapses == moment.advanced(by: .seconds(3 * 86_400)))
    #expect(Self.rule([Self.line(5, 61)]).pursued(stored, in: .utc) == nil)
    #expect(Self.rule([Self.line(5, 60, since: moment)]).pursued(stored, in: .utc) == nil)
  }
}
