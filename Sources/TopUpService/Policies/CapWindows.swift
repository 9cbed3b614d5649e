internal import TopUpCore

/// The windows of an account's caps, in its own zone, and of what its payer agreed to (invariant 7).
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

  /// The month of what a payer is charged without being present, over all accounts. It counts
  /// without a limit too, so that one that is agreed to later holds for the whole month.
  func month(
    of payer: Payer, _ consent: Consent?, _ currency: Currency, _ now: UnixTime,
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> CapWindow {
    let month = CalendarWindow(.month, containing: now, in: .utc)
    let key = CapWindow.payerMonthKey(payer, month, currency)
    let use = try snapshot.capUse(key)
    return CapWindow(
      key: key, cap: Policy.Cap(minorUnits: consent?.maxPerMonth?.minorUnits),
      usedCount: use.count, usedMinorUnits: use.minorUnits, ends: month.end)
  }
}
