package import TopUpCore

/// What each tenant sells credits for, as a deployment says it (docs/OPERATIONS.md).
package struct PriceBook: Sendable, Hashable {
  private var lists: [ExactText: PriceList] = [:]

  package init() {}

  /// Tells two books apart.
  package var digest: [UInt8] {
    var digest = RequestDigest("prices")
    for (tenant, list) in lists.sorted(by: { $0.key.text < $1.key.text }) {
      digest.add("tenant")
      digest.add(tenant.text)
      for rate in list.rates {
        digest.add("rate")
        digest.add("\(rate.currency.code) \(rate.creditsPerMinorUnit)")
      }
      for tier in list.tiers {
        digest.add("tier")
        digest.add(tier.name)
        digest.add("\(tier.price) \(tier.credits) \(tier.bonus)")
      }
    }
    return digest.finish()
  }

  /// An empty list where a tenant has none.
  package func list(of tenant: String) -> PriceList { lists[ExactText(tenant)] ?? PriceList() }

  /// - Parameter text: such as `console:USD:100,console:EUR:110`: for each tenant and currency its
  ///   credits for one minor unit.
  /// - Throws: the item that is wrong, and why.
  package mutating func addRates(_ text: String) throws(PriceFault) {
    for item in Self.items(text) {
      let fields = item.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, Self.isTenant(fields[0]) else {
        throw PriceFault(item, "is not tenant:CURRENCY:credits-per-minor-unit")
      }
      guard let currency = Currency(code: String(fields[1])) else {
        throw PriceFault(item, "\(fields[1]) is no currency that is charged in")
      }
      guard let units = Int128(fields[2]),
        let rate = PriceList.Rate(currency, creditsPerMinorUnit: units)
      else {
        throw PriceFault(
          item,
          "must be a whole number above zero, by which the highest charge buys 2^96 units at most")
      }
      let tenant = String(fields[0])
      var list = list(of: tenant)
      guard list.add(rate) else {
        throw PriceFault(item, "is a second rate of \(tenant) for \(currency.code)")
      }
      lists[ExactText(tenant)] = list
    }
  }

  /// - Parameter text: such as `console:starter:EUR:200:1000,console:plus:EUR:1000:10000+500`: for
  ///   each tenant and name a price in minor units of a currency, and the credits that it buys with
  ///   what comes on top.
  /// - Throws: the item that is wrong, and why.
  package mutating func addTiers(_ text: String) throws(PriceFault) {
    for item in Self.items(text) {
      let fields = item.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 5, Self.isTenant(fields[0]), Self.isName(fields[1]) else {
        throw PriceFault(
          item, "is not tenant:NAME:CURRENCY:minor-units:credits or …:credits+bonus")
      }
      guard let currency = Currency(code: String(fields[2])) else {
        throw PriceFault(item, "\(fields[2]) is no currency that is charged in")
      }
      let grant = fields[4].split(
        separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
      guard let minorUnits = Int64(fields[3]), let credits = Int128(grant[0]),
        let bonus = grant.count == 1 ? 0 : Int128(grant[1]), grant.count == 1 || bonus > 0,
        let tier = PriceTier(
          String(fields[1]), price: Money(minorUnits: minorUnits, currency), credits: credits,
          bonus: bonus)
      else {
        let least = Money(minorUnits: currency.chargeMinorUnitsMin, currency)
        let most = Money(minorUnits: Money.chargeMinorUnitsMax, currency)
        throw PriceFault(
          item,
          "needs a price from \(least) to \(most) in minor units, and whole credits above zero, "
            + "2^96 at most with what comes on top")
      }
      let tenant = String(fields[0])
      var list = list(of: tenant)
      guard list.add(tier) else {
        throw PriceFault(
          item, "is a second tier \(tier.name) of \(tenant) in \(currency.code)")
      }
      lists[ExactText(tenant)] = list
    }
  }

  /// Between commas, without the blanks that follow them.
  private static func items(_ text: String) -> [Substring] {
    text.split(separator: ",").map { item in
      let start = item.drop { $0 == " " }
      return start.dropLast(start.reversed().prefix { $0 == " " }.count)
    }
  }

  /// As a caller can name it, and without blanks at its ends, which nobody sees.
  private static func isTenant(_ text: Substring) -> Bool {
    let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    return 1...128 ~= text.utf8.count && isPrintable && text.first != " " && text.last != " "
  }

  /// As a field of a rule can name it: no blanks, no control characters.
  private static func isName(_ text: Substring) -> Bool {
    1...64 ~= text.utf8.count && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}

/// What is wrong with an item of a setting.
package struct PriceFault: Error, Hashable, CustomStringConvertible {
  package let item: String
  package let problem: String

  init(_ item: Substring, _ problem: String) {
    self.item = String(item)
    self.problem = problem
  }

  package var description: String { "\(item): \(problem)" }
}
