import Testing
import TopUpCore

/// How far a price may be from the last accepted one.
@Suite struct PriceBandTests {
  private static let now = Scene.start

  private static func price(
    _ rateNano: Int64 = 1_000_000, age: Duration = .zero
  ) -> AcceptedPrice {
    AcceptedPrice(
      currency: .usd, rateNano: rateNano, accepted: now.advanced(by: .zero - age),
      actor: "topupd", reason: "charged by tu_1", version: 1)
  }

  @Test(arguments: [
    (Int64(1_200_000), true), (1_200_001, false), (800_000, true), (799_999, false),
    (Int64.max, false), (1, false), (1_000_000, true),
  ])
  func `the band's ends are within it, on either side`(_ rate: Int64, _ fits: Bool) {
    let objection = PriceBand(percent: 20).objection(
      to: rate, against: Self.price(), at: Self.now)
    #expect((objection == nil) == fits, "\(String(describing: objection))")
  }

  @Test func `an objection has both prices, the distance and the band`() throws {
    let objection = try #require(
      PriceBand.standard.objection(to: 2_500_000, against: Self.price(1_250_000), at: Self.now))
    let words = "\(objection)"
    #expect(words.contains("offered at 0.0025 USD, 100 % off the 0.00125 USD accepted at"))
    #expect(words.contains("at most 20 %"))
  }

  @Test func `each whole day of age widens the band by itself, up to 90 per cent`() {
    let day = Duration.seconds(86_400)
    for (age, percent) in [
      (Duration.zero, Int64(20)), (day - .seconds(1), 20), (day, 40), (day * 3, 80),
      (day * 4, 90), (day * 400, 90), (.zero - day, 20),
    ] {
      #expect(PriceBand.standard.percent(around: Self.price(age: age), at: Self.now) == percent)
    }
    var ancient = Self.price()
    ancient.accepted = UnixTime(milliseconds: .min)
    #expect(PriceBand(percent: 90).percent(around: ancient, at: .max) == 90)
  }

  @Test func `a price stands for an hour before a top-up's replaces it`() {
    let band = PriceBand.standard
    #expect(band.replaces(nil, at: Self.now))
    #expect(!band.replaces(Self.price(age: .seconds(3_599)), at: Self.now))
    #expect(band.replaces(Self.price(age: .seconds(3_600)), at: Self.now))
  }

  @Test func `a band is 1 to 90 per cent`() {
    #expect(PriceBand(percent: 0).percent == 1 && PriceBand(percent: 900).percent == 90)
  }
}
