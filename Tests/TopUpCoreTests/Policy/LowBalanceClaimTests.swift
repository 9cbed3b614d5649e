import Testing
import TopUpCore

@Suite struct LowBalanceClaimTests {
  @Test func `the worst claim counts, and recovery takes nothing back (domain §11)`() {
    let expected: [(LowBalanceClaim.Severity, LowBalanceClaim.Severity, LowBalanceClaim.Severity)] =
      [
        (.low, .critical, .critical), (.critical, .low, .critical),
        (.low, .exhausted, .exhausted), (.exhausted, .recovered, .exhausted),
        (.low, .recovered, .low), (.recovered, .low, .low),
        (.recovered, .recovered, .recovered), (.unspecified, .low, .low),
        (.low, .unspecified, .low),
      ]
    for (first, second, worst) in expected {
      var claim = Situation.claim(first)
      claim.fold(Situation.claim(second))
      #expect(claim.severity == worst, "\(first), \(second)")
    }
  }

  @Test func `amounts are never added up, events are (domain §11, rule 3)`() {
    var claim = Situation.claim(unbilled: 5, burn: 1, events: 2)
    claim.fold(Situation.claim(unbilled: 3, burn: 4, events: 3))
    #expect(claim.unbilled == 5)
    #expect(claim.burnPerEra == 4)
    #expect(claim.events == 5)
    #expect(claim.severitySeen == Situation.now)
  }

  @Test func `the time of a claim is that of its severity's last event`() {
    let later = Situation.now.advanced(by: .seconds(9))
    for (second, isLater) in [
      (LowBalanceClaim.Severity.exhausted, true), (.critical, true), (.low, false),
      (.recovered, false),
    ] {
      var claim = Situation.claim(.critical)
      var other = Situation.claim(second)
      other.severitySeen = later
      claim.fold(other)
      #expect(claim.severitySeen == (isLater ? later : Situation.now), "\(second)")
    }
  }

  @Test func `a thousand repeats fold to one claim`() {
    var claim = Situation.claim(.low, unbilled: 7, burn: 2, events: 1)
    let one = claim
    for _ in 0..<999 { claim.fold(one) }
    #expect(claim.events == 1_000)
    claim.events = 1
    #expect(claim == one)
  }
}
