package import TopUpCore

/// What each tenant sells credits for, as a deployment says it (docs/OPERATIONS.md).
package struct PriceBook: Sendable, Hashable {
  private var lists: [String: PriceList] = [:]

  package init() {}

  package var isEmpty: Bool { lists.isEmpty }

  /// An empty list where a tenant has none.
  package func list(of tenant: String) -> PriceList { lists[tenant] ?? PriceList() }

  /// - Parameter text: such as `console:USD:100,console:EUR:110`: for each tenant and currency its
  ///   credits for one minor unit.
  /// - Throws: the item that is wrong, and why.
  package mutating func addRates(_ text: String) throws(PriceFault) {
    for item in text.split(separator: ",") {
      let fields = item.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, !fields[0].isEmpty else {
        throw PriceFault(item, "is not tenant:CURRENCY:credits-per-minor-unit")
      }
      guard let currency = Currency(code: String(fields[1])) else {
        throw PriceFault(item, "\(fields[1]) is no currency that is charged in")
      }
      guard let units = Int128(fields[2]),
        let rate = PriceList.Rate(currency, creditsPerMinorUnit: units)
      else {
        throw PriceFault(item, "must be a whole number above zero that the highest charge can buy")
      }
      let tenant = String(fields[0])
      var list = list(of: tenant)
      guard list.add(rate) else {
        throw PriceFault(item, "is a second rate of \(tenant) for \(currency.code)")
      }
      lists[tenant] = list
    }
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
