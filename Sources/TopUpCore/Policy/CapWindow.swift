/// One window of one cap, with what it has seen; what is reserved in it stays counted there for
/// ever unless it is released (invariant 7).
package struct CapWindow: Sendable, Hashable {
  /// Unique: whose, which kind, which zone, which day or month, in which currency, such as
  /// `account:ddc:…:day:Europe/Berlin:2026-11-21:USD`.
  package var key: String
  /// For people, such as `the day 2026-11-21 (UTC) of the service`.
  package var name: String
  package var cap: Policy.Cap
  package var usedCount: Int64
  package var usedMinorUnits: Int64
  /// When it ends: then a skip for it is worth another look.
  package var ends: UnixTime
  /// The rule its cap is from; nil for a cap of an account or a payer, which their own rows hold.
  package var rule: CapRule.Reference?

  /// - Parameter name: the key when nil.
  package init(
    key: String, name: String? = nil, cap: Policy.Cap, usedCount: Int64, usedMinorUnits: Int64,
    ends: UnixTime, rule: CapRule.Reference? = nil
  ) {
    self.key = key
    self.name = name ?? key
    self.cap = cap
    self.usedCount = usedCount
    self.usedMinorUnits = usedMinorUnits
    self.ends = ends
    self.rule = rule
  }

  /// The name of the window that counts what a payer is charged without being present: one for all
  /// the payer's accounts, whatever their zones, so in the zone that all of them have.
  package static func payerMonthKey(
    _ payer: Payer, _ month: CalendarWindow, _ currency: Currency
  ) -> String {
    // Names may hold any sign: with its length before it none reads as two.
    "payer:\(payer.tenant.utf8.count):\(payer.tenant):\(payer.user):month:UTC:\(month.label)"
      + ":\(currency.code)"
  }

  /// The name of a window of a tenant's or the service's caps.
  package static func key(of rule: CapRule, _ window: CalendarWindow) -> String {
    "\(rule.scope.name):\(window.span.rawValue):\(rule.timeZone):\(window.label)"
      + ":\(rule.currency.code)"
  }

  /// Whether one more top-up of this amount fits.
  package func fits(_ minorUnits: Int64) -> Bool {
    if let count = cap.count, usedCount >= count { return false }
    guard let most = cap.minorUnits else { return true }
    let (sum, overflow) = usedMinorUnits.addingReportingOverflow(minorUnits)
    return !overflow && sum <= most
  }
}

extension [CapWindow] {
  /// The first that an amount does not fit into, with its figures.
  package func objection(to amount: Money) -> CapObjection? {
    first { !$0.fits(amount.minorUnits) }.map { CapObjection($0, amount) }
  }

  /// The rules that a commit made by these windows holds to, each once.
  package var rules: [CapRule.Reference] {
    var rules: [CapRule.Reference] = []
    for case let rule? in map(\.rule) where !rules.contains(rule) { rules.append(rule) }
    return rules
  }
}
