import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// A step that the store may not keep (invariants 30, 39).
@Suite struct ForbiddenStepTests {
  /// An automatic top-up beside an order that had settled by some event of the chain.
  private func topUp(beside evidence: ChainEvidence?) throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start()
    var other = try harness.create(card: nil)
    let quote = try #require(other.quote)
    other.version += 1
    other.state = .cancelled
    other.nextCheck = nil
    other.orders = [
      DepositOrder(
        number: 1, quote: quote, phase: .completed,
        seen: RampOrder(
          id: ClientOrderID(other.id, number: 1), state: .completed, version: 1,
          ordered: quote.tokens, credited: quote.tokens, evidence: evidence,
          existentialSkim: false, reason: nil, fundsMoved: .yes, updated: harness.clock.now),
        created: harness.clock.now)
    ]
    try harness.commit(.moveTopUp(other, cause: "of another order"))
    try harness.setPolicy()
    let isOver = try harness.wait(atMost: .seconds(900)) {
      let state = try harness.automatic()?.state
      return state == .credited || state == .needsReview
    }
    #expect(isOver)
    return (harness, try #require(try harness.automatic()))
  }

  @Test func `a chain event that settles another order parks the one it is named for (30, 39)`()
    throws
  {
    let evidence = try #require(try topUp(beside: nil).1.orders.first?.seen?.evidence)
    let (harness, parked) = try topUp(beside: evidence)
    #expect(parked.state == .needsReview)
    #expect(parked.review?.reason.contains("deposit_order") == true)
    #expect(parked.review?.resume == .depositing || parked.review?.resume == .depositUnknown)
    #expect(parked.orders.first?.seen?.evidence == nil && parked.books.delivered == 0)
    #expect(parked.nextCheck != nil)
    // It is asked about on, and stays a person's.
    harness.loop.advance(by: .seconds(2 * 3_600))
    #expect(try harness.automatic() == parked)
  }
}

extension EngineHarness {
  fileprivate func automatic() throws -> TopUp? {
    try topUps().first { $0.trigger.isAutomatic }
  }
}
