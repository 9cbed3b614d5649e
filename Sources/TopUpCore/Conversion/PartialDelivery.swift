/// What is owed when fewer tokens were delivered than ordered.
package enum PartialDelivery {
  /// The card's share of the tokens that never came: `ceil(paid × missing / ordered)`.
  ///
  /// Rounded up in the person's favour, and never above what was paid.
  /// - Precondition: something was ordered.
  /// - Throws: ``ConversionError/overflow`` when the exact product does not fit.
  package static func refund(
    of paid: Money, ordered: Planck, delivered: Planck
  ) throws(ConversionError) -> Money {
    precondition(ordered > .zero, "an order is for something")
    guard paid.minorUnits > 0 else { throw .notPositive }
    let missing = max(0, ordered.units - delivered.units)
    let product = try Exact.product(Int128(paid.minorUnits), missing)
    return try Exact.money(Exact.quotientUp(product, ordered.units), paid.currency)
  }
}
