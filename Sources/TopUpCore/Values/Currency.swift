/// A currency that the service charges in: an allow-list, not all of ISO 4217.
package struct Currency: Hashable, Sendable {
  /// Three upper-case letters (ISO 4217).
  package let code: String
  /// Decimal digits of the minor unit: 2 for USD, 0 for JPY.
  package let exponent: Int
  /// The least amount a card can be charged, in minor units (Stripe docs, "Minimum amounts").
  package let chargeMinorUnitsMin: Int64

  /// - Parameter code: in any case; nil when the service does not charge in it.
  package init?(code: String) {
    guard let known = Self.known[code.uppercased()] else { return nil }
    self = known
  }

  private init(_ code: String, exponent: Int, min: Int64) {
    self.code = code
    self.exponent = exponent
    chargeMinorUnitsMin = min
  }

  package static let usd = Currency("USD", exponent: 2, min: 50)
  package static let eur = Currency("EUR", exponent: 2, min: 50)
  package static let gbp = Currency("GBP", exponent: 2, min: 30)
  package static let chf = Currency("CHF", exponent: 2, min: 50)
  package static let jpy = Currency("JPY", exponent: 0, min: 50)

  /// Every currency the service charges in, by code.
  package static let known: [String: Currency] = {
    let list = [
      usd, eur, gbp, chf, jpy,
      Currency("CAD", exponent: 2, min: 50), Currency("AUD", exponent: 2, min: 50),
      Currency("NZD", exponent: 2, min: 50), Currency("SGD", exponent: 2, min: 50),
      Currency("HKD", exponent: 2, min: 400), Currency("SEK", exponent: 2, min: 300),
      Currency("NOK", exponent: 2, min: 300), Currency("DKK", exponent: 2, min: 250),
      Currency("PLN", exponent: 2, min: 200), Currency("CZK", exponent: 2, min: 1500),
    ]
    return Dictionary(uniqueKeysWithValues: list.map { ($0.code, $0) })
  }()
}
