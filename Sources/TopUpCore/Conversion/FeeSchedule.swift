/// A fee: a share of the amount, rounded up, and a fixed part.
package struct FeeSchedule: Hashable, Sendable {
  /// Hundredths of a per cent, 0 to 9,999.
  package let basisPoints: Int64
  /// In minor units of the currency it is asked in, from zero up.
  package let fixedMinorUnits: Int64

  package static let none = FeeSchedule(checkedBasisPoints: 0, fixedMinorUnits: 0)

  /// A share of one, in basis points.
  static let whole: Int64 = 10_000

  /// - Returns: nil outside the ranges; at 10,000 basis points nothing would ever be left.
  package init?(basisPoints: Int64, fixedMinorUnits: Int64) {
    guard (0..<Self.whole).contains(basisPoints), fixedMinorUnits >= 0 else { return nil }
    self.init(checkedBasisPoints: basisPoints, fixedMinorUnits: fixedMinorUnits)
  }

  private init(checkedBasisPoints: Int64, fixedMinorUnits: Int64) {
    basisPoints = checkedBasisPoints
    self.fixedMinorUnits = fixedMinorUnits
  }

  /// `ceil(gross × bps / 10,000) + fixed`.
  ///
  /// Products of an Int64 and a share fit an `Int128` many times over.
  /// - Throws: ``ConversionError/notPositive`` for an amount of zero or less.
  package func fee(on gross: Money) throws(ConversionError) -> Money {
    guard gross.minorUnits > 0 else { throw .notPositive }
    let share = Exact.quotientUp(Int128(gross.minorUnits) * Int128(basisPoints), 10_000)
    return try Exact.money(share + Int128(fixedMinorUnits), gross.currency)
  }

  /// What is left of an amount after the fee; always above zero.
  ///
  /// - Throws: ``ConversionError/feeTakesAll(fee:)``, or what ``fee(on:)`` throws.
  package func net(of gross: Money) throws(ConversionError) -> Money {
    let fee = try fee(on: gross)
    guard fee.minorUnits < gross.minorUnits else { throw .feeTakesAll(fee: fee) }
    return Money(minorUnits: gross.minorUnits - fee.minorUnits, gross.currency)
  }

  /// The least amount of which at least `net` is left after the fee.
  ///
  /// With `g` for the amount, net is `floor(g × (10,000 − bps) / 10,000) − fixed`; this is at least
  /// the wanted figure exactly from `ceil((net + fixed) × 10,000 / (10,000 − bps))` up.
  package func gross(leaving net: Money) throws(ConversionError) -> Money {
    guard net.minorUnits > 0 else { throw .notPositive }
    let beforeShare = Int128(net.minorUnits) + Int128(fixedMinorUnits)
    return try Exact.money(
      Exact.quotientUp(beforeShare * Int128(Self.whole), Int128(Self.whole - basisPoints)),
      net.currency)
  }
}
