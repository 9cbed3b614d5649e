internal import TopUpCore

/// The windows of an account's caps, in its own zone (invariant 7).
struct CapWindows {
  private let zones: any TimeZones

  init(_ zones: any TimeZones) { self.zones = zones }

  /// The windows that hold a moment, with what they have seen.
  ///
  /// - Returns: nil when the zone is not known: no counter, no charge (invariant 9).
  func windows(
    of policy: Policy, _ currency: Currency, _ now: UnixTime, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [CapWindow]? {
    guard let zone = zones.rules(of: policy.timeZone) else { return nil }
    let caps = [
      ("day", CalendarWindow(.day, containing: now, in: zone), policy.day),
      ("month", CalendarWindow(.month, containing: now, in: zone), policy.month),
    ]
    var windows: [CapWindow] = []
    for (kind, window, cap) in caps {
      let key =
        "account:\(policy.account.name):\(kind):\(policy.timeZone):\(window.label):\(currency.code)"
      let use = try snapshot.capUse(key)
      windows.append(
        CapWindow(
          key: key, cap: cap, usedCount: use.count, usedMinorUnits: use.minorUnits,
          ends: window.end))
    }
    return windows
  }
}
