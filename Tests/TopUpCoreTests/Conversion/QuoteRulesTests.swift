import Testing
import TopUpCore

@Suite struct QuoteRulesTests {
  static let good = Quote(
    id: QuoteID("q_1"), rateNano: 1_234_567, gross: Money(minorUnits: 2500, .usd),
    fee: Money(minorUnits: 138, .usd), net: Money(minorUnits: 2362, .usd),
    tokens: Planck(191_322_139_665_161), created: UnixTime(seconds: 1000),
    expires: UnixTime(seconds: 1060))

  @Test func `a quote whose figures agree has no fault`() {
    #expect(Self.good.fault == nil)
  }

  @Test func `each figure that does not agree is a fault of its own`() {
    expect(.currencies) { $0.fee = Money(minorUnits: 138, .eur) }
    expect(.currencies) { $0.net = Money(minorUnits: 2362, .eur) }
    expect(.amounts) { $0.fee = Money(minorUnits: 137, .usd) }
    expect(.amounts) { $0.gross = Money(minorUnits: 2499, .usd) }
    expect(.amounts) {
      $0.fee = Money(minorUnits: -1, .usd)
      $0.net = Money(minorUnits: 2501, .usd)
    }
    expect(.amounts) {
      $0.fee = $0.gross
      $0.net = Money(minorUnits: 0, .usd)
    }
    expect(.amounts) { $0.fee = Money(minorUnits: .max, .usd) }
    expect(.rate) { $0.rateNano = 0 }
    expect(.tokens) { $0.tokens = Planck($0.tokens.units + 1) }
    expect(.tokens) { $0.tokens = Planck($0.tokens.units - 1) }
    expect(.tokens) {
      $0.rateNano = .max
      $0.fee = Money(minorUnits: 2499, .usd)
      $0.net = Money(minorUnits: 1, .usd)
      $0.tokens = .zero
    }
    expect(.times) { $0.expires = $0.created }
  }

  @Test func `a quote stands until its end, less the time its use takes`() {
    let last = UnixTime(milliseconds: 1_059_999)
    #expect(Self.good.stands(at: last))
    #expect(!Self.good.stands(at: Self.good.expires))
    #expect(Self.good.stands(at: UnixTime(milliseconds: 1_029_999), for: .seconds(30)))
    #expect(!Self.good.stands(at: UnixTime(seconds: 1030), for: .seconds(30)))
    #expect(Self.good.stands(at: UnixTime(seconds: 990)))
    #expect(!Self.good.stands(at: UnixTime(milliseconds: .max), for: .seconds(30)))
  }

  private func expect(_ fault: Quote.Fault, change: (inout Quote) -> Void) {
    var quote = Self.good
    change(&quote)
    #expect(quote.fault == fault)
  }
}
