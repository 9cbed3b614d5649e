/// What one tenant sells its users' credits for: what an operator set, whole, so that a decision can
/// be made again from its record (invariant 1). Integers alone (invariant 23).
package struct PriceList: Sendable, Hashable {
  /// Credits at a fixed rate.
  package struct Rate: Sendable, Hashable {
    package let currency: Currency
    /// Smallest units of credits for one minor unit of the currency; above zero.
    package let creditsPerMinorUnit: Int128

    /// - Returns: nil for a rate of nothing, and for one by which the highest charge would buy more
    ///   than an amount can be.
    package init?(_ currency: Currency, creditsPerMinorUnit: Int128) {
      guard creditsPerMinorUnit > 0,
        creditsPerMinorUnit <= Int128.max / Int128(Money.chargeMinorUnitsMax)
      else { return nil }
      self.currency = currency
      self.creditsPerMinorUnit = creditsPerMinorUnit
    }

    /// What an amount buys; nil where that is more than an amount can be.
    package func credits(for minorUnits: Int64) -> Int128? {
      let (credits, overflow) = creditsPerMinorUnit.multipliedReportingOverflow(
        by: Int128(minorUnits))
      return overflow ? nil : credits
    }

    /// The least that buys so many credits, or more: what is bought closes the whole gap.
    ///
    /// - Returns: 0 for none; the highest `Int64` where it costs more, which nobody can be charged.
    package func cost(of credits: Int128) -> Int64 {
      guard credits > 0 else { return 0 }
      return Int64(clamping: (credits - 1) / creditsPerMinorUnit + 1)
    }
  }

  /// By currency, each once.
  package private(set) var rates: [Rate] = []

  package init() {}

  /// The rule that a list follows: one rate for a currency.
  ///
  /// - Returns: false where there is one already; nothing changes then.
  package mutating func add(_ rate: Rate) -> Bool {
    guard self.rate(rate.currency) == nil else { return false }
    rates.append(rate)
    return true
  }

  package func rate(_ currency: Currency) -> Rate? {
    rates.first { $0.currency == currency }
  }
}

/// Why a tenant's list has no price for what a rule wants.
package enum PriceGap: Sendable, Hashable {
  /// No rate for credits in a currency.
  case rate(tenant: String, Currency)
}

extension PriceGap: CustomStringConvertible {
  /// For the operator who can set it.
  package var description: String {
    switch self {
    case .rate(let tenant, let currency):
      "tenant \(tenant) has no rate for credits in \(currency.code): an operator sets it "
        + "(TOPUP_CREDIT_RATES)"
    }
  }
}
