internal import TopUpCore

/// The windows that a charge is counted in: of its account's caps in its own zone, of what its payer
/// agreed to, of its tenant's caps and of the service's (invariants 6, 7).
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
      (CalendarWindow(.day, containing: now, in: zone), policy.day),
      (CalendarWindow(.month, containing: now, in: zone), policy.month),
    ]
    var windows: [CapWindow] = []
    for (window, cap) in caps {
      let span = window.span.rawValue
      let key =
        "account:\(policy.account.name):\(span):\(policy.timeZone):\(window.label):\(currency.code)"
      let use = try snapshot.capUse(key)
      windows.append(
        CapWindow(
          key: key, name: "the account's \(span) \(window.label) (\(policy.timeZone))", cap: cap,
          usedCount: use.count, usedMinorUnits: use.minorUnits, ends: window.end))
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
      key: key,
      name: "the payer's month \(month.label) (UTC) of charges without being present",
      cap: Policy.Cap(minorUnits: consent?.maxPerMonth?.minorUnits),
      usedCount: use.count, usedMinorUnits: use.minorUnits, ends: month.end)
  }

  /// The windows that a payer's charges share with the tenant's others, and with everybody's. They
  /// count without a cap too, so that one that is set later holds for all that its window has seen.
  ///
  /// - Returns: nil when a zone is not known: no counter, no charge (invariant 9).
  func shared(
    by payer: Payer, _ currency: Currency, _ now: UnixTime, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [CapWindow]? {
    var windows: [CapWindow] = []
    for scope in [CapScope.tenant(payer.tenant), .service] {
      let rule =
        try snapshot.caps(of: scope).first { $0.currency == currency } ?? .unset(scope, currency)
      guard let own = try self.windows(of: rule, now, snapshot) else { return nil }
      windows += own
    }
    return windows
  }

  /// The day and the month of a tenant's or the service's caps.
  ///
  /// - Returns: nil when the zone is not known.
  func windows(
    of rule: CapRule, _ now: UnixTime, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [CapWindow]? {
    guard let zone = zones.rules(of: rule.timeZone) else { return nil }
    var windows: [CapWindow] = []
    for (span, cap) in [(CalendarWindow.Span.day, rule.day), (.month, rule.month)] {
      let window = CalendarWindow(span, containing: now, in: zone)
      let key = CapWindow.key(of: rule, window)
      let use = try snapshot.capUse(key)
      windows.append(
        CapWindow(
          key: key,
          name: "the \(span.rawValue) \(window.label) (\(rule.timeZone)) of "
            + rule.scope.text, cap: cap, usedCount: use.count, usedMinorUnits: use.minorUnits,
          ends: window.end, rule: rule.reference))
    }
    return windows
  }
}
