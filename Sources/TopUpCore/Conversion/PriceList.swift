/// What one tenant sells its users' credits for: what an operator set, whole, so that a decision can
/// be made again from its record (invariant 1). Integers alone (invariant 23).
package struct PriceList: Sendable, Hashable {
  /// The most that one purchase grants, 2^96 units: billions of them fit into a balance.
  package static let grantMax: Int128 = 1 << 96

  /// Credits at a fixed rate.
  package struct Rate: Sendable, Hashable {
    package let currency: Currency
    /// Smallest units of credits for one minor unit of the currency; above zero.
    package let creditsPerMinorUnit: Int128

    /// - Returns: nil for a rate of nothing, and for one by which the highest charge would buy more
    ///   than ``PriceList/grantMax``.
    package init?(_ currency: Currency, creditsPerMinorUnit: Int128) {
      guard creditsPerMinorUnit > 0,
        creditsPerMinorUnit <= grantMax / Int128(Money.chargeMinorUnitsMax)
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
  /// As they were set; a name stands once in each currency.
  package private(set) var tiers: [PriceTier] = []

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

  /// - Returns: false where a tier of this name is sold in its currency already; nothing changes
  ///   then.
  package mutating func add(_ tier: PriceTier) -> Bool {
    guard self.tier(tier.name, tier.price.currency) == nil else { return false }
    tiers.append(tier)
    return true
  }

  package func tier(_ name: String, _ currency: Currency) -> PriceTier? {
    tiers.first { $0.name == name && $0.price.currency == currency }
  }

  /// The tier that somebody means.
  ///
  /// - Parameter currency: may be left out where the tier is sold in one alone.
  package func tier(named name: String, in currency: Currency?) throws(TierFault) -> PriceTier {
    let named = tiers.filter { $0.name == name }
    guard let first = named.first else { throw .unknown(name, known: names) }
    let currencies = named.map(\.price.currency)
    if let currency {
      guard let tier = tier(name, currency) else { throw .notSold(name, in: currencies) }
      return tier
    }
    guard named.count == 1 else { throw .ambiguous(name, in: currencies) }
    return first
  }

  /// Of its tiers, each once.
  package var names: [String] {
    tiers.reduce(into: []) { if !$0.contains($1.name) { $0.append($1.name) } }
  }
}

/// Why a name stands for no tier of a list.
package enum TierFault: Error, Sendable, Hashable {
  case unknown(String, known: [String])
  case notSold(String, in: [Currency])
  case ambiguous(String, in: [Currency])

  /// Whether another currency, and not another name, mends it.
  package var isOfCurrency: Bool {
    switch self {
    case .unknown: false
    case .notSold, .ambiguous: true
    }
  }
}

extension TierFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknown(let name, let known):
      known.isEmpty
        ? "\"\(name.cut(toBytes: 64))\" is no tier: the price list has none"
        : "\"\(name.cut(toBytes: 64))\" is no tier of the price list; there are: "
          + known.joined(separator: ", ")
    case .notSold(let name, let currencies):
      "tier \(name) is sold in \(Self.text(currencies)) alone"
    case .ambiguous(let name, let currencies):
      "is required: tier \(name) is sold in \(Self.text(currencies))"
    }
  }

  private static func text(_ currencies: [Currency]) -> String {
    currencies.map(\.code).joined(separator: ", ")
  }
}

/// Why a tenant's list has no price for what a rule wants.
package enum PriceGap: Sendable, Hashable {
  /// No rate for credits in a currency.
  case rate(tenant: String, Currency)
  /// No tier of this name in a currency: it was there when the rule was set.
  case tier(String, tenant: String, Currency, known: [String])
}

extension PriceGap: CustomStringConvertible {
  /// For the operator who can set it.
  package var description: String {
    switch self {
    case .rate(let tenant, let currency):
      "tenant \(tenant) has no rate for credits in \(currency.code): an operator sets it "
        + "(TOPUP_CREDIT_RATES)"
    case .tier(let name, let tenant, let currency, let known):
      "tenant \(tenant) has no tier \(name) in \(currency.code) any more; there are: "
        + "\(known.isEmpty ? "none" : known.joined(separator: ", ")): the rule names another, or an "
        + "operator sets it (TOPUP_CREDIT_TIERS)"
    }
  }
}
