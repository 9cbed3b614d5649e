internal import TopUpCore

/// What a tenant's credits cost: smallest units for one minor unit of a currency.
package struct CreditRates: Sendable, Hashable {
  private var rates: [String: Int128] = [:]

  package init() {}

  /// - Parameter text: such as `console:USD:100,console:EUR:110`; nil when it has another shape.
  package init?(_ text: String) {
    for part in text.split(separator: ",") {
      let fields = part.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, !fields[0].isEmpty,
        let currency = Currency(code: String(fields[1])), let rate = Int128(fields[2]), rate > 0
      else { return nil }
      rates["\(fields[0]):\(currency.code)"] = rate
    }
  }

  func credits(for amount: Money, tenant: String) -> Int128? {
    rates["\(tenant):\(amount.currency.code)"].map { $0 * Int128(amount.minorUnits) }
  }
}
