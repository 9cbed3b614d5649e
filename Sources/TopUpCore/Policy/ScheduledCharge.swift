/// One line of a rule's calendar: this much, on this day of each month.
package struct ScheduledCharge: Sendable, Hashable {
  /// Of one rule: a look goes through them.
  package static let most = 8
  /// Occurrences from longer ago are not gone through any more, however long nobody looked.
  static let pastMax = Duration.seconds(400 * 86_400)

  /// 1 to 31; a month without that day takes its last.
  package var dayOfMonth: Int
  /// Minutes after midnight on the clocks of the rule's zone, 0 to 1439.
  package var minuteOfDay: Int
  package var amount: Money
  /// When the line came into force as it is: none of its occurrences up to then is charged
  /// (invariant 47).
  package var since: UnixTime

  package init(
    dayOfMonth: Int, minuteOfDay: Int, amount: Money, since: UnixTime = UnixTime(milliseconds: 0)
  ) {
    self.dayOfMonth = dayOfMonth
    self.minuteOfDay = minuteOfDay
    self.amount = amount
    self.since = since
  }

  /// Whether another falls on the same moments.
  package func sharesTime(with other: ScheduledCharge) -> Bool {
    dayOfMonth == other.dayOfMonth && minuteOfDay == other.minuteOfDay
  }

  /// Those after one moment and no later than another, the oldest first.
  func occurrences(
    after start: UnixTime, through end: UnixTime, in zone: TimeZoneRules
  ) -> [Occurrence] {
    let start = max(start, since, end.advanced(by: .zero - Self.pastMax))
    guard start < end else { return [] }
    var found: [Occurrence] = []
    // A moment's date by the zone's clocks is that of its occurrence, or the next where they skip.
    var month = zone.date(at: start).firstOfMonth
    month = CivilDate(daysFrom1970: month.daysFrom1970 - 1).firstOfMonth
    let last = zone.date(at: end).firstOfNextMonth
    while month <= last {
      let occurrence = occurrence(in: month, zone)
      if occurrence.moment > start, occurrence.moment <= end { found.append(occurrence) }
      month = month.firstOfNextMonth
    }
    return found
  }

  /// The one of a month: at the end of the gap where clocks skip its minute, and the first time
  /// where they show it twice (invariant 48).
  private func occurrence(in month: CivilDate, _ zone: TimeZoneRules) -> Occurrence {
    let day = min(dayOfMonth, CivilDate.days(inMonth: month.month, of: month.year))
    let local = (month.daysFrom1970 + Int64(day) - 1) * 86_400 + Int64(minuteOfDay) * 60
    return Occurrence(
      name: "\(month.monthText) \(label)",
      moment: UnixTime(seconds: zone.firstSecond(showing: local)), amount: amount)
  }

  /// Unique in a rule, such as `day 31 at 09:30`.
  package var label: String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "day \(dayOfMonth) at \(two(minuteOfDay / 60)):\(two(minuteOfDay % 60))"
  }
}
