import Testing
import TopUpCore

/// Rules that hold for all amounts, tried on seeded random ones.
@Suite struct ConversionPropertyTests {
  static let currencies: [Currency] = [.usd, .eur, .jpy]

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `splitting a purchase in n parts loses less than n planck`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let currency = try #require(Self.currencies.randomElement(using: &generator))
      let rate = try #require(Rate(nanoPerCERE: generator.spread(upTo: 1 << 50), currency))
      let parts = (0..<Int.random(in: 2...9, using: &generator)).map { _ in
        Money(minorUnits: generator.spread(upTo: 1 << 40), currency)
      }
      let total = Money(minorUnits: parts.reduce(0) { $0 + $1.minorUnits }, currency)
      let apart = try parts.reduce(0 as Int128) { try $0 + rate.tokens(for: $1).units }
      let lost = try rate.tokens(for: total).units - apart
      #expect((0..<Int128(parts.count)).contains(lost))
    }
  }
}
