import Gateways
import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What the processor keeps and pays out: posted once each, by the movement's id, whenever it shows
/// (invariants 24, 40).
@Suite struct MovementTests {
  private func credited() throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(300)) { try harness.topUps().first?.state == .credited })
    harness.setBalance(500)
    return (harness, try #require(try harness.topUps().first))
  }

  /// The entries of no top-up, by what they say, with their legs.
  private func own(_ harness: EngineHarness) throws -> [String: [String: Int128]] {
    var entries: [String: [String: Int128]] = [:]
    for entry in try harness.ownEntries() {
      entries[entry.description] = Dictionary(
        uniqueKeysWithValues: entry.legs.map { ($0.account, $0.amount) })
    }
    return entries
  }

  @Test func `a charge's fee is posted once, as our expense and no part of its top-up (24)`() throws
  {
    let (harness, topUp) = try credited()
    let books = topUp.books
    #expect(try own(harness).isEmpty)
    harness.loop.advance(by: .seconds(1_000))
    let charge = try #require(topUp.attempts.last?.charge)
    let entries = try own(harness)
    let fee = try #require(entries.first { $0.key.hasSuffix(" of \(charge)") })
    #expect(fee.key.hasPrefix("processor's charge txn_") && entries.count == 1)
    #expect(fee.value == ["expense:processor:USD": 45, "processor:USD": -45])
    // The hour after, and the day after, there is nothing more to post.
    harness.loop.advance(by: .seconds(30 * 3_600))
    #expect(try own(harness) == entries)
    #expect(try harness.topUps().first?.books == books)
    #expect(try harness.reconcile().findings == [])
    #expect(try harness.store.verify() == [])
  }

  @Test func `payouts and a dispute's fee are posted, and another product's payment is not`() throws
  {
    let (harness, topUp) = try credited()
    let intent = try #require(topUp.succeededIntent)
    let payer = try harness.look { try $0.payer(EngineHarness.payer) }
    let (customer, card) = (try #require(payer.customer), try #require(payer.cards.first).card)
    // Of another store: its fee is nobody's here, its balance is in the account all the same.
    let (amount, topUpOfAnother) = (Money(minorUnits: 900, .usd), TopUpID("tu_another"))
    var stripe = try Gateways.StripeConfiguration(
      key: Secret("sk_test_sandbox"), livemode: false, baseURL: EngineWorld.stripeURL)
    stripe.storeID = "another"
    let another = StripeClient(stripe, over: harness.world)
    let made = harness.answer {
      await another.createIntent(
        CreateIntent(
          topUp: topUpOfAnother, attempt: 1, amount: amount, customer: customer,
          paymentMethod: card.id, description: "another's", key: IdempotencyKey("another")))
    }
    let foreign = try #require(made)
    _ = harness.answer {
      await another.confirmIntent(
        ConfirmIntent(
          intent: foreign.id, paymentMethod: card.id, amount: amount, offSession: true,
          key: IdempotencyKey("another.confirm")))
    }
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    harness.loop.advance(by: .seconds(60))
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(foreign.id)", "reason": "product_not_received"}"#)
    harness.loop.advance(by: .seconds(2 * 3_600))
    #expect(try harness.topUps().first?.books.disputed == 500)
    let fees = try own(harness).values.compactMap { $0["expense:processor:USD"] }
    #expect(fees.sorted() == [45, 1_500])
    let before = try harness.look { try $0.head() }.position
    #expect(try harness.reconcile().findings == [])
    #expect(try harness.look { try $0.head() }.position == before)
  }

  @Test func `a payout goes from the processor to the bank`() throws {
    let (harness, _) = try credited()
    harness.loop.advance(by: .seconds(1_000))
    harness.world.control("stripe/payout", #"{"amount": 300, "currency": "usd"}"#)
    harness.loop.advance(by: .seconds(3_700))
    let payout = try own(harness).first { $0.key.hasPrefix("processor's payout txn_") }?.value
    #expect(payout == ["bank:USD": 300, "processor:USD": -300])
    #expect(try harness.reconcile().findings == [])
    #expect(try harness.store.verify() == [])
  }

  @Test func `one that nobody posted for hours is told, and posted by a repair (40)`() throws {
    let harness = try EngineHarness { $0.booksDelay = .seconds(1_000_000) }
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(300)) { try harness.topUps().first?.state == .credited })
    harness.setBalance(500)
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.reconcile().findings == [])
    harness.loop.advance(by: .seconds(3 * 3_600))
    let found = try harness.reconcile().findings
    #expect(found.map(\.difference.kind) == [.movementNotPosted])
    #expect(found.first?.difference.theirs == "charge of 5.00 USD, fee 0.45 USD")
    #expect(found.first?.difference.isRepairable == true && count(harness) == 0)
    #expect(try harness.reconcile(repairer: "ops").findings.map(\.isRepaired) == [true])
    #expect(count(harness) == 1)
    #expect(try harness.reconcile(repairer: "ops").findings == [])
    #expect(count(harness) == 1)
  }

  private func count(_ harness: EngineHarness) -> Int { (try? own(harness).count) ?? -1 }

  @Test func `a movement is noted once, and one that is another's or gone is told`() throws {
    let (harness, _) = try credited()
    harness.loop.advance(by: .seconds(1_000))
    let noted = try harness.look {
      try $0.movements(since: UnixTime(seconds: 0), after: nil, limit: 10)
    }
    let fee = try #require(noted.first)
    #expect(noted.count == 1 && fee.kind == .charge && fee.fee == 45)
    #expect(throws: StoreError.self) { try harness.commit(.noteMovement(fee)) }
    var changed = fee
    changed.fee = 46
    #expect(
      fee.difference(noted: changed, isOurs: true, topUp: nil, at: harness.clock.now)?.kind
        == .movementAmount)
    // One that the processor has never had.
    changed.id = "txn_never"
    try harness.commit(.noteMovement(changed))
    #expect(try harness.reconcile().findings.map(\.difference.kind) == [.movementMissing])
  }
}
