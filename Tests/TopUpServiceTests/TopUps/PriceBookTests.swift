import Testing
import TopUpCore

@testable import TopUpService

/// Prices as a deployment sets them.
@Suite struct PriceBookTests {
  private static func book(rates: String) throws -> PriceBook {
    var book = PriceBook()
    try book.addRates(rates)
    return book
  }

  @Test(arguments: ["acme:USD:100", "acme:usd:100", "acme:Usd:100"])
  func `a rate is found however its currency is spelt`(_ text: String) throws {
    let list = try Self.book(rates: text).list(of: "acme")
    #expect(list.rate(.usd)?.credits(for: 3) == 300)
    #expect(list.rate(.eur) == nil)
    #expect(try Self.book(rates: text).list(of: "other") == PriceList())
  }

  @Test(arguments: [
    "acme:USD", "acme:USD:1:2", ":USD:1", "acme:XYZ:1", "acme:USD:0", "acme:USD:-1",
    "acme:USD:1.5", "acme:USD:", "acme:USD:170141183460469231731687303715884105727",
  ])
  func `a rate that is no price is refused with its item named`(_ item: String) {
    let fault = #expect(throws: PriceFault.self) {
      try Self.book(rates: "acme:EUR:1,\(item)")
    }
    #expect(fault?.item == item)
  }

  @Test func `two rates for one currency are refused, for two currencies or tenants not`() throws {
    let fault = #expect(throws: PriceFault.self) {
      try Self.book(rates: "acme:USD:1,acme:usd:2")
    }
    #expect(fault?.description == "acme:usd:2: is a second rate of acme for USD")
    let book = try Self.book(rates: "acme:USD:1,acme:EUR:2,beta:USD:3")
    #expect(book.list(of: "acme").rate(.eur)?.creditsPerMinorUnit == 2)
    #expect(book.list(of: "beta").rate(.usd)?.creditsPerMinorUnit == 3)
  }
}
