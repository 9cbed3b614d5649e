import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// A caller's keys on what is done to cards and consents (invariant 43), over the simulated
/// processor.
@Suite struct CardKeyTests {
  private let harness: EngineHarness
  private let cards: CardService

  init() throws {
    harness = try EngineHarness()
    cards = CardService(
      store: harness.store, processor: harness.outside.processor, clock: harness.clock,
      fence: harness.store.fence)
  }

  private var payer: Payer { EngineHarness.payer }

  private func did<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let done = harness.loop.start { try await body() }
    return try #require(done.result).get()
  }

  private func stored() throws -> StoredPayer { try harness.look { try $0.payer(payer) } }

  private func consent(_ text: String) -> Consent {
    Consent(
      textVersion: text, agreed: harness.clock.now, maxPerCharge: nil, maxPerMonth: nil,
      actor: "user")
  }

  private func record(_ consent: Consent, key: String) throws -> Consent {
    try did { [cards, payer] in
      try await cards.record(consent, of: payer, caller: "local", key: key)
    }
  }

  @Test func `a consent that is sent again stays withdrawn, and is answered as before`() throws {
    try harness.start()
    let first = try record(consent("2"), key: "c1")
    #expect(try stored().consent == first)
    try harness.commit(.withdrawConsent(payer, actor: "user"))
    harness.loop.advance(by: .seconds(5))
    #expect(try record(consent("2"), key: "c1") == first)
    #expect(try stored().consent == nil)
    #expect(throws: ServiceError.keyReused(key: "c1")) { try record(consent("3"), key: "c1") }
    #expect(try stored().consent == nil)
  }

  @Test func `an order that is sent again does not undo a later one`() throws {
    try harness.start()
    _ = try harness.addCard("5555555555554444")
    let ids = try stored().cards.map(\.card.id)
    func order(_ ids: [PaymentMethodID], _ key: String) throws -> [PaymentMethodID] {
      try did { [cards, payer] in
        try await cards.order(ids, of: payer, caller: "local", key: key).cards.map(\.card.id)
      }
    }
    #expect(try order(ids.reversed(), "o1") == ids.reversed())
    #expect(try order(ids, "o2") == ids)
    #expect(try order(ids.reversed(), "o1") == ids)
    #expect(throws: ServiceError.keyReused(key: "o2")) { try order(ids.reversed(), "o2") }
  }

  @Test func `a removal that is sent again is done, and detaches nothing more`() throws {
    try harness.start()
    let id = try #require(try stored().cards.first).card.id
    func remove(_ id: PaymentMethodID, _ key: String) throws {
      try did { [cards, payer] in
        try await cards.remove(id, of: payer, caller: "local", key: key)
      }
    }
    try remove(id, "r1")
    let asked = harness.world.count("stripe POST /v1/payment_methods/\(id)/detach")
    #expect(asked == 1)
    try remove(id, "r1")
    #expect(harness.world.count("stripe POST /v1/payment_methods/\(id)/detach") == asked)
    #expect(try stored().cards == [])
    #expect(throws: ServiceError.cardNotOwned(id)) { try remove(id, "r2") }
    #expect(throws: ServiceError.keyReused(key: "r1")) { try remove(PaymentMethodID("pm_x"), "r1") }
  }

  @Test func `a customer whose answer was lost is made with another address all the same`() throws {
    harness.loop.advance(by: .seconds(1))
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", pathPrefix: "/v1/customers", .nth(1), .dropAfter))
    func add(_ email: String) throws {
      _ = try did { [cards, payer] in
        try await cards.add(
          nil, to: payer, makeDefault: false, consent: nil, email: email, caller: "local",
          key: email)
      }
    }
    #expect(throws: ServiceError.self) { try add("a@b.test") }
    #expect(try stored().customer == nil)
    try add("c@d.test")
    #expect(try stored().customer != nil)
  }
}
