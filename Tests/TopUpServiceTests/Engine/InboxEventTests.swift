import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What each kind of webhook event comes to beside charges and refunds (invariant 35).
@Suite struct InboxEventTests {
  /// Takes an event in as the webhook listener does, and lets the engine apply it.
  private func take(
    _ type: String, about object: String, intent: PaymentIntentID? = nil,
    into harness: EngineHarness
  ) throws -> StoredInboxEvent {
    let id = "evt_\(type)"
    try harness.commit(
      .receiveInbox(
        InboxEvent(
          id: id, type: type, object: object, intent: intent, body: [],
          received: harness.clock.now)))
    harness.onEngine { $0.pokeInbox() }
    let stored = try harness.look { try $0.inboxEvent(id) }
    return try #require(stored)
  }

  @Test(arguments: ["payment_method.updated", "payment_method.automatically_updated"])
  func `a card that the bank renewed is read again, and its accounts are looked at (35, 51)`(
    type: String
  ) throws {
    let harness = try EngineHarness()
    try harness.start(balance: 1_000)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    var stored = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
    let current = stored.card
    stored.card.expiryYear -= 5
    try harness.commit(.putCard(stored))
    let looks = decisions(harness)
    #expect(try take(type, about: current.id.rawValue, into: harness).applied != nil)
    let cards = try harness.look { try $0.payer(EngineHarness.payer) }.cards.map(\.card)
    #expect(cards == [current])
    #expect(decisions(harness) == looks + 1)
  }

  private func decisions(_ harness: EngineHarness) -> Int {
    harness.reports.count { if case .decided = $0 { true } else { false } }
  }

  @Test func `one about another's payment, and a set-up that failed, are done with at once`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start()
    let warning = try take(
      "radar.early_fraud_warning.created", about: "issfr_1", intent: PaymentIntentID("pi_other"),
      into: harness)
    #expect(warning.applied != nil)
    let setup = try take("setup_intent.setup_failed", about: "seti_1", into: harness)
    #expect(setup.applied != nil)
  }

  @Test func `a type that is taken and not understood is kept and tells so`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let event = try take("charge.dispute.of_tomorrow", about: "du_1", into: harness)
    #expect(event.applied == nil)
    #expect(event.lastError?.contains("not understood") == true)
  }

  /// The first of two events that wait fails; the second is another's.
  private func failing(_ error: StoreError) throws -> (EngineHarness, other: StoredInboxEvent) {
    let harness = try EngineHarness()
    try harness.start()
    harness.gate.refuse { commit in
      commit.changes.contains {
        switch $0 {
        case .failInbox("evt_first", _, _): true
        default: false
        }
      } ? error : nil
    }
    for (id, type) in [
      ("evt_first", "charge.dispute.of_tomorrow"), ("evt_other", "setup_intent.setup_failed"),
    ] {
      try harness.commit(
        .receiveInbox(
          InboxEvent(
            id: id, type: type, object: "x", intent: nil, body: [],
            received: harness.clock.now)))
    }
    harness.onEngine { $0.pokeInbox() }
    return (harness, try #require(try harness.look { try $0.inboxEvent("evt_other") }))
  }

  @Test func `an event whose own commit is refused keeps no other waiting (35, 39)`() throws {
    let (harness, other) = try failing(.conflict(.changed("inbox event evt_first")))
    #expect(other.applied != nil)
    #expect(!harness.onEngine { $0.isStopped })
  }

  @Test func `damage that an event comes upon ends the service, as a top-up's does`() throws {
    let (harness, other) = try failing(.corrupt("its row"))
    #expect(other.applied == nil)
    #expect(harness.onEngine { $0.isStopped })
    let isTold = harness.reports.contains {
      if case .storeLost(.corrupt("its row")) = $0 { true } else { false }
    }
    #expect(isTold)
  }

  // MARK: Dead letters

  private func replay(
    _ harness: EngineHarness, _ id: String
  ) throws -> Result<StoredInboxEvent, any Error> {
    let engine = harness.engine
    let done = harness.loop.start {
      try await engine.replayInbox(id, actor: "ops:maria", reason: "its cause is gone")
    }
    return try #require(done.result).mapError { $0 }
  }

  private static let unreadable = FaultRule(
    .stripe, method: "GET", pathPrefix: "/v1/payment_intents", .all,
    .answer(status: 500, body: "{}"))

  /// A user's top-up whose success nobody has told yet, because no intent can be read.
  private func untold(
    triesMax: Int
  ) throws -> (EngineHarness, TopUpID, String) {
    let harness = try EngineHarness { $0.inboxPatience.triesMax = triesMax }
    try harness.start(card: "4000002760003184")
    let card = try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
    let topUp = try harness.create(card: card.card.id)
    harness.onEngine { $0.poke(topUp.id) }
    let intent = try #require(try harness.topUps().first?.attempt?.intent)
    // Webhooks take their moment.
    harness.loop.advance(by: .seconds(1))
    try harness.deliverWebhooks()
    harness.world.setFaults(Self.unreadable)
    harness.world.control("stripe/authenticate", #"{"intent": "\#(intent)"}"#)
    harness.loop.advance(by: .seconds(1))
    try harness.deliverWebhooks()
    let all = try harness.look { try $0.inbox(stuckOnly: true, after: nil, limit: 9) }
    let event = try #require(all.first { $0.event.type == "payment_intent.succeeded" })
    return (harness, topUp.id, event.event.id)
  }

  @Test func `an event is given up after its tries, and tells so (35)`() throws {
    let (harness, _, id) = try untold(triesMax: 3)
    func event() throws -> StoredInboxEvent {
      try #require(try harness.look { try $0.inboxEvent(id) })
    }
    #expect(try event().tries == 1 && event().givenUp == nil)
    harness.loop.advance(by: .seconds(31))
    #expect(try event().tries == 2 && event().givenUp == nil)
    harness.loop.advance(by: .seconds(91))
    #expect(try event().tries == 3 && event().givenUp != nil)
    let told = harness.reports.count { if case .inboxGivenUp(id, _) = $0 { true } else { false } }
    #expect(told == 1)
    harness.loop.advance(by: .seconds(7_200))
    #expect(try event().tries == 3)
  }

  @Test func `a replay applies a dead letter once, and no event twice (35, 52)`() throws {
    let (harness, topUp, id) = try untold(triesMax: 1)
    #expect(try replay(harness, id).get().givenUp != nil)
    #expect(try harness.look { try $0.topUp(topUp) }?.state == .actionRequired)
    harness.world.setFaults()
    let replayed = try replay(harness, id).get()
    let applied = try #require(replayed.applied)
    #expect(replayed.givenUp == nil)
    #expect(try harness.look { try $0.topUp(topUp) }?.books.charged == 500)
    #expect(throws: ServiceError.alreadyApplied(event: id, at: applied)) {
      try replay(harness, id).get()
    }
    #expect(throws: ServiceError.notFound(resource: "webhook event", name: "evt_none")) {
      try replay(harness, "evt_none").get()
    }
    #expect(try harness.store.verify() == [])
  }

  @Test func `a dead letter keeps nothing from being found out (35, 36, 39)`() throws {
    let (harness, topUp, id) = try untold(triesMax: 1)
    harness.world.setFaults()
    #expect(
      try harness.wait(atMost: .seconds(3_600)) {
        try harness.look { try $0.topUp(topUp) }?.state == .credited
      })
    // What it told is known; replayed, it changes nothing.
    let before = try harness.look { try $0.topUp(topUp) }
    #expect(try replay(harness, id).get().applied != nil)
    #expect(try harness.look { try $0.topUp(topUp) } == before)
  }
}
