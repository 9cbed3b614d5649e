import Gateways
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// The order of a payer's cards while one of them is read at the processor: it is the payer's word
/// (invariant 20).
@Suite struct CardOrderTests {
  private static let ids = ["pm_1", "pm_2"].map { PaymentMethodID($0) }

  /// Orders a payer's cards before it answers for one of them.
  private struct Meanwhile: HTTPTransport {
    let ground: CreatorGround
    let change: Change?

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      if let change {
        do { try await ground.commit([change]) } catch { return .unknown("\(error)") }
      }
      let path = request.url.replacing("/attach", with: "").split(separator: "/")
      let id = path.last.map { String($0) } ?? ""
      let card = """
        {"id":"\(id)","object":"payment_method","customer":"cus_1","livemode":false,
        "type":"card","card":{"brand":"visa","last4":"4242","exp_month":12,"exp_year":2031,
        "funding":"credit","country":"DE","fingerprint":"fp_\(id)"}}
        """
      return .response(HTTPResponse(status: 200, headers: [], body: Array(card.utf8)))
    }
  }

  /// A payer with two cards, in the order of their names.
  private func ground() async throws -> CreatorGround {
    let ground = try await CreatorGround(consent: nil)
    var second = CreatorGround.stored
    second.id = Self.ids[1]
    try await ground.commit([
      .putCard(
        StoredCard(
          payer: CreatorGround.payer, card: second, rank: StoredCard.lastRank,
          added: CreatorGround.now))
    ])
    return ground
  }

  private func cards(_ ground: CreatorGround, meanwhile change: Change?) throws -> CardService {
    CardService(
      store: ground.store,
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false),
        over: Meanwhile(ground: ground, change: change)),
      clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence)
  }

  private func order(_ ground: CreatorGround) throws -> [String] {
    try ground.store.look { snapshot throws(StoreError) in
      try snapshot.payer(CreatorGround.payer).cards.map(\.card.id.rawValue)
    }
  }

  private var reversed: Change { .orderCards(CreatorGround.payer, Self.ids.reversed()) }

  @Test func `a correction leaves the order that was given meanwhile`() async throws {
    let ground = try await ground()
    let updated = try await cards(ground, meanwhile: reversed).update(
      Self.ids[0], of: CreatorGround.payer, month: 12, year: 2_031, caller: "local", key: "u")
    #expect(try order(ground) == ["pm_2", "pm_1"])
    // And the answer has it, too.
    #expect(updated.rank == 1 && updated.card.expiryYear == 2_031)
  }

  @Test func `a card that is read again leaves the order that was given meanwhile`() async throws {
    let ground = try await ground()
    let processor = try cards(ground, meanwhile: reversed).processor
    let keeper = CardKeeper(store: ground.store, processor: processor)
    let updating = try await keeper.changes(updating: Self.ids[0], at: CreatorGround.now)
    try await ground.commit(try #require(updating))
    #expect(try order(ground) == ["pm_2", "pm_1"])
    let adding = try await keeper.changes(
      adding: Self.ids[1], CreatorGround.payer, makeDefault: false, at: CreatorGround.now)
    try await ground.commit(try #require(adding))
    #expect(try order(ground) == ["pm_2", "pm_1"])
  }

  @Test(arguments: [false, true])
  func `a new card comes last or first among those that are there by then`(
    makeDefault: Bool
  ) async throws {
    let ground = try await ground()
    let added = try await cards(ground, meanwhile: reversed).add(
      PaymentMethodID("pm_3"), to: CreatorGround.payer, makeDefault: makeDefault, consent: nil,
      email: nil, caller: "local", key: "a")
    guard case .stored(let card) = added else {
      Issue.record("it awaits a person")
      return
    }
    #expect(card.rank == (makeDefault ? 0 : 2))
    #expect(
      try order(ground) == (makeDefault ? ["pm_3", "pm_2", "pm_1"] : ["pm_2", "pm_1", "pm_3"]))
    // A set-up finishes while one of the others is removed.
    let keeper = CardKeeper(
      store: ground.store,
      processor: try cards(ground, meanwhile: .removeCard(Self.ids[0])).processor)
    let changes = try await keeper.changes(
      adding: PaymentMethodID("pm_4"), CreatorGround.payer, makeDefault: makeDefault,
      at: CreatorGround.now)
    try await ground.commit(try #require(changes))
    #expect(
      try order(ground) == (makeDefault ? ["pm_4", "pm_3", "pm_2"] : ["pm_2", "pm_3", "pm_4"]))
  }

  @Test func `a stored card is moved by a call that wants it first, and by no other`() async throws
  {
    let ground = try await ground()
    for (number, makeDefault) in [false, true].enumerated() {
      _ = try await cards(ground, meanwhile: nil).add(
        Self.ids[number == 0 ? 0 : 1], to: CreatorGround.payer, makeDefault: makeDefault,
        consent: nil, email: nil, caller: "local", key: "k\(number)")
      #expect(try order(ground) == (makeDefault ? ["pm_2", "pm_1"] : ["pm_1", "pm_2"]))
    }
  }
}
