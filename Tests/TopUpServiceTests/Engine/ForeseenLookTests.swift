import SimulatedWorld
import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

/// The price of a top-up that is foreseen is asked for beside the balance, and once.
@Suite struct ForeseenLookTests {
  /// An event that is claimed to be low, on an account whose rule is in force.
  private func look(_ harness: EngineHarness) throws {
    let claim = LowBalanceClaim(
      severity: .low, unbilled: 0, burnPerEra: 0, events: 1, severitySeen: harness.clock.now)
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: claim))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .milliseconds(10))
  }

  private static let quotes = "ramp POST /v1/quotes"

  @Test func `a top-up that was foreseen is priced once, and funded`() throws {
    let harness = try EngineHarness()
    try harness.start(balance: 200)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(120))
    #expect(harness.world.count(Self.quotes) == 0)
    harness.setBalance(20)
    harness.loop.advance(by: .seconds(60))
    try look(harness)
    #expect(try harness.topUps().count == 1)
    #expect(harness.world.count(Self.quotes) == 1)
    #expect(harness.world.count("ramp GET /v1/health") == 1)
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    #expect(harness.world.count(Self.quotes) == 1)
  }

  @Test func `a claim that is not true costs one question, not one each time`() throws {
    let harness = try EngineHarness()
    try harness.start(balance: 200)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(120))
    for _ in 0..<5 { try look(harness) }
    #expect(try harness.topUps() == [])
    #expect(harness.world.count(Self.quotes) == 1)
    #expect(try harness.decisions().first?.skip == .notLow)
  }

  @Test func `an offer that the ramp refused is told, and asked for anew at the next look (6)`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start(balance: 20)
    harness.world.setFaults(
      FaultRule(
        .ramp, method: "POST", pathPrefix: "/v1/quotes", .first(2), .answer(status: 500, body: "")))
    try harness.setPolicy()
    try look(harness)
    #expect(try harness.decisions().first?.skip == .rampUnavailable)
    #expect(try harness.wait(atMost: .seconds(600)) { try harness.topUps().count == 1 })
  }
}
