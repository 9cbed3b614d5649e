/// An amount of fiat money in whole minor units; no float makes one (invariant 23).
package struct Money: Hashable, Sendable {
  package let minorUnits: Int64
  package let currency: Currency

  package init(minorUnits: Int64, _ currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// The most a card can be charged at once, in minor units (Stripe docs: eight digits).
  package static let chargeMinorUnitsMax: Int64 = 99_999_999
}

extension Money: CustomStringConvertible {
  /// With its currency, such as `25.00 USD`.
  package var description: String {
    "\(Decimal.text(Int128(minorUnits), exponent: currency.exponent, trimming: false)) "
      + currency.code
  }
}

/// Decimal text of integers that count small units.
package enum Decimal {
  /// - Parameters:
  ///   - units: the count of the smallest unit.
  ///   - exponent: how many digits stand after the point.
  ///   - trimming: whether trailing zeros after the point are left out.
  package static func text(_ units: Int128, exponent: Int, trimming: Bool) -> String {
    // Digits from the last to the first, as bytes: amounts stand in every explanation, and characters
    // took most of a decision's time.
    let capacity = max(maxDigits, exponent + 1) + 2
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
      var rest = units.magnitude
      var first = capacity
      var count = 0
      func put(_ byte: UInt8) {
        first -= 1
        unsafe buffer[first] = byte
      }
      while rest > 0 || count <= exponent {
        let digit = takeDigit(&rest)
        count += 1
        let isTrailing = count <= exponent && first == capacity && digit == 0
        if !(isTrailing && trimming) { put(UInt8(ascii: "0") + digit) }
        if count == exponent, first < capacity { put(UInt8(ascii: ".")) }
      }
      if units < 0 { put(UInt8(ascii: "-")) }
      return unsafe String(
        decoding: UnsafeBufferPointer(rebasing: buffer[first..<capacity]), as: UTF8.self)
    }
  }

  /// Of 2^127.
  private static let maxDigits = 39

  /// The last digit; numbers of 64 bits, which most are, are divided by the processor itself.
  private static func takeDigit(_ rest: inout UInt128) -> UInt8 {
    if let word = UInt64(exactly: rest) {
      rest = UInt128(word / 10)
      return UInt8(word % 10)
    }
    let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
    rest = quotient
    return UInt8(digit)
  }
}
