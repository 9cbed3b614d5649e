/// Why an amount cannot be converted. Nothing is rounded, capped or wrapped to avoid one.
package enum ConversionError: Error, Hashable, Sendable {
  /// Two amounts of different currencies met, by their codes.
  case currencyMismatch(String, String)
  /// An amount that must be above zero is not.
  case notPositive
  /// The fees take all of the amount, or more.
  case feeTakesAll(fee: Money)
  /// The amount left after fees buys less than one planck.
  case buysNothing
  /// A card cannot be charged so little.
  case belowChargeMinimum(Money)
  /// A card cannot be charged so much at once.
  case aboveChargeMaximum(Money)
  /// The exact result does not fit its type.
  case overflow
}

extension ConversionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .currencyMismatch(let left, let right): "\(left) and \(right) are different currencies"
    case .notPositive: "the amount must be above zero"
    case .feeTakesAll(let fee): "the fee of \(fee) leaves nothing to convert"
    case .buysNothing: "the amount buys less than the smallest unit of CERE"
    case .belowChargeMinimum(let least): "a card is charged at least \(least)"
    case .aboveChargeMaximum(let most): "a card is charged at most \(most) at once"
    case .overflow: "the amount is too large to convert exactly"
    }
  }
}
