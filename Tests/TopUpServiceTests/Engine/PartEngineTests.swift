import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What the ramp delivers in part or gives back, from its word to the books, the ledger and the card
/// (invariants 10, 24, 28, 32, 33, 40).
@Suite struct PartEngineTests {
  private func topUp(
    _ fate: OrderFate, _ occurrence: FaultRule.Occurrence, ends state: TopUpState,
    _ adjust: (inout Policy) -> Void = { _ in }
  ) throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start()
    harness.world.setFaults(
      FaultRule(.ramp, method: "POST", pathSuffix: "/orders", occurrence, .order(fate)))
    try harness.setPolicy(adjust)
    #expect(
      try harness.wait(atMost: .seconds(3_600)) { try harness.topUps().first?.state == state })
    #expect(try harness.store.verify() == [])
    let topUp = try #require(try harness.topUps().first)
    #expect(try differences(harness) == [])
    return (harness, topUp)
  }

  private func differences(_ harness: EngineHarness) throws -> [Difference] {
    let engine = harness.engine
    let request = ReconciliationRequest(scope: .asked, since: nil, settledFor: .zero)
    let compared = harness.loop.start { try await engine.reconcile(request) { true } }
    return try #require(compared.result).get().findings.map(\.difference)
  }

  @Test func `half delivered: the card gets back what the other half cost (24, 32, 40)`() throws {
    let (harness, topUp) = try topUp(.partial, .all, ends: .refunded) { $0.remainder = .refund }
    #expect(topUp.books.refunded == 250 && topUp.books.fee == 54 && topUp.books.delivered == 196)
    #expect(topUp.deliveredTokens.units * 2 == topUp.orders[0].quote.tokens.units)
    #expect(harness.world.count("ramp POST /v1/orders") == 1)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    // No reading from below what was delivered decides anything (10).
    let state = try harness.look { try $0.account(harness.key) }.state
    #expect(state.lastCreditHeight == topUp.creditHeight)
  }

  @Test func `half delivered: the other half is ordered where the price allows it (28, 32, 40)`()
    throws
  {
    let (harness, topUp) = try topUp(.partial, .first(1), ends: .credited) {
      $0.slippageBasisPoints = 3_000
    }
    #expect(topUp.orders.map(\.phase) == [.completed, .completed])
    #expect(topUp.orders[1].quote.gross.minorUnits == 250 && topUp.books.refunded == 0)
    #expect(topUp.books.delivered + topUp.books.fee == 500)
    #expect(harness.world.count("stripe POST /v1/refunds") == 0)
  }

  @Test func `a second fee that eats too much of the rest gives it back instead (32)`() throws {
    let (harness, topUp) = try topUp(.partial, .first(1), ends: .refunded)
    #expect(topUp.books.refunded == 250 && topUp.orders.count == 1)
    #expect(harness.world.count("ramp POST /v1/orders") == 1)
  }

  @Test func `a part in flight lets no older reading decide (10)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    harness.world.setFaults(
      FaultRule(.ramp, method: "POST", pathSuffix: "/orders", .first(1), .order(.partial)))
    try harness.setPolicy { $0.slippageBasisPoints = 3_000 }
    #expect(
      try harness.wait(atMost: .seconds(3_600)) {
        try harness.topUps().first?.orders.first?.phase == .completed
      })
    let topUp = try #require(try harness.topUps().first)
    let state = try harness.look { try $0.account(harness.key) }.state
    #expect(state.lastCreditHeight == topUp.creditHeight)
  }

  @Test func `what the ramp returns twice is refunded (28, 33)`() throws {
    let (harness, topUp) = try topUp(.holdThenReturn, .all, ends: .refunded)
    #expect(topUp.orders.map { $0.seen?.state } == [.returned, .returned])
    #expect(topUp.books.refunded == 500 && topUp.deliveredTokens == .zero)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
  }

  @Test func `what the ramp returns once is ordered again (28)`() throws {
    let (_, topUp) = try topUp(.holdThenReturn, .first(1), ends: .credited)
    #expect(topUp.orders.count == 2 && topUp.books.refunded == 0)
  }
}
