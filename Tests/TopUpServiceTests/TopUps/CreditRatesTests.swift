import Testing
import TopUpCore

@testable import TopUpService

@Suite struct CreditRatesTests {
  @Test(arguments: ["acme:USD:100", "acme:usd:100", "acme:Usd:100"])
  func `a rate is found however its currency is spelt`(_ text: String) throws {
    let rates = try #require(CreditRates(text))
    #expect(rates.credits(for: Money(minorUnits: 3, .usd), tenant: "acme") == 300)
    #expect(rates.credits(for: Money(minorUnits: 3, .eur), tenant: "acme") == nil)
  }
}
