/// The price of one CERE in a currency.
package struct Rate: Hashable, Sendable {
  /// Nano-units of the currency for one CERE, above zero: 0.00125 USD is 1,250,000.
  package let nanoPerCERE: Int64
  package let currency: Currency
  /// Planck × nano-units in one CERE × minor unit; amounts convert through it.
  private let scale: Int128

  private static let nanoExponent = 9

  /// - Returns: nil for a price of zero or less.
  package init?(nanoPerCERE: Int64, _ currency: Currency) {
    // A currency of more than 9 digits would have a minor unit below the rate's own.
    guard nanoPerCERE > 0, (0...Self.nanoExponent).contains(currency.exponent) else { return nil }
    self.nanoPerCERE = nanoPerCERE
    self.currency = currency
    // 10^17 for a currency of two digits, 10^19 for one of none.
    let digits = Planck.exponent + Self.nanoExponent - currency.exponent
    scale = (0..<digits).reduce(1) { power, _ in power * 10 }
  }

  /// What an amount buys: `floor(net × 10^(19 − exponent) / rate)` planck, which may be none.
  package func tokens(for net: Money) throws(ConversionError) -> Planck {
    try Exact.requireSameCurrency(net.currency, currency)
    guard net.minorUnits >= 0 else { throw .notPositive }
    return Planck(try Exact.product(Int128(net.minorUnits), scale) / Int128(nanoPerCERE))
  }
}
