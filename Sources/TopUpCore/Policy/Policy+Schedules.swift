extension Policy {
  /// Occurrences of its lines from a moment on and no later than another, the oldest first: those
  /// that share a moment by name. A rule that is off has none.
  package func occurrences(
    from start: UnixTime, through end: UnixTime, in zone: TimeZoneRules
  ) -> [Occurrence] {
    guard isEnabled else { return [] }
    let before = UnixTime(milliseconds: start.milliseconds &- 1)
    return schedules.flatMap { $0.occurrences(after: before, through: end, in: zone) }
      .sorted { ($0.moment, $0.name) < ($1.moment, $1.name) }
  }

  /// When the next occurrence comes; nil without any.
  package func nextOccurrence(after now: UnixTime, in zone: TimeZoneRules) -> UnixTime? {
    guard isEnabled else { return nil }
    // Each line comes within any two months.
    let far = now.advanced(by: .seconds(63 * 86_400))
    return schedules.compactMap {
      $0.occurrences(after: now, through: far, in: zone).first?.moment
    }.min()
  }

  /// What an open episode began for, if the rule still wants it: the same line, in force since
  /// before. Where it lapses, the episode ends with that for its reason.
  package func pursued(_ stored: StoredOccurrence, in zone: TimeZoneRules) -> Occurrence? {
    let before = UnixTime(milliseconds: stored.moment.milliseconds &- 1)
    guard
      var found = occurrences(from: before, through: stored.moment, in: zone).first(where: {
        $0.name == stored.name
      })
    else { return nil }
    found.isBegun = true
    return found
  }

  /// The same rule with each line in force since when it first stood so, going by the rule before.
  ///
  /// A line that is new or changed has no past, and none has where the rule was off or counted in
  /// another zone (invariant 47).
  package func keepingSince(of before: Policy?) -> Policy {
    var copy = self
    copy.schedules = schedules.map { line in
      var line = line
      let known = before.flatMap { before in
        before.isEnabled && before.timeZone == timeZone
          ? before.schedules.first { $0.sharesTime(with: line) && $0.amount == line.amount } : nil
      }
      line.since = known?.since ?? updated
      return line
    }
    return copy
  }
}
