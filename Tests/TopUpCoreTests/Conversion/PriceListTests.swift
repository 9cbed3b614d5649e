import Testing
import TopUpCore

/// What a tenant sells credits for: integers, and nobody is sold a fraction.
@Suite struct PriceListTests {
  private func rate(_ credits: Int128) throws -> PriceList.Rate {
    try #require(PriceList.Rate(.usd, creditsPerMinorUnit: credits))
  }

  @Test func `what closes a gap is rounded up to whole minor units (23)`() throws {
    let seven = try rate(7)
    for (gap, cost) in [(0, 0), (1, 1), (7, 1), (8, 2), (700, 100), (701, 101)] as [(Int128, Int64)]
    {
      #expect(seven.cost(of: gap) == cost, "\(gap)")
      #expect(try #require(seven.credits(for: cost)) >= gap)
    }
  }

  @Test func `what costs more than anybody can be charged says so, and ends no process`() throws {
    #expect(try rate(1).cost(of: .max) == .max)
    #expect(try rate(1).cost(of: .min) == 0)
    let highest = PriceList.grantMax / Int128(Money.chargeMinorUnitsMax)
    let dear = try rate(highest)
    #expect(dear.credits(for: Money.chargeMinorUnitsMax) != nil)
    #expect(dear.credits(for: .max) == nil)
    #expect(PriceList.Rate(.usd, creditsPerMinorUnit: highest + 1) == nil)
    #expect(PriceList.Rate(.usd, creditsPerMinorUnit: 0) == nil)
  }

  @Test func `a currency has one rate`() throws {
    var list = PriceList()
    #expect(list.add(try rate(2)) == true)
    #expect(list.add(try rate(3)) == false)
    #expect(list.rate(.usd)?.creditsPerMinorUnit == 2)
    #expect(list.rate(.eur) == nil)
  }
}
