/// Integer arithmetic that gives the exact result or a typed error.
enum Exact {
  static func product(_ left: Int128, _ right: Int128) throws(ConversionError) -> Int128 {
    let (result, overflow) = left.multipliedReportingOverflow(by: right)
    guard !overflow else { throw .overflow }
    return result
  }

  /// Rounds up.
  ///
  /// - Precondition: the dividend is not negative, the divisor is above zero.
  static func quotientUp(_ dividend: Int128, _ divisor: Int128) -> Int128 {
    precondition(dividend >= 0 && divisor > 0, "amounts are never negative")
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder == 0 ? quotient : quotient + 1
  }

  static func money(_ minorUnits: Int128, _ currency: Currency) throws(ConversionError) -> Money {
    guard let units = Int64(exactly: minorUnits) else { throw .overflow }
    return Money(minorUnits: units, currency)
  }

  static func requireSameCurrency(
    _ left: Currency, _ right: Currency
  ) throws(ConversionError) {
    guard left == right else { throw .currencyMismatch(left.code, right.code) }
  }
}
