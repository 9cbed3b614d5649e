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
  package init?(decimal text: some StringProtocol) {
    let digits = text.utf8
    guard !digits.isEmpty, digits.count <= 39, digits.count == 1 || digits.first != 0x30 else {
      return nil
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
