import SimulatedWorld
import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

/// The processor's customer bears the name of the store that charges it (invariant 50).
@Suite struct CustomerNameTests {
  /// A low account whose payer's customer bears another store's name.
  private func named(_ name: String) throws -> EngineHarness {
    let harness = try EngineHarness()
    try harness.start()
    try rename(name, harness)
    try harness.setPolicy()
    return harness
  }

  private func rename(_ name: String, _ harness: EngineHarness) throws {
    let customer = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.customer)
    let named = harness.answer { [outside = harness.outside] in
      await outside.processor.nameCustomer(
        customer, after: name, key: IdempotencyKey("test:\(name)"))
    }
    #expect(named == customer)
  }

  private func clear(_ harness: EngineHarness) throws {
    let cleared = harness.loop.start { [engine = harness.engine] in
      try await engine.clearBehind(by: "ops:maria, the old one is gone") { true }
    }
    harness.loop.advance(by: .seconds(30))
    _ = try #require(cleared.result).get()
  }

  @Test func `a customer of another store is not charged, and who it is of is told (50)`() throws {
    let harness = try named("another")
    harness.loop.advance(by: .seconds(3_600))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.state == .charging && topUp.attempt?.intent != nil && topUp.books.charged == 0)
    let reason = try harness.look { try $0.settings() }.behind
    #expect(reason?.contains("another") == true)
    #expect(try harness.topUps().count == 1)
  }

  @Test func `who takes over is charged for, and names the customer anew (50, 52)`() throws {
    let harness = try named("another")
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.look { try $0.settings() }.behind != nil)
    let settled = harness.loop.start { [engine = harness.engine] in
      try await engine.settleByHand("store:another", by: "ops:maria, the old one is gone")
    }
    _ = try #require(settled.result).get()
    try clear(harness)
    #expect(
      try harness.wait(atMost: .seconds(7_200)) { try harness.topUps().first?.state == .credited })
    let topUp = try #require(try harness.topUps().first)
    let intent = try #require(topUp.attempt?.intent)
    let seen = harness.answer { [outside = harness.outside] in
      await outside.processor.intent(intent)
    }
    let own = try harness.look { try $0.settings() }.storeID
    #expect(seen?.customerStore == own)
    #expect(try harness.look { try $0.settings() }.behind == nil)
  }

  @Test func `nothing is cleared before who takes over has said so (50)`() throws {
    let harness = try named("another")
    harness.loop.advance(by: .seconds(60))
    #expect(throws: ServiceError.notSettled(["store:another"])) { try clear(harness) }
    #expect(try harness.look { try $0.settings() }.behind != nil)
    // A restart has forgotten whose it is, and asks at once.
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(60))
    let cleared = harness.loop.start { try await next.clearBehind(by: "ops:maria, seen") { true } }
    harness.loop.advance(by: .seconds(7_200))
    #expect(throws: ServiceError.notSettled(["store:another"])) {
      _ = try #require(cleared.result).get()
    }
    #expect(try harness.look { try $0.settings() }.behind?.contains("another") == true)
    #expect(try harness.topUps().allSatisfy { $0.books.charged == 0 })
  }

  @Test func `another takes over while an order waits: nothing is delivered (32, 50)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy { $0.hold = HoldRule(newCard: .seconds(86_400), risk: nil) }
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.topUps().first?.state == .depositHeld
      })
    try rename("another", harness)
    harness.loop.advance(by: .seconds(2 * 86_400))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.deliveredTokens == .zero && !topUp.state.isTerminal)
    #expect(try harness.look { try $0.settings() }.behind?.contains("another") == true)
  }
}
