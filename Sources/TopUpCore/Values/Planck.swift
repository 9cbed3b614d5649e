/// An amount of CERE in planck, its smallest unit: 1 CERE = 10^10 planck.
///
/// On chain a u128; here an `Int128` from zero up, which the 10^20 planck that exist do not fill.
package struct Planck: Hashable, Comparable, Sendable {
  package let units: Int128

  /// - Precondition: not negative.
  package init(_ units: Int128) {
    precondition(units >= 0, "an amount of planck is never negative")
    self.units = units
  }

  /// Reads planck as the wire carries them: decimal digits only.
  ///
  /// - Parameter text: 1 to 39 digits, no sign, blank, exponent or leading zero.
  /// - Returns: nil on any other shape, and above 2^127 - 1.
  package init?(decimal text: some StringProtocol) { self.init(digits: text.utf8) }

  /// The same; apart, so that it is compiled for what amounts nearly always come in.
  package init?(decimal text: String) { self.init(digits: text.utf8) }

  private init?(digits: some Collection<UInt8>) {
    let count = digits.count
    guard count > 0, count <= 39, count == 1 || digits.first != 0x30 else { return nil }
    guard count > Self.wordDigits else {
      var value: Int64 = 0
      for digit in digits {
        guard digit >= 0x30, digit <= 0x39 else { return nil }
        value = value * 10 + Int64(digit - 0x30)
      }
      units = Int128(value)
      return
    }
    var value: Int128 = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int128(digit - 0x30))
      guard !overflow, !carried else { return nil }
      value = sum
    }
    units = value
  }

  /// So many decimal digits are a number of 64 bits, whichever they are.
  private static let wordDigits = 18

  /// One whole token.
  package static let cere = Planck(10_000_000_000)
  package static let zero = Planck(0)
  /// Decimal digits of a token.
  package static let exponent = 10

  package static func < (left: Self, right: Self) -> Bool { left.units < right.units }

  /// The planck as decimal digits.
  package var decimal: String { String(units) }
}

extension Planck: CustomStringConvertible {
  /// In tokens, such as `12.5 CERE`; never rounded up.
  package var description: String { Self.text(units) }

  /// A balance that may be below zero, where more is used than there is.
  static func text(_ units: Int128) -> String {
    Decimal.text(units, exponent: exponent, trimming: true) + " CERE"
  }
}
