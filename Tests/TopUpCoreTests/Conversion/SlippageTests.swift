import Testing
import TopUpCore

@Suite struct SlippageTests {
  @Test(
    arguments: [
      (200, 10_000, 9_800, true), (200, 10_000, 9_799, false), (200, 10_000, 20_000, true),
      (0, 7, 7, true), (0, 7, 6, false), (10_000, 7, 0, true), (200, 0, 0, true),
      // 98 % of 101 is 98.98: 98 is less than that.
      (200, 101, 99, true), (200, 101, 98, false),
    ] as [(Int64, Int128, Int128, Bool)])
  func `at least the agreed share is accepted`(
    basisPoints: Int64, old: Int128, new: Int128, accepted: Bool
  ) throws {
    let slippage = try #require(Slippage(basisPoints: basisPoints))
    #expect(slippage.accepts(Planck(new), insteadOf: Planck(old)) == accepted)
  }

  @Test func `the greatest amounts are compared exactly`() {
    let most = Planck(.max)
    let share = Planck(.max / 10_000 * 9_800)
    #expect(Slippage.standard.accepts(most, insteadOf: most))
    #expect(!Slippage.standard.accepts(share, insteadOf: most))
    #expect(Slippage.standard.accepts(Planck(share.units + 9_800), insteadOf: most))
  }

  @Test func `a share outside 0 to 10,000 is none`() {
    #expect(Slippage(basisPoints: -1) == nil)
    #expect(Slippage(basisPoints: 10_001) == nil)
    #expect(Slippage.standard == Slippage(basisPoints: 200))
  }
}
