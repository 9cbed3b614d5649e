import Testing
import TopUpCore

@Suite struct CapWindowTests {
  @Test func `a count and an amount both have to fit (7)`() {
    let both = Policy.Cap(count: 2, minorUnits: 100)
    #expect(Situation.window(both, count: 1, used: 60).fits(40))
    #expect(!Situation.window(both, count: 1, used: 60).fits(41))
    #expect(!Situation.window(both, count: 2, used: 0).fits(1))
  }

  @Test func `a cap that was lowered below what was used lets nothing through`() {
    #expect(!Situation.window(.init(minorUnits: 50), used: 60).fits(0))
    #expect(!Situation.window(.init(count: 1), count: 5).fits(1))
  }

  @Test func `a cap of nothing lets nothing through, no cap everything`() {
    #expect(!Situation.window(.init(minorUnits: 0)).fits(1))
    #expect(!Situation.window(.init(count: 0)).fits(1))
    #expect(Situation.window(.init(), count: .max, used: 10).fits(.max))
  }

  @Test func `a sum beyond the range does not wrap round into the cap`() {
    #expect(!Situation.window(.init(minorUnits: .max), used: .max).fits(1))
    #expect(Situation.window(.init(minorUnits: .max), used: .max - 1).fits(1))
  }
}
