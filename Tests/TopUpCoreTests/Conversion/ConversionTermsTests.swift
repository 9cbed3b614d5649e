import Testing
import TopUpCore

@Suite struct ConversionTermsTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let gross: Int64
    let rate: Int64
    let basisPoints: Int64
    let fixed: Int64
    let net: Int64
    let planck: Int128
  }

  static let table = [
    Case(
      testDescription: "A exact", gross: 2500, rate: 1_250_000, basisPoints: 0, fixed: 0,
      net: 2500, planck: 200_000_000_000_000),
    Case(
      testDescription: "B floor", gross: 2500, rate: 1_500_000, basisPoints: 0, fixed: 0,
      net: 2500, planck: 166_666_666_666_666),
    Case(
      testDescription: "C fees", gross: 2500, rate: 1_234_567, basisPoints: 150, fixed: 100,
      net: 2362, planck: 191_322_139_665_161),
    Case(
      testDescription: "D fees", gross: 10_000, rate: 1_500_000, basisPoints: 150, fixed: 100,
      net: 9750, planck: 650_000_000_000_000),
    Case(
      testDescription: "E one cent", gross: 1, rate: 1_500_000, basisPoints: 0, fixed: 0,
      net: 1, planck: 66_666_666_666),
    Case(
      testDescription: "F high rate", gross: 500, rate: 999_999_999, basisPoints: 0, fixed: 0,
      net: 500, planck: 50_000_000_050),
  ]

  @Test(arguments: table)
  func `an amount buys the tokens of the table`(row: Case) throws {
    let terms = try Self.terms(row.rate, .usd, row.basisPoints, row.fixed)
    let conversion = try terms.conversion(of: Money(minorUnits: row.gross, .usd))
    #expect(conversion.net.minorUnits == row.net)
    #expect(conversion.fee.minorUnits == row.gross - row.net)
    #expect(conversion.tokens.units == row.planck)
  }

  @Test func `case C's share of 37 and a half cents is rounded up, the fixed part added`() throws {
    let fees = try #require(FeeSchedule(basisPoints: 150, fixedMinorUnits: 100))
    #expect(try fees.fee(on: Money(minorUnits: 2500, .usd)).minorUnits == 138)
  }

  @Test func `case G: a target of 40 CERE costs five cents, and a card at least fifty`() throws {
    let terms = try Self.terms(1_234_567, .usd)
    let target = Planck(400_000_000_000)
    #expect(try terms.rate.cost(of: target) == Money(minorUnits: 5, .usd))
    #expect(throws: ConversionError.belowChargeMinimum(Money(minorUnits: 50, .usd))) {
      _ = try terms.conversion(reaching: target, raisingToChargeMinimum: false)
    }
    let raised = try terms.conversion(reaching: target, raisingToChargeMinimum: true)
    #expect(raised.gross == Money(minorUnits: 50, .usd))
    #expect(raised.tokens == (try terms.rate.tokens(for: Money(minorUnits: 50, .usd))))
  }

  @Test func `a currency without minor units converts by its own exponent`() throws {
    let terms = try Self.terms(150_000_000, .jpy)
    // 100 yen at 0.15 yen for one CERE.
    #expect(
      try terms.conversion(of: Money(minorUnits: 100, .jpy)).tokens.description
        == "666.6666666666 CERE")
    #expect(try terms.rate.cost(of: Planck(6_666_666_666_667)) == Money(minorUnits: 101, .jpy))
    #expect(try terms.rate.cost(of: Planck(6_666_666_666_666)) == Money(minorUnits: 100, .jpy))
  }

  @Test func `another currency than the rate's is refused`() throws {
    let terms = try Self.terms(1_250_000, .usd)
    #expect(throws: ConversionError.currencyMismatch("EUR", "USD")) {
      _ = try terms.conversion(of: Money(minorUnits: 2500, .eur))
    }
  }

  @Test(arguments: [0, -1, Int64.min])
  func `an amount of zero or less is refused`(minorUnits: Int64) throws {
    let terms = try Self.terms(1_250_000, .usd)
    #expect(throws: ConversionError.notPositive) {
      _ = try terms.conversion(of: Money(minorUnits: minorUnits, .usd))
    }
  }

  @Test(arguments: [(100, 0, 100), (99, 1, 100), (100, 150, 102)] as [(Int64, Int64, Int64)])
  func `a fee that leaves nothing is refused`(
    fixed: Int64, basisPoints: Int64, fee: Int64
  ) throws {
    let terms = try Self.terms(1_250_000, .usd, basisPoints, fixed)
    let gross = Money(minorUnits: 100, .usd)
    let error = ConversionError.feeTakesAll(fee: Money(minorUnits: fee, .usd))
    #expect(throws: error) { _ = try terms.fees.net(of: gross) }
    #expect(throws: error) { _ = try terms.conversion(of: gross) }
    #expect(try terms.fees.net(of: Money(minorUnits: 103, .usd)).minorUnits >= 1)
  }

  @Test func `an amount that buys less than one planck is refused`() throws {
    let terms = try Self.terms(.max, .usd)
    #expect(try terms.conversion(of: Money(minorUnits: 93, .usd)).tokens == Planck(1))
    #expect(throws: ConversionError.buysNothing) {
      _ = try terms.conversion(of: Money(minorUnits: 92, .usd))
    }
  }

  @Test func `a target of nothing, or above what a card can be charged, is refused`() throws {
    let terms = try Self.terms(1_000_000_000, .usd)
    #expect(throws: ConversionError.notPositive) {
      _ = try terms.conversion(reaching: .zero, raisingToChargeMinimum: true)
    }
    // At one dollar for one CERE a card buys 999,999.99 CERE at most.
    let most = Planck(9_999_999_900_000_000)
    #expect(
      try terms.conversion(reaching: most, raisingToChargeMinimum: true).gross.minorUnits
        == 99_999_999)
    #expect(
      throws: ConversionError.aboveChargeMaximum(Money(minorUnits: 99_999_999, .usd))
    ) {
      _ = try terms.conversion(
        reaching: Planck(most.units + 1), raisingToChargeMinimum: true)
    }
  }

  @Test func `what does not fit is an error, never another number`() throws {
    let dear = try #require(Rate(nanoPerCERE: .max, .usd))
    #expect(throws: ConversionError.overflow) { _ = try dear.cost(of: Planck(.max)) }
    #expect(throws: ConversionError.overflow) {
      _ = try #require(Rate(nanoPerCERE: 1_000_000_000_000, .usd)).cost(
        of: Planck(100_000_000_000_000_000_000_000_000))
    }
    let fees = try #require(FeeSchedule(basisPoints: 9_999, fixedMinorUnits: .max))
    #expect(throws: ConversionError.overflow) {
      _ = try fees.fee(on: Money(minorUnits: 1, .usd))
    }
    #expect(throws: ConversionError.overflow) {
      _ = try fees.gross(leaving: Money(minorUnits: 1, .usd))
    }
    // The other direction has room for every amount there is.
    let cheap = try #require(Rate(nanoPerCERE: 1, .jpy))
    #expect(
      try cheap.tokens(for: Money(minorUnits: .max, .jpy)).decimal
        == "92233720368547758070000000000000000000")
  }

  @Test func `terms outside their ranges are no terms`() {
    #expect(FeeSchedule(basisPoints: 10_000, fixedMinorUnits: 0) == nil)
    #expect(FeeSchedule(basisPoints: -1, fixedMinorUnits: 0) == nil)
    #expect(FeeSchedule(basisPoints: 0, fixedMinorUnits: -1) == nil)
    #expect(Rate(nanoPerCERE: 0, .usd) == nil)
    #expect(Rate(nanoPerCERE: -1, .usd) == nil)
  }

  static func terms(
    _ rate: Int64, _ currency: Currency, _ basisPoints: Int64 = 0, _ fixed: Int64 = 0
  ) throws -> ConversionTerms {
    ConversionTerms(
      fees: try #require(FeeSchedule(basisPoints: basisPoints, fixedMinorUnits: fixed)),
      rate: try #require(Rate(nanoPerCERE: rate, currency)))
  }
}
