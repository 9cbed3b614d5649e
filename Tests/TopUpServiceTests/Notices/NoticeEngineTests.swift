import SimulatedWorld
import Synchronization
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What people are told, from what happened to what is kept (invariants 9, 45).
@Suite struct NoticeEngineTests {
  private func notices(_ harness: EngineHarness) throws -> [Notice] {
    try harness.look { try $0.notices(NoticeQuery(limit: 100)) }.map(\.notice)
  }

  @Test func `a credit is told in the commit that makes it (45)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    var isTold = true
    let ends = try harness.wait(atMost: .seconds(120)) {
      let topUp = try harness.topUps().first
      let isCredited = topUp?.state == .credited
      // Never one without the other, whenever it is looked.
      isTold = try isTold && notices(harness).isEmpty != isCredited
      return isCredited
    }
    #expect(ends && isTold)
    let topUp = try #require(try harness.topUps().first)
    let told = try notices(harness)
    #expect(told.map(\.kind) == [.credited] && told.first?.version == topUp.version)
    #expect(told.first?.occasion == .episode(1))
  }

  @Test func `a transition that was refused tells nothing, and its repeat tells once (45)`() throws
  {
    let harness = try EngineHarness()
    try harness.start()
    let store = harness.store
    let wasRefused = Mutex(false)
    // Another change of the account comes between what was read and its commit.
    harness.gate.before { [key = harness.key] commit in
      let tells = commit.changes.contains { if case .tell = $0 { true } else { false } }
      let isFirst = wasRefused.withLock { was in
        defer { was = was || tells }
        return tells && !was
      }
      guard isFirst else { return nil }
      let known = try? store.read { snapshot throws(StoreError) in try snapshot.account(key) }
      var state = known?.state ?? AccountState()
      state.version += 1
      return Commit(now: commit.now, fence: commit.fence, [.putAccount(key, state)])
    }
    try harness.setPolicy()
    #expect(try harness.wait(atMost: .seconds(120)) { !(try notices(harness)).isEmpty })
    #expect(wasRefused.withLock { $0 })
    #expect(try notices(harness).map(\.kind) == [.credited])
  }

  @Test func `an episode's declines are told once, and its card when it is refused (18, 45)`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start(card: nil)
    let card = try harness.addCard("4000000000000341")
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(3 * 86_400), step: .seconds(60)) {
        try notices(harness).contains { $0.kind == .breakerOpen }
      })
    #expect(try harness.topUps().count == 4)
    let told = try notices(harness)
    #expect(told.map(\.kind) == [.declined, .breakerOpen])
    #expect(told.allSatisfy { $0.card == card.id && $0.occasion == .episode(1) })
    // The first decline of an episode is tried again an hour later.
    let first = try #require(try harness.topUps().first)
    #expect(told.first?.retryAt == first.updated.advanced(by: .seconds(3_600)))
  }

  @Test func `what keeps an account from being funded is told once, however often it is seen (45)`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start(card: nil)
    try harness.setPolicy()
    for _ in 0..<5 {
      try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
      harness.onEngine { $0.pokeEvaluations() }
      harness.loop.advance(by: .seconds(60))
    }
    #expect(try notices(harness).map(\.kind) == [.noCard])
    // Another rule and a card: the same episode, another reason.
    _ = try harness.addCard("4242424242424242")
    try harness.commit(.withdrawConsent(EngineHarness.payer, actor: "user"))
    try harness.setPolicy()
    #expect(try notices(harness).map(\.kind) == [.noCard, .noConsent])
    #expect(try notices(harness).map(\.occasion) == [.episode(1), .episode(1)])
  }
}
