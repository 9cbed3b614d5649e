import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Tenants' and the service's caps before automatic top-ups (invariants 6, 7, 51).
@Suite struct SharedCapsEngineTests {
  private func rule(_ version: Int64, minorUnits: Int64?) -> CapRule {
    CapRule(
      scope: .tenant("acme"), currency: .usd, day: Policy.Cap(minorUnits: minorUnits),
      month: Policy.Cap(), timeZone: "UTC", version: version, set: LoopClock.start,
      actor: "ops", reason: "test")
  }

  @Test func `an account that a shared cap kept from charging is funded once it is raised (51)`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(.putCaps(rule(1, minorUnits: 499)))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(600))
    #expect(try harness.topUps() == [])
    let skip = try #require(try harness.decisions().first)
    #expect(skip.skip == .capReached)
    #expect(skip.explanation.contains("of tenant acme: used are 0.00 USD of 4.99 USD"))
    try harness.commit(
      .putCaps(rule(2, minorUnits: 500)), .evaluateSkipped([.capReached], tenant: "acme"))
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.topUps().count == 1)
    let topUp = try #require(try harness.topUps().first)
    let reserved = try harness.look { try $0.reservations(of: topUp.id) }
    #expect(reserved.filter { $0.cap.minorUnits == 500 }.map(\.minorUnits) == [500])
    #expect(reserved.count == 7)
  }

  @Test(arguments: [true, false])
  func `caps that change while it is decided have it decided anew (6, 51)`(_ isLowered: Bool)
    throws
  {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(.putCaps(rule(1, minorUnits: isLowered ? 500 : 499)))
    // Somebody changes the caps between its reading and its commit.
    let store = harness.store
    let next = Commit(
      now: harness.clock.now, fence: store.fence,
      [.putCaps(rule(2, minorUnits: isLowered ? 499 : 500))])
    harness.gate.before { commit in
      guard commit.changes.contains(where: { if case .holdCaps = $0 { true } else { false } })
      else { return nil }
      return next
    }
    try harness.setPolicy()
    #expect(try harness.topUps().count == (isLowered ? 0 : 1))
    #expect(try harness.decisions().map(\.skip) == [isLowered ? .capReached : nil])
  }

  @Test func `a released reservation frees its windows, and no other's (7, 8)`() throws {
    let harness = try EngineHarness()
    try harness.start(card: nil)
    _ = try harness.addCard("4000000000000341")
    try harness.commit(.putCaps(rule(1, minorUnits: 500)))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(5))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.state == .declined)
    let use = try harness.look { snapshot in
      try snapshot.reservations(of: topUp.id).map { try snapshot.capUse($0.window).minorUnits }
    }
    #expect(use == [0, 0, 0, 0, 0, 0, 0])
  }
}
