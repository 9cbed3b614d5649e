/// How much less than first offered may be delivered without asking anyone.
package struct Slippage: Hashable, Sendable {
  /// Hundredths of a per cent, 0 to 10,000.
  package let basisPoints: Int64

  /// One, in basis points.
  private static let whole: Int64 = 10_000

  /// Two per cent: a fresh quote after an expiry passes, a jump of the price does not.
  package static let standard = Slippage(checked: 200)

  /// Not a planck less.
  package static let none = Slippage(checked: 0)

  /// - Returns: nil outside 0 to 10,000.
  package init?(basisPoints: Int64) {
    guard (0...Self.whole).contains(basisPoints) else { return nil }
    self.init(checked: basisPoints)
  }

  private init(checked basisPoints: Int64) { self.basisPoints = basisPoints }

  /// Whether `new × 10,000 ≥ old × (10,000 − bps)`, compared at full width, so that no amount
  /// overflows.
  package func accepts(_ new: Planck, insteadOf old: Planck) -> Bool {
    let offered = new.units.multipliedFullWidth(by: Int128(Self.whole))
    let least = old.units.multipliedFullWidth(by: Int128(Self.whole - basisPoints))
    return (offered.high, offered.low) >= (least.high, least.low)
  }
}
