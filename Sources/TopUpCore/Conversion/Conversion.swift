/// An amount of fiat and the tokens it buys, at terms that are settled.
package struct Conversion: Hashable, Sendable {
  /// What the card is charged.
  package let gross: Money
  /// What is left after the fee.
  package let net: Money
  /// What the net amount buys.
  package let tokens: Planck

  package var fee: Money {
    Money(minorUnits: gross.minorUnits - net.minorUnits, gross.currency)
  }
}
