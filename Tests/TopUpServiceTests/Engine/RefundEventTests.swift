import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What the processor tells of refunds, applied by the engine.
@Suite struct RefundEventTests {
  private static let rejected = FaultRule(
    .ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.reject))

  /// A charge that the ramp rejected, given back.
  private func refunded(card: String = "4242424242424242") throws -> (EngineHarness, TopUpID) {
    // A comparison, or the hourly look at its events, would ask the processor, whose refund then fails
    // before the test wants it to: at the very moment at which the account is looked at again.
    let harness = try EngineHarness {
      $0.booksDelay = .seconds(1_000_000)
      $0.eventsPeriod = .seconds(1_000_000)
    }
    harness.world.setFaults(Self.rejected)
    try harness.start(card: card)
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60), step: .milliseconds(100)) {
        try harness.topUps().first?.state == .refunded
      })
    return (harness, try #require(try harness.topUps().first).id)
  }

  private func topUp(_ id: TopUpID, _ harness: EngineHarness) throws -> TopUp {
    let found = try harness.look { try $0.topUp(id) }
    return try #require(found)
  }

  private func waiting(_ harness: EngineHarness) throws -> [StoredInboxEvent] {
    try harness.look { try $0.inbox(stuckOnly: false, after: nil, limit: 100) }
      .filter { $0.applied == nil }
  }

  @Test func `events of our own refund are applied and wait for nobody (35)`() throws {
    let (harness, id) = try refunded()
    harness.loop.advance(by: .seconds(10))
    #expect(try harness.deliverWebhooks().count >= 3)
    #expect(try waiting(harness) == [])
    #expect(try topUp(id, harness).state == .refunded)
  }

  @Test func `a pass that meets our own refund stops nothing (50)`() throws {
    let harness = try EngineHarness()
    harness.world.setFaults(Self.rejected)
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60)) { try harness.topUps().first?.state == .refunded })
    harness.loop.advance(by: .seconds(3_700))
    #expect(harness.onEngine { $0.behind } == nil)
    let events = try harness.look { try $0.inbox(stuckOnly: false, after: nil, limit: 100) }
    #expect(events.contains { $0.event.type.hasPrefix("refund.") })
  }

  /// A charge whose refund waits: what refunds there are cannot be asked.
  private func unasked() throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness {
      $0.booksDelay = .seconds(1_000_000)
      $0.eventsPeriod = .seconds(1_000_000)
    }
    harness.world.setFaults(
      Self.rejected,
      FaultRule(
        .stripe, method: "GET", pathPrefix: "/v1/refunds", .all, .answer(status: 500, body: "")))
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60)) { try harness.topUps().first?.state == .refunding })
    harness.loop.advance(by: .seconds(600))
    #expect(harness.world.count("stripe POST /v1/refunds") == 0)
    return (harness, try #require(try harness.topUps().first))
  }

  /// Made by the newer self of a store that is an older copy.
  private func refund(
    _ owed: TopUp, number: Int, _ amount: Int64, _ harness: EngineHarness
  ) throws -> RefundSnapshot {
    let refund = CreateRefund(
      topUp: owed.id, intent: try #require(owed.succeededIntent),
      amount: Money(minorUnits: amount, .usd), key: .refund(owed.id, number: number))
    let made = harness.answer { [outside = harness.outside] in
      await outside.processor.createRefund(refund)
    }
    return try #require(made)
  }

  @Test func `a look that finds what no row has stops the store, and no sum is guessed (15, 50)`()
    throws
  {
    let (harness, owed) = try unasked()
    let lost = try refund(owed, number: 1, 200, harness)
    harness.world.setFaults(Self.rejected)
    #expect(try harness.wait(atMost: .seconds(600)) { harness.onEngine { $0.behind } != nil })
    harness.loop.advance(by: .seconds(600))
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    #expect(try topUp(owed.id, harness).books.refunded == 0)
    // By hand into the books, it is another's there; the key of this one is taken.
    _ = try harness.reconcile(repairer: "ops:maria, of the copy")
    #expect(try harness.clearBehind() == nil)
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try topUp(owed.id, harness).state == .needsReview
      })
    let waiting = try topUp(owed.id, harness)
    #expect(waiting.review?.reason.contains("\(lost.id)") == true)
    #expect(waiting.books.refunded == 200 && waiting.books.held == 300)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    #expect(try harness.reconcile().findings == [])
    #expect(try harness.store.verify() == [])
  }

  @Test func `what others gave back in whole meanwhile ends the top-up (37, 39)`() throws {
    let (harness, owed) = try unasked()
    let intent = try #require(owed.succeededIntent)
    harness.world.control("stripe/refund", #"{"intent": "\#(intent)"}"#)
    harness.world.setFaults(Self.rejected)
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try topUp(owed.id, harness).state == .reversed
      })
    #expect(harness.world.count("stripe POST /v1/refunds") == 0)
    #expect(harness.onEngine { $0.behind } == nil)
    #expect(try harness.store.verify() == [])
  }

  @Test func `a refund that the processor has is not made again, whatever its keys (15, 50)`()
    throws
  {
    let (harness, owed) = try unasked()
    _ = try refund(owed, number: 1, owed.amount.minorUnits, harness)
    harness.world.control("stripe/forget_keys", "{}")
    harness.world.setFaults(Self.rejected)
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .refunded })
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    #expect(try harness.topUps().first?.books.refunded == 500)
  }

  @Test func `a refund that fails later is owed again, and a person is told (24, 37)`() throws {
    let (harness, id) = try refunded(card: "4000000000005126")
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
    let reopened = try topUp(id, harness)
    #expect(reopened.state == .needsReview && reopened.review?.resume == .refundFailed)
    #expect(reopened.books.held == 500 && reopened.books.refunded == 0)
    #expect(try waiting(harness) == [])
    #expect(try harness.store.verify() == [])
  }

  @Test func `a refund that fails is owed again though another top-up is in flight (2, 37)`() throws
  {
    let (harness, id) = try refunded(card: "4000000000005126")
    harness.world.setFaults()
    harness.world.control("chain", #"{"stall_finality": true}"#)
    #expect(
      try harness.wait(atMost: .seconds(2 * 3_600), step: .seconds(20)) {
        try harness.topUps().last?.state == .depositing
      })
    let account = try #require(try harness.topUps().last).account
    let episode = try harness.look { try $0.account(account) }.state.episode
    try harness.deliverWebhooks()
    let reopened = try topUp(id, harness)
    #expect(reopened.state == .needsReview && reopened.isReopened && reopened.books.held == 500)
    #expect(try waiting(harness) == [])
    // The other one goes its way.
    harness.world.control("chain", #"{"stall_finality": false}"#)
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().last?.state == .credited })
    #expect(try harness.look { try $0.account(account) }.state.episode.ordinal == episode.ordinal)
    #expect(try harness.store.verify() == [])
  }
}
