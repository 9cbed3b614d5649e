import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What an account's rule makes of a charge that is taken back after its delivery, from the bank's
/// event to the next charge (invariants 27, 38, 45, 47, 51).
@Suite struct DebtEventTests {
  /// An account that was funded with 5.00 USD.
  private func credited(
    _ rule: DebtRule = .block
  ) throws -> (EngineHarness, PaymentIntentID) {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy { $0.debt = rule }
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    try harness.deliverWebhooks()
    let topUp = try #require(try harness.topUps().first)
    return (harness, try #require(topUp.succeededIntent))
  }

  private func tell(_ harness: EngineHarness) throws {
    harness.loop.advance(by: .seconds(10))
    #expect(try harness.deliverWebhooks() != [])
    #expect(try harness.store.verify() == [])
  }

  private func dispute(_ harness: EngineHarness, _ intent: PaymentIntentID) throws {
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    try tell(harness)
  }

  private func decide(_ harness: EngineHarness, won: Bool) throws {
    let id = try #require(try harness.topUps().first?.reversals.first?.id)
    harness.world.control("stripe/decide_dispute", #"{"dispute": "\#(id)", "won": \#(won)}"#)
    try tell(harness)
  }

  private func blocks(_ harness: EngineHarness) throws -> [AccountBlock] {
    try harness.look { try $0.account(harness.key) }.state.blocks
  }

  private func owed(_ harness: EngineHarness) throws -> [Money] {
    try harness.look { try $0.debts(of: harness.key) }.map(\.amount)
  }

  private func absorbed(_ harness: EngineHarness) throws -> Int128 {
    try harness.look { try $0.balance(of: .absorbed(.usd)) }
  }

  private func blockNotices(_ harness: EngineHarness) throws -> [Notice] {
    try harness.look { try $0.notices(NoticeQuery(account: harness.key, limit: 100)) }
      .map(\.notice).filter { $0.kind == .blocked }
  }

  @Test func `a debt blocks in its own commit, and bars rule and user until it is back (27, 47)`()
    throws
  {
    let (harness, intent) = try credited()
    let card = try harness.look { try $0.payer(EngineHarness.payer) }.cards.first?.card.id
    try dispute(harness, intent)
    let topUp = try #require(try harness.topUps().first)
    #expect(try owed(harness) == [Money(minorUnits: 500, .usd)])
    let block = try #require(try blocks(harness).first)
    #expect(block.cause == .debt && block.actor == "topupd")
    #expect(block.reason.contains(topUp.id.rawValue) && block.since == topUp.updated)
    #expect(try blockNotices(harness).count == 1)
    let error = #expect(throws: ServiceError.self) { _ = try harness.create(card: card) }
    #expect(error == .accountBlocked(harness.key, [.debt]))
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(8_000))
    let skip = try #require(try harness.decisions().first)
    #expect(skip.skip == .accountBlocked && skip.explanation.contains("debt"))
    try decide(harness, won: true)
    #expect(try owed(harness) == [] && blocks(harness) == [])
    // It falls due at once, without any event.
    #expect(try harness.wait(atMost: .seconds(7_200)) { try harness.topUps().count == 2 })
  }

  @Test
  func `a rule that forgives posts our loss at once, blocks nothing, and charges on (27, 38)`()
    throws
  {
    let (harness, intent) = try credited(.forgive)
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(60))
    try dispute(harness, intent)
    #expect(try owed(harness) == [] && blocks(harness) == [] && absorbed(harness) == 500)
    #expect(try blockNotices(harness) == [])
    let entries = try harness.look { snapshot in
      try snapshot.entries(of: try #require(try harness.topUps().first).id)
    }
    #expect(entries.flatMap(\.legs).allSatisfy { !$0.account.hasPrefix("debt:") })
    #expect(try harness.wait(atMost: .seconds(8_000)) { try harness.topUps().count == 2 })
    try decide(harness, won: true)
    #expect(try absorbed(harness) == 0)
  }

  @Test func `a rule that nets has the next charge pay, and the debt stays paid (24, 27, 38)`()
    throws
  {
    let (harness, intent) = try credited(.net)
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(60))
    try dispute(harness, intent)
    #expect(try blocks(harness) == [])
    #expect(
      try harness.wait(atMost: .seconds(8_000)) {
        try harness.topUps().count == 2 && harness.topUps()[1].state == .credited
      })
    let second = try harness.topUps()[1]
    #expect(second.amount == Money(minorUnits: 1_000, .usd) && second.debtPart == 500)
    #expect(second.books.repaid == 500 && second.books.held == 0)
    #expect(try owed(harness) == [] && harness.store.verify() == [])
    // Won after all: what came back is the customer's, and a person's to give back.
    try decide(harness, won: true)
    let first = try #require(try harness.topUps().first)
    #expect(first.state == .needsReview && first.books.held == 500)
    #expect(try owed(harness) == [])
  }

  @Test func `a debt that makes the charge too large is not paid in part (27)`() throws {
    let (harness, intent) = try credited(.net)
    try harness.setPolicy {
      $0.debt = .net
      $0.maxPerTopUp = 999
    }
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(60))
    try dispute(harness, intent)
    harness.loop.advance(by: .seconds(8_000))
    #expect(try harness.topUps().count == 1)
    #expect(try harness.decisions().first?.skip == .debtTooLarge)
  }

  @Test func `a later rule alters nothing that is posted (25, 47)`() throws {
    let (harness, intent) = try credited()
    try dispute(harness, intent)
    try harness.setPolicy { $0.debt = .forgive }
    #expect(try owed(harness) == [Money(minorUnits: 500, .usd)] && absorbed(harness) == 0)
    #expect(try blocks(harness).map(\.cause) == [.debt])
    try decide(harness, won: true)
    #expect(try absorbed(harness) == 0 && owed(harness) == [] && blocks(harness) == [])
  }

  @Test func `blocked while a charge is under way, it is not confirmed any more (47)`() throws {
    let (harness, intent) = try credited()
    // The next one's intent is made, and nothing is heard of it for a while.
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", pathSuffix: "/v1/payment_intents", .all, .hang),
      FaultRule(.stripe, method: "GET", pathPrefix: "/v1/payment_intents", .all, .hang))
    harness.setBalance(0)
    #expect(try harness.wait(atMost: .seconds(8_000)) { try harness.topUps().count == 2 })
    try dispute(harness, intent)
    harness.world.setFaults()
    #expect(
      try harness.wait(atMost: .seconds(8_000)) {
        try harness.topUps().last?.state.isTerminal == true
      })
    let causes = try harness.look { try $0.transitions(of: harness.topUps()[1].id) }
      .map { "\($0.to) \($0.cause)" }
    #expect(try harness.topUps().last?.state == .cancelled, "\(causes)")
    #expect(try harness.topUps().last?.books.charged == 0)
  }

  @Test func `a warning of fraud outlasts the debt (27, 52)`() throws {
    let (harness, intent) = try credited()
    harness.world.control("stripe/fraud_warning", #"{"intent": "\#(intent)"}"#)
    try tell(harness)
    try dispute(harness, intent)
    #expect(try blocks(harness).map(\.cause) == [.debt, .fraudWarning])
    try decide(harness, won: true)
    #expect(try blocks(harness).map(\.cause) == [.fraudWarning])
    #expect(try blockNotices(harness).count == 2)
  }
}
