/// An offer of a tenant's price list: so many credits for a price, under a name.
package struct PriceTier: Sendable, Hashable {
  package let name: String
  package let price: Money
  /// In the tenant's smallest unit; above zero.
  package let credits: Int128
  /// What comes on top; zero or above.
  package let bonus: Int128

  /// - Returns: nil for one without a name, for a price that no card can be charged, and for one that
  ///   grants nothing or more than ``PriceList/grantMax``.
  package init?(_ name: String, price: Money, credits: Int128, bonus: Int128 = 0) {
    guard !name.isEmpty, credits > 0, bonus >= 0,
      price.currency.chargeMinorUnitsMin...Money.chargeMinorUnitsMax ~= price.minorUnits,
      credits <= PriceList.grantMax, bonus <= PriceList.grantMax - credits
    else { return nil }
    self.name = name
    self.price = price
    self.credits = credits
    self.bonus = bonus
  }

  /// What a purchase of it grants, pinned in the top-up with the decision (invariant 47).
  package var granted: Int128 { credits + bonus }
}

extension AccountKey {
  /// Whose price list counts: credits belong to their tenant, a charge for a ramp to its payer's.
  package func seller(to payer: Payer) -> String {
    switch self {
    case .credits(let credits): credits.tenant
    case .ddc: payer.tenant
    }
  }
}
