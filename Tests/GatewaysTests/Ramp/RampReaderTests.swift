import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct RampReaderTests {
  func quote(
    _ changes: [String: JSON?], side: QuoteRequest.Side = .fiat(StripeFixtures.usd25)
  ) throws -> Quote {
    let account = try #require(RampFixtures.account)
    return try RampReader.quote(
      JSON(parsing: RampFixtures.quote(changes).utf8),
      for: QuoteRequest(side: side, cluster: account.cluster))
  }

  @Test func `a quote is read whole`() throws {
    #expect(
      try quote([:])
        == Quote(
          id: QuoteID("q_1"), rateNano: 1_234_567, gross: StripeFixtures.usd25,
          fee: Money(minorUnits: 138, .usd), net: Money(minorUnits: 2362, .usd),
          tokens: Planck(191_322_139_665_161), created: UnixTime(milliseconds: 1_795_221_906_000),
          expires: UnixTime(milliseconds: 1_795_221_966_000)))
  }

  /// The table of the ramp contract's rounding: gross, rate, fee, planck.
  @Test(
    arguments: [
      (2500, 1_250_000, 0, "200000000000000"), (2500, 1_500_000, 0, "166666666666666"),
      (10000, 1_500_000, 250, "650000000000000"), (1, 1_500_000, 0, "66666666666"),
      (500, 999_999_999, 0, "50000000050"),
    ] as [(Int64, Int64, Int64, String)])
  func `tokens are the net amount at the rate, rounded down`(
    gross: Int64, rate: Int64, fee: Int64, planck: String
  ) throws {
    let side = QuoteRequest.Side.fiat(Money(minorUnits: gross, .usd))
    let changes: [String: JSON?] = [
      "gross_minor": .integer(gross), "rate_nano": .integer(rate), "fee_minor": .integer(fee),
      "net_minor": .integer(gross - fee), "planck": .string(planck),
    ]
    #expect(try quote(changes, side: side).tokens.decimal == planck)
    let more = Planck((try #require(Planck(decimal: planck))).units + 1).decimal
    #expect(throws: Unreadable.self) {
      try quote(changes.merging(["planck": .string(more)]) { $1 }, side: side)
    }
  }

  @Test func `a currency without a minor unit counts whole units`() throws {
    // 500 JPY at 0.19 JPY for one CERE.
    let quote = try quote(
      [
        "currency": "JPY", "gross_minor": 500, "fee_minor": 0, "net_minor": 500,
        "rate_nano": 190_000_000, "planck": "26315789473684",
      ], side: .fiat(Money(minorUnits: 500, .jpy)))
    #expect(quote.tokens == Planck(26_315_789_473_684))
  }

  static let wrong: [[String: JSON?]] = [
    ["net_minor": 2361], ["fee_minor": 137], ["fee_minor": -1], ["gross_minor": 2501],
    ["rate_nano": 0], ["rate_nano": -1], ["rate_nano": 1_234_568], ["planck": "0"],
    ["planck": nil], ["id": nil], ["currency": "EUR"], ["currency": "ZZZ"],
    ["expires_ms": 1_795_221_906_000], ["created_ms": nil],
    ["gross_minor": 2500, "fee_minor": 2500, "net_minor": 0, "planck": "0"],
    // It adds up, and buys nothing.
    ["rate_nano": 9_223_372_036_854_775_807, "fee_minor": 2499, "net_minor": 1, "planck": "0"],
  ]

  @Test(arguments: wrong)
  func `a quote that does not add up is no quote`(change: [String: JSON?]) {
    #expect(throws: Unreadable.self) { try quote(change) }
  }

  @Test func `a quote for tokens gives at least those`() throws {
    _ = try quote([:], side: .tokens(Planck(191_322_139_665_161), .usd))
    _ = try quote([:], side: .tokens(Planck(191_322_139_665_000), .usd))
    #expect(throws: Unreadable.self) {
      try quote([:], side: .tokens(Planck(191_322_139_665_162), .usd))
    }
    #expect(throws: Unreadable.self) { try quote([:], side: .tokens(Planck.cere, .eur)) }
  }

  // MARK: Capabilities

  static let capabilities: [(String, JSON)] = [
    ("currencies", ["USD", "EUR", "VND"]), ("min_planck", "10000000000"),
    ("max_planck", "1000000000000000"), ("fee_basis_points", 150),
    ("fee_fixed_minor", ["USD": 100, "EUR": 90]), ("quote_ttl_ms", 60_000),
    ("supports_cancel", true),
  ]

  func capabilities(_ changes: [String: JSON?]) throws -> RampCapabilities {
    try RampReader.capabilities(
      JSON(parsing: Answers.text(Self.capabilities, changes).utf8))
  }

  @Test func `capabilities are read, and currencies of no use left out`() throws {
    #expect(
      try capabilities([:])
        == RampCapabilities(
          currencies: [.usd, .eur], minimum: Planck.cere, maximum: Planck(1_000_000_000_000_000),
          feeBasisPoints: 150, feeFixedMinorUnits: [.usd: 100, .eur: 90],
          quoteLifetime: .seconds(60), supportsCancel: true))
  }

  @Test(
    arguments: [
      ["currencies": nil], ["min_planck": "1000000000000001"], ["fee_basis_points": 10_001],
      ["fee_fixed_minor": nil], ["fee_fixed_minor": ["USD": 100]], ["quote_ttl_ms": 0],
      ["supports_cancel": nil], ["max_planck": 5],
    ] as [[String: JSON?]])
  func `capabilities that cannot be relied on are none`(change: [String: JSON?]) {
    #expect(throws: Unreadable.self) { try capabilities(change) }
  }
}
