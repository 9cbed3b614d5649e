import Testing
import TopUpCore

@testable import TopUpService

@Suite struct ChangeFeedTests {
  private static func topUp(_ id: String, user: String, _ state: TopUpState) -> TopUpChange {
    var topUp = TopUp(
      id: TopUpID(id), account: .credits(CreditsAccount(tenant: "acme", user: user)),
      payer: Payer(tenant: "acme", user: user), trigger: .user, episode: nil,
      amount: Money(minorUnits: 500, .usd), fee: 0, tax: 0, quote: nil, credits: 5,
      onSession: true, policyVersion: 0, slippageBasisPoints: 0, cards: [], description: "",
      created: UnixTime(seconds: 1))
    topUp.state = state
    return TopUpChange(topUp: topUp, from: nil, cause: "test")
  }

  @Test func `the end of a top-up is not lost behind changes of others (51)`() async {
    let feed = ChangeFeed()
    let mine = feed.watch { $0.id == TopUpID("tu_1") }
    feed.publish(Self.topUp("tu_1", user: "u1", .credited))
    for number in 0..<2_000 { feed.publish(Self.topUp("tu_x\(number)", user: "u2", .charging)) }
    feed.finish()
    let seen = await mine.reduce(into: []) { $0.append($1.topUp.state) }
    #expect(seen == [.credited])
  }

  @Test func `a watcher that has lost an end is ended, and told what came before`() async {
    let feed = ChangeFeed()
    let all = feed.watch { _ in true }
    feed.publish(Self.topUp("tu_1", user: "u1", .credited))
    for number in 0..<1_100 { feed.publish(Self.topUp("tu_x\(number)", user: "u2", .charging)) }
    // Without an end of its own this would wait for ever.
    let seen = await all.reduce(into: []) { $0.append($1.topUp.id) }
    #expect(seen.count == 1_024 && seen.last == TopUpID("tu_x1023"))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a watch that begins while the service stops is at its end at once`() async {
    let feed = ChangeFeed()
    let before = feed.watch { _ in true }
    feed.finish()
    for changes in [before, feed.watch { _ in true }] {
      let seen = await changes.reduce(into: 0) { count, _ in count += 1 }
      #expect(seen == 0)
    }
    let hints = await feed.notices.hear().reduce(into: 0) { count, _ in count += 1 }
    #expect(hints == 0)
  }
}
