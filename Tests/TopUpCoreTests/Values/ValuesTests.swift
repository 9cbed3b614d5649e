import Testing
import TopUpCore

@Suite struct DecimalTests {
  @Test(arguments: [
    (Int128(2500), 2, false, "25.00"), (5, 2, false, "0.05"), (0, 2, false, "0.00"),
    (-5, 2, false, "-0.05"), (-2500, 2, true, "-25"), (50, 0, false, "50"),
    (-50, 0, true, "-50"), (125_000_000_000, 10, true, "12.5"), (1, 10, true, "0.0000000001"),
    (0, 10, true, "0"), (10_000_000_000, 10, false, "1.0000000000"),
    (100_000_000_000, 10, true, "10"),
    (.max, 10, true, "17014118346046923173168730371.5884105727"),
    (.min, 0, false, "-170141183460469231731687303715884105728"),
  ])
  func `digits are placed, never rounded`(
    units: Int128, exponent: Int, trimming: Bool, text: String
  ) {
    #expect(Decimal.text(units, exponent: exponent, trimming: trimming) == text)
  }

  @Test func `money shows all its digits and its currency`() {
    #expect(Sample.usd(2500).description == "25.00 USD")
    #expect(Money(minorUnits: 2500, .jpy).description == "2500 JPY")
    #expect(Planck(1_125_000_000).description == "0.1125 CERE")
    #expect(Planck.zero.description == "0 CERE")
  }
}

@Suite struct PlanckTests {
  @Test(arguments: [
    ("0", Int128(0)), ("1", 1), ("10000000000", 10_000_000_000),
    ("999999999999999999", 999_999_999_999_999_999),
    ("1000000000000000000", 1_000_000_000_000_000_000),
    ("9999999999999999999", 9_999_999_999_999_999_999),
    ("170141183460469231731687303715884105727", .max),
  ])
  func `decimal digits are read, and written the same`(text: String, units: Int128) throws {
    let planck = try #require(Planck(decimal: text))
    #expect(planck.units == units)
    #expect(planck.decimal == text)
  }

  @Test(arguments: [
    "", " ", "00", "01", "-1", "+1", "1 ", " 1", "1.0", "1e3", "0x1", "1_000", "1,000", "a",
    "\u{0661}", "\u{FF11}", "1\u{0}", "170141183460469231731687303715884105728",
    "340282366920938463463374607431768211455", "1000000000000000000000000000000000000000",
  ])
  func `any other shape is refused, whatever a lenient reader makes of it`(text: String) {
    #expect(Planck(decimal: text) == nil)
  }

  @Test func `a negative amount is our own bug`() async {
    await #expect(processExitsWith: .failure) { _ = Planck(-1) }
  }
}

@Suite struct UnixTimeTests {
  @Test(arguments: [
    (Int64(0), Int64(0)), (999, 0), (1_000, 1), (-1, -1), (-1_000, -1), (-1_001, -2),
    (.max, 9_223_372_036_854_775), (.min, -9_223_372_036_854_776),
  ])
  func `seconds round towards the past`(milliseconds: Int64, seconds: Int64) {
    #expect(UnixTime(milliseconds: milliseconds).seconds == seconds)
  }

  @Test func `spans move a moment both ways, down to the millisecond`() {
    let moment = UnixTime(seconds: 100)
    #expect(moment.advanced(by: .milliseconds(1)).milliseconds == 100_001)
    #expect(moment.advanced(by: .milliseconds(-1)).milliseconds == 99_999)
    #expect(moment.advanced(by: .seconds(-200)).milliseconds == -100_000)
    #expect(moment.since(UnixTime(seconds: 101)) == .seconds(-1))
  }

  @Test func `sums stay at the ends of the clock`() {
    let last = UnixTime(milliseconds: .max)
    let first = UnixTime(milliseconds: .min)
    #expect(last.advanced(by: .milliseconds(1)) == last)
    #expect(first.advanced(by: .milliseconds(-1)) == first)
    #expect(UnixTime(seconds: 0).advanced(by: .seconds(Int64.max)) == last)
    #expect(UnixTime(seconds: 0).advanced(by: .seconds(Int64.min)) == first)
    let nearly = Duration.seconds(9_223_372_036_854_775) + .milliseconds(900)
    #expect(UnixTime(seconds: 0).advanced(by: nearly) == last)
    #expect(UnixTime(seconds: .max) == last)
    #expect("\(first)".hasSuffix(".192Z") && "\(last)".hasSuffix(".807Z"))
    #expect(UnixTime(seconds: .min) == first)
    #expect(last.since(first) == .milliseconds(Int64.max))
    #expect(first.since(last) == .milliseconds(Int64.min))
  }

  @Test func `moments are ordered`() {
    #expect(UnixTime(milliseconds: 1) < UnixTime(milliseconds: 2))
  }
}
