import Testing
import TopUpCore

@Suite struct RateTests {
  @Test(
    arguments: [
      (2500, 1_250_000, 200_000_000_000_000),
      (2500, 1_500_000, 166_666_666_666_666),
      (2362, 1_234_567, 191_322_139_665_161),
      (9750, 1_500_000, 650_000_000_000_000),
      (1, 1_500_000, 66_666_666_666),
      (500, 999_999_999, 50_000_000_050),
    ] as [(Int64, Int64, Int128)])
  func `an amount buys the tokens of the table, rounded down`(
    net: Int64, rate: Int64, planck: Int128
  ) throws {
    let rate = try #require(Rate(nanoPerCERE: rate, .usd))
    #expect(try rate.tokens(for: Money(minorUnits: net, .usd)).units == planck)
  }

  @Test func `a currency without minor units converts by its own exponent`() throws {
    // 100 yen at 0.15 yen for one CERE.
    let rate = try #require(Rate(nanoPerCERE: 150_000_000, .jpy))
    #expect(
      try rate.tokens(for: Money(minorUnits: 100, .jpy)).description == "666.6666666666 CERE")
  }

  @Test func `every amount there is has room at every price`() throws {
    let cheap = try #require(Rate(nanoPerCERE: 1, .jpy))
    #expect(
      try cheap.tokens(for: Money(minorUnits: .max, .jpy)).decimal
        == "92233720368547758070000000000000000000")
  }

  @Test func `another currency, or less than nothing, is an error`() throws {
    let rate = try #require(Rate(nanoPerCERE: 1_500_000, .usd))
    #expect(throws: ConversionError.currencyMismatch("EUR", "USD")) {
      _ = try rate.tokens(for: Money(minorUnits: 2500, .eur))
    }
    #expect(throws: ConversionError.notPositive) {
      _ = try rate.tokens(for: Money(minorUnits: -1, .usd))
    }
  }

  @Test func `no price is zero or less`() {
    #expect(Rate(nanoPerCERE: 0, .usd) == nil)
    #expect(Rate(nanoPerCERE: -1, .usd) == nil)
  }
}
