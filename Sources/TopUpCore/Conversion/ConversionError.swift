/// Why an amount cannot be converted. Nothing is rounded, capped or wrapped to avoid one.
package enum ConversionError: Error, Hashable, Sendable {
  /// Two amounts of different currencies met, by their codes.
  case currencyMismatch(String, String)
  /// An amount that must be above zero is not.
  case notPositive
  /// The exact result does not fit its type.
  case overflow
}

extension ConversionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .currencyMismatch(let left, let right): "\(left) and \(right) are different currencies"
    case .notPositive: "the amount must be above zero"
    case .overflow: "the amount is too large to convert exactly"
    }
  }
}
