/// When a zone's clocks differed, and will differ, from UTC by how much.
///
/// Read from a compiled file of the time zone database; the core has no database of its own and
/// never asks the system.
package struct TimeZoneRules: Hashable, Sendable {
  /// A span of time with one offset.
  struct Period: Hashable, Sendable {
    let offsetSeconds: Int64
    /// Seconds since 1970, the first that may have another offset; nil for a span without end.
    let end: Int64?
  }

  /// From a moment on, clocks differ by this much.
  struct Transition: Hashable, Sendable {
    /// Seconds since 1970.
    let moment: Int64
    let offsetSeconds: Int64
  }

  /// The widest offsets there are (RFC 9636 §3.2, "utoff").
  static let offsetSecondsRange: ClosedRange<Int64> = -89_999...93_599

  private let offsetBeforeAll: Int64
  /// By moment.
  private let transitions: [Transition]
  /// In force from the last transition on.
  private let ruleAfterAll: POSIXTimeZone?

  /// - Precondition: the transitions are in strictly rising order.
  init(offsetBeforeAll: Int64, transitions: [Transition], ruleAfterAll: POSIXTimeZone?) {
    self.offsetBeforeAll = offsetBeforeAll
    self.transitions = transitions
    self.ruleAfterAll = ruleAfterAll
  }

  package static let utc = TimeZoneRules(
    offsetBeforeAll: 0, transitions: [], ruleAfterAll: nil)

  /// A zone that has always gone by one rule, as the `TZ` of POSIX writes it, such as
  /// `CET-1CEST,M3.5.0,M10.5.0/3`.
  ///
  /// - Returns: nil when it is no such rule.
  package init?(posix text: String) {
    guard let rule = POSIXTimeZone(Array(text.utf8)) else { return nil }
    self.init(
      offsetBeforeAll: rule.standardOffsetSeconds, transitions: [], ruleAfterAll: rule)
  }

  /// What to add to UTC for the time that clocks show; positive east of Greenwich.
  package func offsetSeconds(at moment: UnixTime) -> Int64 {
    period(at: moment.seconds).offsetSeconds
  }

  /// The date that clocks show.
  package func date(at moment: UnixTime) -> CivilDate {
    let local = moment.seconds + offsetSeconds(at: moment)
    return CivilDate(daysFrom1970: local.flooredQuotient(by: 86_400))
  }

  /// The period that a moment lies in, up to its end; where it began is not said.
  func period(at seconds: Int64) -> Period {
    let passed = countOfTransitions(upTo: seconds)
    if passed == transitions.count, let ruleAfterAll { return ruleAfterAll.period(at: seconds) }
    return Period(
      offsetSeconds: passed == 0 ? offsetBeforeAll : transitions[passed - 1].offsetSeconds,
      end: passed == transitions.count ? nil : transitions[passed].moment)
  }

  /// Seconds since 1970 at which clocks first show a time or a later one: at the end of the gap where
  /// they skip it, and the first time where they show it twice.
  ///
  /// Starts where even the widest offset shows an earlier time, then goes from period to period; the
  /// first in which it is reached, at its beginning or within, has the answer.
  /// - Parameter local: what clocks show, as seconds since they showed 1970.
  func firstSecond(showing local: Int64) -> Int64 {
    var seconds = local - Self.offsetSecondsRange.upperBound
    while true {
      let period = period(at: seconds)
      let reached = max(seconds, local - period.offsetSeconds)
      guard let end = period.end, end <= reached else { return reached }
      seconds = end
    }
  }

  private func countOfTransitions(upTo seconds: Int64) -> Int {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].moment <= seconds { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
