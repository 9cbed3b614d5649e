extension Int64 {
  /// Rounded towards the past, unlike `/`.
  ///
  /// - Precondition: the divisor is above zero.
  func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// From zero up, unlike `%`.
  ///
  /// - Precondition: the divisor is above zero.
  func flooredRemainder(by divisor: Int64) -> Int64 {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}
