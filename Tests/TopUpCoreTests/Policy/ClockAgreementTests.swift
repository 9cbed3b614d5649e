import Testing
import TopUpCore

@Suite struct ClockAgreementTests {
  private let before = UnixTime(seconds: 1_795_000_000)

  @Test func `clocks agree within 60 s of the moments of asking and answering (7)`() {
    let after = before.advanced(by: .seconds(10))
    for (seconds, agreement) in [
      (Int64(-60), ClockAgreement.agree), (-61, .differ), (0, .agree), (5, .agree), (70, .agree),
      (71, .differ), (86_400, .differ), (-86_400, .differ),
    ] {
      let theirs = before.advanced(by: .seconds(seconds))
      #expect(ClockAgreement(theirs: theirs, between: before, and: after) == agreement)
    }
  }

  @Test func `a processor that has not told its time is not told as one whose clock differs (5)`()
    throws
  {
    #expect(ClockAgreement.agree.objection == nil)
    var explanations: Set<String> = []
    for clocks in [ClockAgreement.differ, .unknown] {
      var input = Situation.input()
      input.clocks = clocks
      let skip = try #require(decide(input).skip)
      #expect(skip.reason == .clockSkew)
      #expect(explanations.insert(skip.explanation).inserted)
    }
  }
}
