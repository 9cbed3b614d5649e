import Testing
import TopUpCore

/// What is asked for beside the balance, and when it is not worth asking.
@Suite struct ForeseenQuoteTests {
  /// Before anything was asked for, with a claim.
  private func input(
    _ claim: LowBalanceClaim? = Situation.claim(), _ policy: Policy = Situation.policy(),
    _ change: (inout DecisionInput) -> Void = { _ in }
  ) -> DecisionInput {
    var input = Situation.input(policy: policy)
    input.reading = nil
    input.quote = .notAsked
    input.ramp.headroom = .notAsked
    input.claim = claim
    change(&input)
    return input
  }

  @Test(arguments: [0, 7] as [Int128])
  func `what a low account asks for is foreseen`(unbilled: Int128) throws {
    var input = input(Situation.claim(unbilled: unbilled))
    let foreseen = try #require(input.foreseenQuote)
    input.reading = Situation.reading(10 * Situation.cere)
    #expect(decide(input).request == foreseen)
  }

  @Test func `an amount that waits for the balance is not foreseen`() {
    let target = Situation.policy(amount: .refillTo(100 * Situation.cere, .usd))
    #expect(input(Situation.claim(), target).foreseenQuote == nil)
  }

  @Test func `where nobody claims anything, or all was considered, nothing is asked ahead`() {
    #expect(input(nil).foreseenQuote == nil)
    #expect(input(Situation.claim(events: 0)).foreseenQuote == nil)
  }

  @Test func `what refuses a charge whatever the balance is has no price asked for (4, 47)`() {
    let now = Situation.now
    let refusals: [(inout DecisionInput) -> Void] = [
      { $0.isKillSwitchOn = true }, { $0.consent = nil }, { $0.cards = [] },
      { $0.clocks = .unknown }, { $0.storeIsBehind = "a copy" },
      { $0.state.backOffUntil = now.advanced(by: .seconds(1)) },
      {
        $0.inFlight = [
          DecisionInput.InFlight(id: TopUpID("tu_9"), isAutomatic: true, pending: 0)
        ]
      },
    ]
    for refusal in refusals {
      #expect(input(Situation.claim(), Situation.policy(), refusal).foreseenQuote == nil)
    }
  }

  @Test func `after a price that nobody wanted nothing is asked ahead for a minute`() {
    let account = AccountKey.ddc(Sample.dragon)
    let other = AccountKey.credits(CreditsAccount(tenant: "acme", user: "ann"))
    let now = Situation.now
    var foresight = Foresight()
    #expect(foresight.isTrusted(for: account, at: now))
    foresight.wasInVain(for: account, at: now)
    for (age, isTrusted) in [(0, false), (59, false), (60, true), (-1, true)] {
      #expect(foresight.isTrusted(for: account, at: now.advanced(by: .seconds(age))) == isTrusted)
    }
    #expect(foresight.isTrusted(for: other, at: now))
  }

  @Test func `what is remembered of prices that nobody wanted is bounded`() {
    let now = Situation.now
    var foresight = Foresight()
    func account(_ number: Int) -> AccountKey {
      .credits(CreditsAccount(tenant: "acme", user: "u\(number)"))
    }
    for number in 0..<Foresight.accountsMax {
      foresight.wasInVain(for: account(number), at: now)
    }
    #expect(!foresight.isTrusted(for: account(0), at: now))
    // One more than is remembered: within the minute all are forgotten but the last.
    foresight.wasInVain(for: account(-1), at: now)
    #expect(foresight.isTrusted(for: account(0), at: now))
    #expect(!foresight.isTrusted(for: account(-1), at: now))
  }
}
