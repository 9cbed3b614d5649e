/// The wall clock, outside the core: an argument of everything that is decided.
package protocol WallClock: Sendable {
  var now: UnixTime { get }
}

/// The zone data, outside the core.
package protocol TimeZones: Sendable {
  /// - Parameter zone: an IANA name, such as `Europe/Berlin`.
  /// - Returns: nil when there is no such zone.
  func rules(of zone: String) -> TimeZoneRules?
}
