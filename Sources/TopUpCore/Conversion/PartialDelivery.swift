/// What is paid for, and what is owed, when fewer tokens were delivered than ordered.
package enum PartialDelivery {
  /// An amount's share of the tokens that were delivered: `floor(amount × delivered / ordered)`.
  ///
  /// - Precondition: something was ordered, and no more than that was delivered.
  package static func worth(of amount: Int64, ordered: Planck, delivered: Planck) -> Int64 {
    precondition(ordered > .zero, "an order is for something")
    precondition(
      delivered >= .zero && delivered <= ordered, "no more is delivered than was ordered")
    let product = delivered.units.multipliedFullWidth(by: Int128(amount))
    // At most the amount, for no more was delivered than was ordered.
    return Int64(ordered.units.dividingFullWidth(product).quotient)
  }

  /// An amount's share of the tokens that never came, which is what ``worth(of:ordered:delivered:)``
  /// leaves of it: `ceil(amount × missing / ordered)`, in the customer's favour and never more than
  /// the amount (facts/domain §9).
  package static func undelivered(of amount: Int64, ordered: Planck, missing: Planck) -> Int64 {
    amount
      - worth(of: amount, ordered: ordered, delivered: Planck(ordered.units - missing.units))
  }
}
