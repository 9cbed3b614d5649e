import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What keeps cards from being charged for a ramp that does not deliver, cannot deliver, or names a
/// price that cannot be right (invariants 4, 6, 51).
@Suite struct RampGuardTests {
  private static let reject = FaultRule(
    .ramp, method: "POST", pathSuffix: "/orders", .chance(partsPerMillion: 1_000_000),
    .order(.reject))

  private func standing(_ harness: EngineHarness) throws -> RampStanding {
    try harness.look { try $0.rampStanding() }
  }

  /// Two users' top-ups that the ramp refuses after they were charged.
  private func open(_ harness: EngineHarness) throws {
    harness.world.setFaults(Self.reject)
    for number in 1...2 {
      let topUp = try harness.create(card: nil)
      harness.onEngine { $0.poke(topUp.id) }
      let isRefunded = try harness.wait(atMost: .seconds(600)) {
        try harness.look { try $0.topUp(topUp.id) }?.state == .refunded
      }
      #expect(isRefunded)
      #expect(try standing(harness).compensations == number)
      // Its key is of its time.
      harness.loop.advance(by: .seconds(1))
    }
    harness.world.setFaults()
  }

  private func refusal(_ harness: EngineHarness) -> ServiceError? {
    do { _ = try harness.create(card: nil) } catch { return error as? ServiceError }
    return nil
  }

  // MARK: The breaker

  @Test func `two charges in a row that are given back stop rules and callers (4)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try open(harness)
    #expect(try standing(harness).isOpen)
    guard case .rampBreakerOpen(let why) = refusal(harness) else {
      Issue.record("a caller's top-up began")
      return
    }
    #expect(why.contains("2 charges in a row were given back"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(120))
    #expect(try harness.decisions().first?.skip == .rampBreakerOpen)
    #expect(try harness.topUps().count == 2)
    let told = harness.reports.contains {
      if case .rampStands(let standing) = $0 { standing.isOpen } else { false }
    }
    #expect(told)
  }

  @Test func `what was reserved before it opened is not charged (4, 47)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let waiting = try harness.create(card: nil)
    harness.loop.advance(by: .seconds(1))
    try open(harness)
    harness.onEngine { $0.poke(waiting.id) }
    let ended = try #require(try harness.look { try $0.topUp(waiting.id) })
    #expect(ended.state == .cancelled && ended.books.charged == 0)
  }

  @Test func `after its span one is let through, and its delivery opens the way (4, 51)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try open(harness)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.topUps().count == 2)
    let begun = try harness.wait(atMost: .seconds(3_700), step: .seconds(10)) {
      try harness.topUps().count == 3
    }
    #expect(begun)
    let probe = try #require(try harness.topUps().last)
    // It is looked at when its order has been delivered, and the breaker is closed by that.
    let isCredited = try harness.wait(atMost: .seconds(600)) {
      try harness.look { try $0.topUp(probe.id) }?.state == .credited
    }
    #expect(isCredited)
    #expect(try standing(harness).isOpen == false)
    #expect(refusal(harness) == nil)
  }

  @Test func `a person's word lets whoever waited be looked at at once (51, 52)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try open(harness)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.topUps().count == 2)
    let keeper = RampKeeper(
      store: harness.store, clock: harness.clock, fence: harness.store.fence)
    let version = try standing(harness).version
    let stale = harness.loop.start {
      try await keeper.clear(actor: "ops:maria", reason: "mended", expected: version - 1)
    }
    #expect(throws: ServiceError.versionConflict(expected: version - 1, found: version)) {
      try stale.result?.get()
    }
    let done = harness.loop.start {
      try await keeper.clear(actor: "ops:maria", reason: "mended", expected: version)
    }
    #expect(try done.result?.get().cause == "cleared by ops:maria: mended")
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.topUps().count == 3)
    // Once more there is nothing to clear.
    let again = harness.loop.start {
      try await keeper.clear(actor: "ops:jan", reason: "too", expected: 0)
    }
    #expect(try again.result?.get().version == version + 1)
  }

  // MARK: The headroom

  @Test func `nobody is charged for more than the ramp can deliver, until it can (6, 51)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    harness.world.control("ramp", #"{"treasury_planck": "1"}"#)
    guard case .rampCannotDeliver(let why) = refusal(harness) else {
      Issue.record("a caller's top-up began")
      return
    }
    #expect(why.contains("can deliver"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(30))
    #expect(try harness.decisions().map(\.skip) == [.rampHeadroom])
    #expect(harness.world.count("stripe POST /v1/payment_intents") == 0)
    harness.world.control("ramp", #"{"treasury_planck": "1000000000000000"}"#)
    harness.loop.advance(by: .seconds(61))
    #expect(try harness.topUps().count == 1)
  }

  @Test func `what is charged and not ordered yet is spoken for (6)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let first = try harness.create(card: nil)
    let tokens = try #require(first.quote?.tokens)
    // Enough for one and a half.
    harness.world.control("ramp", #"{"treasury_planck": "\#(tokens.units * 3 / 2)"}"#)
    harness.loop.advance(by: .seconds(1))
    guard case .rampCannotDeliver(let why) = refusal(harness) else {
      Issue.record("the same tokens are promised twice")
      return
    }
    #expect(why.contains("of which \(tokens) are spoken for"))
  }

  @Test func `a ramp that is not well, or does not say so, is not charged for (6)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    harness.world.control("ramp", #"{"healthy": false}"#)
    guard case .dependencyUnavailable("ramp", _) = refusal(harness) else {
      Issue.record("a caller's top-up began")
      return
    }
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.decisions().map(\.skip) == [.rampUnavailable])
    #expect(try harness.topUps() == [])
  }

  // MARK: The price

  @Test func `a price that jumps charges nobody until a person accepts it (51, 52)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.commit(
      .putPrice(
        AcceptedPrice(
          currency: .usd, rateNano: 1_250_000, accepted: harness.clock.now, actor: "topupd",
          reason: "charged", version: 1)))
    harness.world.setFaults(
      FaultRule(.ramp, .chance(partsPerMillion: 1_000_000), .movePrice(basisPoints: 10_000)))
    harness.loop.advance(by: .seconds(1))
    guard case .priceOutOfBand(let why) = refusal(harness) else {
      Issue.record("a caller was charged twice the price")
      return
    }
    #expect(why.contains("0.0025 USD, 100 % off the 0.00125 USD"))
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.decisions().map(\.skip) == [.priceOutOfBand])
    let keeper = RampKeeper(
      store: harness.store, clock: harness.clock, fence: harness.store.fence)
    let done = harness.loop.start {
      try await keeper.accept(
        2_500_000, .usd, actor: "ops:maria", reason: "seen on two markets", expected: 1)
    }
    #expect(try done.result?.get().version == 2)
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.topUps().map(\.trigger.isAutomatic) == [true])
    let kept = try harness.look { try $0.acceptedPrices() }
    #expect(kept.map(\.actor) == ["ops:maria"])
  }
}
