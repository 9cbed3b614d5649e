import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// A card whose expiry its owner corrects: the processor's word on it is stored, and what the card
/// was refused for its data is forgotten (invariants 18, 43, 51).
@Suite struct CardUpdateTests {
  private func cards(_ harness: EngineHarness) -> CardService {
    CardService(
      store: harness.gate, processor: harness.outside.processor, clock: harness.clock,
      fence: harness.store.fence)
  }

  private func update(
    _ harness: EngineHarness, _ card: PaymentMethodID, month: Int = 7, year: Int = 2_031,
    key: String = "k", payer: Payer = EngineHarness.payer
  ) throws -> Result<StoredCard, any Error> {
    let cards = cards(harness)
    let done = harness.loop.start {
      try await cards.update(
        card, of: payer, month: month, year: year, caller: "local", key: key)
    }
    harness.onEngine { $0.pokeEvaluations() }
    return try #require(done.result).mapError { $0 }
  }

  private func card(_ harness: EngineHarness) throws -> StoredCard {
    try #require(try harness.look { try $0.payer(EngineHarness.payer) }.cards.first)
  }

  /// A low account whose only card has expired at the bank, and was refused for it.
  private func refused() throws -> (EngineHarness, CardSnapshot) {
    let harness = try EngineHarness()
    try harness.start()
    let card = try card(harness).card
    harness.world.control(
      "stripe/expire", #"{"payment_method": "\#(card.id)", "month": 1, "year": 2025}"#)
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(60))
    #expect(try harness.topUps().map(\.state) == [.declined])
    #expect(try harness.look { try $0.openBreakers(harness.key) } == [card.fingerprint])
    return (harness, card)
  }

  @Test func `a card that was refused for its expiry pays once that is corrected (18, 51)`() throws
  {
    let (harness, card) = try refused()
    let corrected = try update(harness, card.id).get()
    #expect(corrected.card.expiryMonth == 7 && corrected.card.expiryYear == 2_031)
    #expect(try self.card(harness) == corrected)
    #expect(try harness.look { try $0.openBreakers(harness.key) } == [])
    #expect(
      try harness.wait(atMost: .seconds(3_600)) {
        try harness.topUps().map(\.state) == [.declined, .credited]
      })
  }

  @Test func `a refusal of another kind stands (18)`() throws {
    let (harness, card) = try refused()
    try harness.commit(
      .openBreaker(harness.key, fingerprint: card.fingerprint, reason: "stolen"))
    _ = try update(harness, card.id).get()
    #expect(try harness.look { try $0.openBreakers(harness.key) } == [card.fingerprint])
  }

  @Test func `the same key corrects once, and another request is told apart (43)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let id = try card(harness).card.id
    _ = try update(harness, id).get()
    _ = try update(harness, id, month: 9, key: "k2").get()
    // A repeat does not undo the later one.
    #expect(try update(harness, id).get().card.expiryMonth == 9)
    #expect(harness.world.count("stripe POST /v1/payment_methods/\(id)") == 2)
    #expect(throws: ServiceError.keyReused(key: "k")) { try update(harness, id, year: 2_040).get() }
  }

  @Test func `only its payer's card is corrected`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let id = try card(harness).card.id
    let other = Payer(tenant: "acme", user: "u2")
    #expect(throws: ServiceError.cardNotOwned(id)) {
      try update(harness, id, payer: other).get()
    }
    #expect(harness.world.count("stripe POST /v1/payment_methods/\(id)") == 0)
  }

  @Test func `a processor that does not answer leaves the card as it was (44)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let before = try card(harness)
    harness.world.setFaults(
      FaultRule(
        .stripe, method: "POST", pathPrefix: "/v1/payment_methods", .first(1), .dropAfter))
    #expect(throws: ServiceError.self) { try update(harness, before.card.id).get() }
    #expect(try card(harness) == before)
    // The same key is the same request there, and finishes it.
    #expect(try update(harness, before.card.id).get().card.expiryYear == 2_031)
  }
}
