/// One window of one cap, with what it has seen; what is reserved in it stays counted there for
/// ever unless it is released (invariant 7).
package struct CapWindow: Sendable, Hashable {
  /// Unique: whose, which kind, which zone, which day or month, in which currency, such as
  /// `account:ddc:…:day:Europe/Berlin:2026-11-21:USD`.
  package var key: String
  package var cap: Policy.Cap
  package var usedCount: Int64
  package var usedMinorUnits: Int64
  /// When it ends: then a skip for it is worth another look.
  package var ends: UnixTime

  package init(
    key: String, cap: Policy.Cap, usedCount: Int64, usedMinorUnits: Int64, ends: UnixTime
  ) {
    self.key = key
    self.cap = cap
    self.usedCount = usedCount
    self.usedMinorUnits = usedMinorUnits
    self.ends = ends
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

  /// Whether one more top-up of this amount fits.
  package func fits(_ minorUnits: Int64) -> Bool {
    if let count = cap.count, usedCount >= count { return false }
    guard let most = cap.minorUnits else { return true }
    let (sum, overflow) = usedMinorUnits.addingReportingOverflow(minorUnits)
    return !overflow && sum <= most
  }
}
