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

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `the cost of a target buys it, and one minor unit less does not`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let currency = try #require(Self.currencies.randomElement(using: &generator))
      let rate = try #require(Rate(nanoPerCERE: generator.spread(upTo: 1 << 50), currency))
      let target = Planck(Int128(generator.spread(upTo: .max)) * Int128(generator.spread(upTo: 11)))
      let cost = try rate.cost(of: target)
      #expect(try rate.tokens(for: cost) >= target)
      let less = Money(minorUnits: cost.minorUnits - 1, currency)
      #expect(try rate.tokens(for: less) < target)
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `the least gross leaves the net asked for, and one minor unit less does not`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let fees = try #require(
        FeeSchedule(
          basisPoints: Int64.random(in: 0..<10_000, using: &generator),
          fixedMinorUnits: generator.spread(upTo: 10_000) - 1))
      let net = Money(minorUnits: generator.spread(upTo: 1 << 45), .usd)
      let gross = try fees.gross(leaving: net)
      #expect(try fees.net(of: gross).minorUnits >= net.minorUnits)
      let less = Money(minorUnits: gross.minorUnits - 1, .usd)
      #expect(((try? fees.net(of: less))?.minorUnits ?? 0) < net.minorUnits)
    }
  }

  /// Against an arithmetic of its own: twice the width, by splitting the factors.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `a conversion is exact or an error for any input at all`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var overflows = 0
    for _ in 0..<2000 {
      let nano = generator.spread(upTo: .max)
      let rate = try #require(Rate(nanoPerCERE: nano, .usd))
      let shift = Int128.random(in: 0...64, using: &generator)
      let target = Planck((Int128(generator.spread(upTo: .max)) << shift) & .max)
      let product = target.units.multipliedFullWidth(by: Int128(nano))
      let scale: Int128 = 100_000_000_000_000_000
      // The cost fits 63 bits exactly when the product is at most (2^63 - 1) × 10^17.
      let fits =
        product.high == 0 && product.low <= UInt128(Int64.max) * UInt128(scale)
      let cost = try? rate.cost(of: target)
      #expect((cost != nil) == fits)
      guard let cost else {
        overflows += 1
        continue
      }
      let charged = UInt128(cost.minorUnits) * UInt128(scale)
      #expect(charged >= product.low && charged - product.low < UInt128(scale))
    }
    #expect((1..<2000).contains(overflows))
  }
}
