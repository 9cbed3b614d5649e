import Testing
import TopUpCore

@Suite struct PartialDeliveryTests {
  @Test(
    arguments: [
      (2500, 100, 100, 0), (2500, 100, 0, 2500), (2500, 100, 75, 625), (2500, 3, 2, 834),
      (2500, 3, 1, 1667), (1, 1_000_000, 999_999, 1), (2500, 100, 101, 0),
    ] as [(Int64, Int128, Int128, Int64)])
  func `what never came is paid back, rounded up`(
    paid: Int64, ordered: Int128, delivered: Int128, refund: Int64
  ) throws {
    let owed = try PartialDelivery.refund(
      of: Money(minorUnits: paid, .usd), ordered: Planck(ordered), delivered: Planck(delivered))
    #expect(owed == Money(minorUnits: refund, .usd))
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `the refund is never more than was paid`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let paid = Money(minorUnits: generator.spread(upTo: 99_999_999), .usd)
      let ordered = Planck(Int128(generator.spread(upTo: .max)))
      let delivered = Planck(Int128.random(in: 0...ordered.units, using: &generator))
      let owed = try PartialDelivery.refund(of: paid, ordered: ordered, delivered: delivered)
      #expect((0...paid.minorUnits).contains(owed.minorUnits))
      #expect((owed.minorUnits == 0) == (delivered == ordered))
    }
  }

  @Test func `what does not fit is an error`() {
    #expect(throws: ConversionError.overflow) {
      _ = try PartialDelivery.refund(
        of: Money(minorUnits: .max, .usd), ordered: Planck(.max), delivered: .zero)
    }
    #expect(throws: ConversionError.notPositive) {
      _ = try PartialDelivery.refund(
        of: Money(minorUnits: 0, .usd), ordered: .cere, delivered: .zero)
    }
  }
}
