import Testing
import TopUpCore

/// The ramp's breaker: what opens it, what it lets through, and what closes it (invariant 4).
@Suite struct RampStandingTests {
  private static let now = Scene.start
  private static let span = Duration.seconds(3_600)
  private static let (first, second) = (TopUpID("tu_1"), TopUpID("tu_2"))

  private static func later(_ seconds: Int64) -> UnixTime { now.advanced(by: .seconds(seconds)) }

  private static var open: RampStanding {
    RampStanding().compensated(first, at: now, probeSpan: span)
      .compensated(second, at: now, probeSpan: span)
  }

  @Test func `two charges in a row that are given back open it, whosever they are (4)`() {
    let once = RampStanding().compensated(Self.first, at: Self.now, probeSpan: Self.span)
    #expect(!once.isOpen && once.compensations == 1 && once.version == 1)
    let twice = once.compensated(Self.second, at: Self.now, probeSpan: Self.span)
    #expect(twice.isOpen && twice.opened == Self.now && twice.version == 2)
    #expect(twice.probesAt == Self.later(3_600))
    #expect(twice.cause.contains("tu_2"))
  }

  @Test func `a delivery between them begins the row anew (4)`() throws {
    let once = RampStanding().compensated(Self.first, at: Self.now, probeSpan: Self.span)
    let delivered = try #require(once.delivered(TopUpID("tu_9"), ordered: Self.later(-60)))
    #expect(delivered.compensations == 0)
    #expect(!delivered.compensated(Self.second, at: Self.now, probeSpan: Self.span).isOpen)
    #expect(RampStanding().delivered(Self.first, ordered: Self.now) == nil)
  }

  @Test func `open, it admits nobody before the span, then one at a time (4)`() {
    let open = Self.open
    #expect(!open.admits(Self.first) && RampStanding().admits(Self.first))
    #expect(!open.probes(at: Self.later(3_599)) && open.probes(at: Self.later(3_600)))
    let probing = open.probing(TopUpID("tu_3"))
    #expect(probing.admits(TopUpID("tu_3")) && !probing.admits(TopUpID("tu_4")))
    #expect(!probing.probes(at: Self.later(9_999)))
  }

  @Test func `a probe that is given back begins the span anew, one that ends lets another try`() {
    let probing = Self.open.probing(TopUpID("tu_3"))
    let again = probing.compensated(
      TopUpID("tu_3"), at: Self.later(4_000), probeSpan: Self.span)
    #expect(again.isOpen && again.opened == Self.now && again.probe == nil)
    #expect(again.probesAt == Self.later(7_600))
    #expect(probing.ended(TopUpID("tu_4")) == nil)
    let ended = probing.ended(TopUpID("tu_3"))
    #expect(ended?.isOpen == true && ended?.probes(at: Self.later(3_600)) == true)
  }

  @Test func `only an order placed since it opened shows that the ramp delivers again (4)`() throws
  {
    #expect(Self.open.delivered(TopUpID("tu_0"), ordered: Self.later(-1)) == nil)
    let closed = try #require(Self.open.delivered(TopUpID("tu_0"), ordered: Self.now))
    #expect(!closed.isOpen && closed.compensations == 0 && closed.probesAt == nil)
    let cleared = Self.open.probing(Self.first).cleared(by: "ops:maria", "the ramp was mended")
    #expect(!cleared.isOpen && cleared.probe == nil)
    #expect(cleared.cause == "cleared by ops:maria: the ramp was mended")
  }

  @Test func `a refund of ours is a compensation, and what others took back first is not (4)`() {
    let before = Scene().topUp
    var after = before
    after.version += 1
    after.refunds = [RefundAttempt(number: 1, amount: Sample.amount)]
    #expect(RampNews(before, after) == .compensated(before.id))
    // Made again after it failed, it is the same.
    var again = after
    again.refunds.append(RefundAttempt(number: 2, amount: Sample.amount))
    #expect(RampNews(after, again) == nil)
    after.reversals = [
      Reversal(id: "dp_1", kind: .dispute, rank: 1, fromHeld: 100, advanced: 0, beyond: 0)
    ]
    #expect(RampNews(before, after) == nil)
  }

  @Test func `a delivery, and an end without one, are told once`() {
    var before = Scene().topUp
    let order = DepositOrder(number: 1, quote: Sample.quote("q1"), created: Self.later(5))
    before.orders = [order]
    var after = before
    after.orders[0].phase = .completed
    after.state = .credited
    #expect(RampNews(before, after) == .delivered(before.id, ordered: Self.later(5)))
    #expect(RampNews(after, after) == nil)
    var declined = before
    declined.state = .declined
    #expect(RampNews(before, declined) == .ended(before.id))
  }

  @Test func `an open breaker forbids every confirm but the probe's (4, 47)`() {
    func forbids(_ topUp: TopUp, _ standing: RampStanding) -> String? {
      ChargeGuard(
        isKillSwitchOn: false, cards: [Sample.card(1).id], consent: Situation.consent(),
        isPolicyEnabled: true, isAccountBlocked: false, isCardExhausted: false, ramp: standing
      ).forbids(topUp)
    }
    let topUp = Scene().topUp
    #expect(forbids(topUp, RampStanding()) == nil)
    #expect(forbids(topUp, Self.open)?.contains("given back") == true)
    #expect(forbids(topUp, Self.open.probing(topUp.id)) == nil)
    #expect(forbids(Scene(trigger: .user).topUp, Self.open) != nil)
    let credits = Scene(
      account: .credits(CreditsAccount(tenant: "acme", user: "u")), quote: nil, credits: 5)
    #expect(forbids(credits.topUp, Self.open) == nil)
  }
}
