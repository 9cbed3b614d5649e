import TopUpCore

/// A few zones of the world, and at times none of them: then no cap can be counted (invariants 7, 9).
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class SimulatedZones: TimeZones, @unchecked Sendable {
  static let names = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"]

  /// Both ways between summer and winter of two of them, the ends of a month and of a year; a run
  /// begins some hours before one of these moments, or on a day like any other.
  static let moments: [Int64] = [
    1_805_007_600, 1_825_567_200, 1_806_195_600, 1_824_944_400, 1_798_758_000, 1_801_436_400,
  ]

  private static let rules: [String: TimeZoneRules] = {
    var rules: [String: TimeZoneRules] = ["UTC": .utc]
    rules["Europe/Berlin"] = TimeZoneRules(posix: "CET-1CEST,M3.5.0,M10.5.0/3")
    rules["America/New_York"] = TimeZoneRules(posix: "EST5EDT,M3.2.0,M11.1.0")
    rules["Pacific/Kiritimati"] = TimeZoneRules(posix: "<+14>-14")
    return rules
  }()

  /// Since when they cannot be read; nil while they can.
  var lostSince: UnixTime?

  static func known(_ zone: String) -> TimeZoneRules? { rules[zone] }

  func rules(of zone: String) -> TimeZoneRules? { lostSince == nil ? Self.rules[zone] : nil }
}
