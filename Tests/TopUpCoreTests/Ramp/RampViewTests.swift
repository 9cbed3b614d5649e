import Testing
import TopUpCore

/// What a top-up is promised of the ramp, and what is committed with it (invariants 4, 6).
@Suite struct RampViewTests {
  private static let now = Scene.start
  private static let quote = Sample.quote("q0")

  private static func view(
    _ headroom: Headroom.Known, standing: RampStanding = RampStanding(),
    price: AcceptedPrice? = nil
  ) -> RampView {
    RampView(standing: standing, headroom: headroom, price: price, terms: RampTerms())
  }

  private static func told(_ said: Int128, claimed: Int128 = 0) -> Headroom.Known {
    .told(Headroom(said: Planck(said), claimed: Planck(claimed), through: 7))
  }

  @Test func `what is left of the headroom is met exactly, and not passed by a planck (6)`() {
    let tokens = Self.quote.tokens.units
    for (headroom, fits) in [
      (Self.told(tokens), true), (Self.told(tokens - 1), false),
      (Self.told(tokens + 5, claimed: 5), true), (Self.told(tokens + 5, claimed: 6), false),
      (Self.told(.max, claimed: .max), false), (Self.told(0, claimed: .max), false),
    ] {
      let objection = Self.view(headroom).objection(to: Self.quote, at: Self.now)
      #expect((objection == nil) == fits, "\(headroom)")
    }
  }

  @Test func `a ramp that does not say what it can deliver is charged for by nobody (6)`() {
    for headroom in [Headroom.Known.notAsked, .unavailable("timed out")] {
      let objection = Self.view(headroom).objection(to: Self.quote, at: Self.now)
      #expect(objection?.skip == .rampUnavailable)
      #expect(objection.map { $0.lookAgain(at: Self.now) > Self.now } == true)
    }
  }

  @Test func `the headroom is held, and a first price is kept, with the top-up (6)`() {
    let id = TopUpID("tu_1")
    let headroom = Headroom(said: Self.quote.tokens, claimed: .zero, through: 7)
    let first = AcceptedPrice(
      currency: .usd, rateNano: Self.quote.rateNano, accepted: Self.now, actor: "topupd",
      reason: "charged by tu_1", version: 1)
    #expect(
      Self.view(.told(headroom)).changes(beginning: id, at: Self.quote, Self.now)
        == [.holdHeadroom(headroom), .putPrice(first)])
    let known = Self.view(.told(headroom), price: first)
    #expect(known.changes(beginning: id, at: Self.quote, Self.now) == [.holdHeadroom(headroom)])
    let hourLater = Self.now.advanced(by: .seconds(3_600))
    var second = first
    (second.version, second.accepted) = (2, hourLater)
    #expect(
      known.changes(beginning: id, at: Self.quote, hourLater)
        == [.holdHeadroom(headroom), .putPrice(second)])
  }

  @Test func `the top-up that is let through takes the probe's place (4)`() {
    let standing = RampStanding(
      compensations: 2, opened: Self.now, probesAt: Self.now, cause: "x", version: 4)
    let id = TopUpID("tu_1")
    let view = Self.view(Self.told(.max), standing: standing)
    #expect(view.objection(to: Self.quote, at: Self.now) == nil)
    #expect(
      view.changes(beginning: id, at: Self.quote, Self.now).contains(.putRamp(standing.probing(id)))
    )
    let taken = Self.view(Self.told(.max), standing: standing.probing(id))
    #expect(taken.objection(to: Self.quote, at: Self.now)?.skip == .rampBreakerOpen)
  }

  @Test func `what is promised to a top-up is claimed until the ramp shows its order (6)`() {
    var topUp = Scene().topUp
    let promised = topUp.quote?.tokens
    for state in [TopUpState.reserved, .charging, .actionRequired, .charged] {
      topUp.state = state
      #expect(topUp.claimedTokens == promised)
    }
    topUp.state = .depositUnknown
    topUp.orders = [
      DepositOrder(
        number: 1, quote: Sample.quote("q1", tokens: Planck(77)), phase: .sending,
        created: Self.now)
    ]
    #expect(topUp.claimedTokens == Planck(77))
    topUp.state = .needsReview
    topUp.review = TopUp.Review(reason: "x", resume: .depositing)
    #expect(topUp.claimedTokens == Planck(77))
    topUp.orders[0].seen = Sample.order(.accepted)
    #expect(topUp.claimedTokens == .zero)
    // Dead, it is followed by another.
    topUp.orders[0].phase = .dead
    #expect(topUp.claimedTokens == promised)
    for state in [TopUpState.credited, .declined, .refunding, .orderCancelling] {
      topUp.state = state
      #expect(topUp.claimedTokens == .zero)
    }
  }

  @Test func `what needs no order claims nothing of the ramp (6)`() {
    var topUp = Scene().topUp
    topUp.state = .charged
    #expect(topUp.claimedTokens > .zero)
    topUp.books.delivered = topUp.toOrder.minorUnits
    #expect(topUp.claimedTokens == .zero)
  }
}
