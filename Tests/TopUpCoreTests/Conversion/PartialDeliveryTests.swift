import Testing
import TopUpCore

@Suite struct PartialDeliveryTests {
  @Test(
    arguments: [
      (2500, 100, 0, 0), (2500, 100, 100, 2500), (2500, 100, 25, 625), (2500, 3, 1, 834),
      (2500, 3, 2, 1667), (1, 1_000_000, 1, 1), (0, 100, 50, 0),
    ] as [(Int64, Int128, Int128, Int64)])
  func `what never came is paid back, rounded up`(
    paid: Int64, ordered: Int128, missing: Int128, refund: Int64
  ) {
    let owed = PartialDelivery.undelivered(
      of: paid, ordered: Planck(ordered), missing: Planck(missing))
    #expect(owed == refund)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `never less than the undelivered share, and more by less than a unit (24)`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let paid = generator.spread(upTo: 99_999_999)
      let ordered = Int128(generator.spread(upTo: .max))
      let missing = Int128.random(in: 0...ordered, using: &generator)
      let owed = Int128(
        PartialDelivery.undelivered(of: paid, ordered: Planck(ordered), missing: Planck(missing)))
      #expect(owed * ordered >= Int128(paid) * missing)
      #expect((owed - 1) * ordered < Int128(paid) * missing)
    }
  }

  @Test func `the largest amounts there are fit`() {
    let all = Planck(.max)
    #expect(PartialDelivery.undelivered(of: .max, ordered: all, missing: all) == .max)
  }
}
