/// A fee and a price: all that turns an amount of fiat into tokens.
package struct ConversionTerms: Hashable, Sendable {
  package let fees: FeeSchedule
  package let rate: Rate

  package init(fees: FeeSchedule, rate: Rate) {
    self.fees = fees
    self.rate = rate
  }

  /// What an amount buys once the fee is taken.
  ///
  /// - Throws: ``ConversionError`` when nothing is left to convert, or it buys nothing.
  package func conversion(of gross: Money) throws(ConversionError) -> Conversion {
    try Exact.requireSameCurrency(gross.currency, rate.currency)
    let net = try fees.net(of: gross)
    let tokens = try rate.tokens(for: net)
    guard tokens > .zero else { throw .buysNothing }
    return Conversion(gross: gross, net: net, tokens: tokens)
  }

  /// The least amount that buys at least so many tokens.
  ///
  /// - Parameter raising: whether a target below the card's minimum is bought with the minimum,
  ///   which then buys more, or is refused.
  /// - Throws: ``ConversionError/belowChargeMinimum(_:)`` or
  ///   ``ConversionError/aboveChargeMaximum(_:)`` for amounts no card can be charged.
  package func conversion(
    reaching target: Planck, raisingToChargeMinimum raising: Bool
  ) throws(ConversionError) -> Conversion {
    guard target > .zero else { throw .notPositive }
    var gross = try fees.gross(leaving: rate.cost(of: target))
    let least = Money(minorUnits: gross.currency.chargeMinorUnitsMin, gross.currency)
    if gross.minorUnits < least.minorUnits {
      guard raising else { throw .belowChargeMinimum(least) }
      gross = least
    }
    guard gross.minorUnits <= Money.chargeMinorUnitsMax else {
      throw .aboveChargeMaximum(Money(minorUnits: Money.chargeMinorUnitsMax, gross.currency))
    }
    return try conversion(of: gross)
  }
}
