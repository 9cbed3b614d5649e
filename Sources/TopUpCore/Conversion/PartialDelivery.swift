/// What is owed when fewer tokens were delivered than ordered.
package enum PartialDelivery {
  /// An amount's share of the tokens that never came: `floor(amount × missing / ordered)`.
  ///
  /// Rounded down: what is given back is never worth more than what is missing, so that what was
  /// delivered stays paid for (invariant 32).
  /// - Precondition: something was ordered, and no more than that is missing.
  package static func undelivered(
    of amount: Int64, ordered: Planck, missing: Planck
  ) -> Int64 {
    precondition(ordered > .zero, "an order is for something")
    precondition(missing >= .zero && missing <= ordered, "no more is missing than was ordered")
    let product = missing.units.multipliedFullWidth(by: Int128(amount))
    // At most the amount, for no more is missing than was ordered.
    return Int64(ordered.units.dividingFullWidth(product).quotient)
  }
}
