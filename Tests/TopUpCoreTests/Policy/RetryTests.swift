import Testing
import TopUpCore

@Suite struct RetryTests {
  private let due = Scene.start.advanced(by: .seconds(3_600))

  private func topUp(_ trigger: Trigger = .threshold, episode: Int64 = 2, ordinal: Int = 3)
    -> TopUp
  {
    var topUp = TopUp(
      id: .automatic(account: .ddc(Sample.dragon), episode: episode, ordinal: ordinal),
      account: .ddc(Sample.dragon), payer: Sample.payer, trigger: trigger,
      episode: trigger.isAutomatic ? episode : nil, amount: Sample.amount, fee: 0, tax: 0,
      quote: nil, credits: nil, onSession: false, policyVersion: 1, slippageBasisPoints: 200,
      cards: [Sample.card(1)], description: "", created: Scene.start)
    topUp.state = .declined
    return topUp
  }

  private var state: AccountState {
    AccountState(
      episode: .init(ordinal: 2, isArmed: false, topUps: 3, declines: 1), backOffUntil: due)
  }

  @Test func `the episode's last decline is tried again when its back-off ends (18)`() {
    #expect(state.retry(of: topUp(), at: Scene.start) == due)
  }

  @Test func `nothing retries another top-up than that, or at a time that has gone (18)`() {
    #expect(state.retry(of: topUp(.user), at: Scene.start) == nil)
    #expect(state.retry(of: topUp(ordinal: 2), at: Scene.start) == nil)
    #expect(state.retry(of: topUp(episode: 1), at: Scene.start) == nil)
    #expect(state.retry(of: topUp(), at: due) == nil)
    var ended = topUp()
    ended.state = .credited
    #expect(state.retry(of: ended, at: Scene.start) == nil)
    var armed = state
    armed.episode.isArmed = true
    #expect(armed.retry(of: topUp(), at: Scene.start) == nil)
  }
}
