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
    "acme:USD:1000000000000000000000000",
  ])
  func `a rate that is no price is refused with its item named`(_ item: String) {
    let fault = #expect(throws: PriceFault.self) {
      try Self.book(rates: "acme:EUR:1,\(item)")
    }
    #expect(fault?.item == item)
  }

  @Test func `a tier has its price, credits and bonus, in the order in which they were set`() throws
  {
    var book = PriceBook()
    try book.addTiers("acme:starter:EUR:200:1000,acme:plus:EUR:1000:10000+500,beta:plus:USD:99:1")
    let tiers = book.list(of: "acme").tiers
    #expect(tiers.map(\.name) == ["starter", "plus"])
    #expect(tiers.map(\.granted) == [1_000, 10_500])
    #expect(tiers.map(\.price.minorUnits) == [200, 1_000])
    #expect(tiers.last?.bonus == 500 && book.list(of: "beta").tiers.count == 1)
  }

  @Test(arguments: [
    "acme:plus:EUR:1000", "acme:plus:EUR:1000:1:1", ":plus:EUR:1000:1", "acme::EUR:1000:1",
    "acme:a b:EUR:1000:1", "acme:plus:XYZ:1000:1", "acme:plus:EUR:0:1", "acme:plus:EUR:49:1",
    "acme:plus:EUR:100000000:1", "acme:plus:EUR:10.5:1", "acme:plus:EUR:1000:0",
    "acme:plus:EUR:1000:1+", "acme:plus:EUR:1000:1+0", "acme:plus:EUR:1000:1+2+3",
    "acme:plus:EUR:9223372036854775808:1",
    "acme:plus:EUR:1000:170141183460469231731687303715884105727+1",
    "acme:plus:EUR:1000:79228162514264337593543950337",
    "acme:plus:EUR:1000:79228162514264337593543950336+1",
  ])
  func `a tier that nobody can buy is refused with its item named`(_ item: String) {
    var book = PriceBook()
    let fault = #expect(throws: PriceFault.self) {
      try book.addTiers("acme:starter:EUR:200:1000,\(item)")
    }
    #expect(fault?.item == item)
  }

  @Test func `a tier stands once in a currency`() throws {
    var book = PriceBook()
    let fault = #expect(throws: PriceFault.self) {
      try book.addTiers("acme:plus:EUR:200:1000,acme:plus:USD:200:900,acme:plus:eur:300:1")
    }
    #expect(fault?.description == "acme:plus:eur:300:1: is a second tier plus of acme in EUR")
  }

  @Test func `two books are told apart by anything that somebody pays or gets`() throws {
    let rates = [
      "", "acme:USD:1", "acme:USD:2", "acme:EUR:1", "beta:USD:1", "acme:USD:1,beta:USD:1",
    ]
    let tiers = [
      "", "acme:plus:USD:500:9", "acme:plus:USD:501:9", "acme:plus:EUR:500:9",
      "acme:plus:USD:500:8", "acme:plus:USD:500:9+1", "acme:more:USD:500:9",
    ]
    var digests: Set<[UInt8]> = []
    for rates in rates {
      for tiers in tiers {
        var book = try Self.book(rates: rates)
        try book.addTiers(tiers)
        digests.insert(book.digest)
      }
    }
    #expect(digests.count == rates.count * tiers.count)
    #expect(
      try Self.book(rates: "beta:USD:1,acme:USD:1").digest
        == Self.book(rates: "acme:USD:1,beta:USD:1").digest)
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
