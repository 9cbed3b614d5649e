/// An amount of fiat money in whole minor units; no float makes one (invariant 23).
package struct Money: Hashable, Sendable {
  package let minorUnits: Int64
  package let currency: Currency

  package init(minorUnits: Int64, _ currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// The most a card can be charged at once, in minor units (Stripe docs: eight digits).
  package static let chargeMinorUnitsMax: Int64 = 99_999_999
}

extension Money: CustomStringConvertible {
  /// With its currency, such as `25.00 USD`.
  package var description: String {
    "\(Decimal.text(Int128(minorUnits), exponent: currency.exponent, trimming: false)) "
      + currency.code
  }
}

/// Decimal text of integers that count small units.
package enum Decimal {
  /// - Parameters:
  ///   - units: the count of the smallest unit.
  ///   - exponent: how many digits stand after the point.
  ///   - trimming: whether trailing zeros after the point are left out.
  package static func text(_ units: Int128, exponent: Int, trimming: Bool) -> String {
    var digits = String(units.magnitude)
    guard exponent > 0 else { return units < 0 ? "-" + digits : digits }
    if digits.count <= exponent {
      digits = String(repeating: "0", count: exponent + 1 - digits.count) + digits
    }
    let whole = digits.dropLast(exponent)
    var fraction = digits.suffix(exponent)
    if trimming { while fraction.last == "0" { fraction.removeLast() } }
    let body = fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
    return units < 0 ? "-" + body : body
  }
}
