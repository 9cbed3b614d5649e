import Gateways
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

@Suite struct CardServiceTests {
  private static let card = """
    {"id":"pm_1","object":"payment_method","customer":"cus_1","livemode":false,"type":"card",
    "card":{"brand":"visa","last4":"4242","exp_month":12,"exp_year":2030,"funding":"credit",
    "country":"DE","fingerprint":"fp_1"}}
    """
  private static let setup = """
    {"id":"seti_1","object":"setup_intent","livemode":false,"status":"succeeded",
    "client_secret":"seti_1_secret_Zx81","payment_method":"pm_1"}
    """

  /// Answers what each path's end stands for; anything else is in doubt.
  private struct Answers: HTTPTransport {
    let bodies: [String: String]

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      guard let body = bodies.first(where: { request.url.hasSuffix($0.key) })?.value
      else { return .unknown("no answer") }
      return .response(HTTPResponse(status: 200, headers: [], body: Array(body.utf8)))
    }
  }

  private func cards(
    _ ground: CreatorGround, _ bodies: [String: String] = ["/attach": Self.card]
  ) throws -> CardService {
    CardService(
      store: ground.store,
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false),
        over: Answers(bodies: bodies)),
      clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence)
  }

  private func add(
    _ cards: CardService, consent: Consent?, email: String? = nil
  ) async -> ServiceError? {
    do throws(ServiceError) {
      _ = try await cards.add(
        PaymentMethodID("pm_1"), to: CreatorGround.payer, makeDefault: false, consent: consent,
        email: email, caller: "local", key: "k1")
      return nil
    } catch { return error }
  }

  @Test func `the same key with another consent or address is another request (43)`() async throws {
    let ground = try await CreatorGround(consent: nil)
    defer { withExtendedLifetime(ground) {} }
    let cards = try cards(ground)
    let first = CreatorGround.consent(perCharge: 1_000)
    let begun = await add(cards, consent: first)
    #expect(begun == nil)
    var later = first
    later.agreed = CreatorGround.now.advanced(by: .seconds(5))
    // When no time is given it is the call's own, and the repeat's is another.
    let repeated = await add(cards, consent: later)
    #expect(repeated == nil)
    let reused = ServiceError.keyReused(key: "k1")
    #expect(await add(cards, consent: nil) == reused)
    #expect(await add(cards, consent: CreatorGround.consent(perCharge: 2_000)) == reused)
    #expect(await add(cards, consent: CreatorGround.consent(perMonth: 1_000)) == reused)
    #expect(await add(cards, consent: first, email: "a@b.test") == reused)
  }

  private struct Refusing: HTTPTransport {
    let status: Int

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      let type = #"{"error":{"type":"invalid_request_error","message":"No."}}"#
      return .response(HTTPResponse(status: status, headers: [], body: Array(type.utf8)))
    }
  }

  @Test(arguments: [(429, true), (409, true), (401, true), (403, true), (400, false)])
  func `a refusal that is no word on the card is the processor's (17)`(
    status: Int, isOutage: Bool
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    let cards = CardService(
      store: ground.store,
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false),
        over: Refusing(status: status)),
      clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence)
    var errors = [await add(cards, consent: nil)]
    do throws(ServiceError) {
      try await cards.remove(
        CreatorGround.stored.id, of: CreatorGround.payer, caller: "local", key: "k2")
      errors.append(nil)
    } catch { errors.append(error) }
    for error in errors {
      switch error {
      case .dependencyUnavailable: #expect(isOutage)
      case .cardRefused: #expect(!isOutage)
      default: Issue.record("\(String(describing: error))")
      }
    }
  }

  @Test func `a set-up whose card cannot be read is not told as done without one (44)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    try await ground.commit([
      .putSetup(
        StoredSetup(id: SetupIntentID("seti_1"), payer: CreatorGround.payer, makeDefault: false))
    ])
    let silent = try cards(ground, ["/v1/setup_intents/seti_1": Self.setup])
    await #expect(
      throws: ServiceError.dependencyUnavailable(
        name: "processor", detail: "the card of a finished set-up could not be read")
    ) { _ = try await silent.setup(SetupIntentID("seti_1")) }
  }

  @Test func `a stored card whose data changed is read again, and keeps its place (35)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    var old = CreatorGround.stored
    old.expiryYear = 2_026
    var second = old
    second.id = PaymentMethodID("pm_2")
    try await ground.commit(
      [old, second].enumerated().map { rank, card in
        .putCard(
          StoredCard(
            payer: CreatorGround.payer, card: card, rank: rank, added: CreatorGround.now))
      })
    let answering = CardKeeper(
      store: ground.store,
      processor: try cards(ground, ["/payment_methods/pm_1": Self.card]).processor)
    let changes = try #require(
      try await answering.changes(updating: PaymentMethodID("pm_1"), at: CreatorGround.now))
    try await ground.commit(changes)
    let stored = try cards(ground).stored(CreatorGround.payer).cards
    #expect(stored.map(\.card.id.rawValue) == ["pm_1", "pm_2"])
    #expect(stored.map(\.card.expiryYear) == [2_030, 2_026])
    // One that is not stored is none of ours; one that cannot be read is asked for again.
    #expect(
      try await answering.changes(updating: PaymentMethodID("pm_3"), at: CreatorGround.now) == [])
    #expect(
      try await answering.changes(updating: PaymentMethodID("pm_2"), at: CreatorGround.now) == nil)
  }

  @Test func `a set-up that is told again leaves the order of the cards alone (20)`() async throws {
    let ground = try await CreatorGround(consent: nil)
    var second = CreatorGround.stored
    second.id = PaymentMethodID("pm_2")
    try await ground.commit([
      .putSetup(
        StoredSetup(id: SetupIntentID("seti_1"), payer: CreatorGround.payer, makeDefault: true)),
      .putCard(
        StoredCard(payer: CreatorGround.payer, card: second, rank: 0, added: CreatorGround.now)),
      .removeCard(PaymentMethodID("pm_1")),
    ])
    let cards = try cards(
      ground,
      [
        "/v1/setup_intents/seti_1": Self.setup.replacing("pm_1", with: "pm_3"),
        "/payment_methods/pm_3": Self.card.replacing("pm_1", with: "pm_3"),
      ])
    func order() throws -> [String] {
      try cards.stored(CreatorGround.payer).cards.map(\.card.id.rawValue)
    }
    _ = try await cards.setup(SetupIntentID("seti_1"))
    #expect(try order() == ["pm_3", "pm_2"])
    try await ground.commit([
      .orderCards(CreatorGround.payer, [PaymentMethodID("pm_2"), PaymentMethodID("pm_3")])
    ])
    _ = try await cards.setup(SetupIntentID("seti_1"))
    #expect(try order() == ["pm_2", "pm_3"])
  }

  @Test func `a set-up that is told again brings no card back that was removed`() async throws {
    let ground = try await CreatorGround(consent: nil)
    try await ground.commit([
      .putSetup(
        StoredSetup(id: SetupIntentID("seti_1"), payer: CreatorGround.payer, makeDefault: true)),
      .removeCard(PaymentMethodID("pm_1")),
    ])
    // What the processor said of it was asked for before it was detached.
    let cards = try cards(
      ground, ["/v1/setup_intents/seti_1": Self.setup, "/payment_methods/pm_1": Self.card])
    await #expect(throws: ServiceError.self) {
      _ = try await cards.setup(SetupIntentID("seti_1"))
    }
    #expect(try cards.stored(CreatorGround.payer).cards == [])
  }

  @Test func `a card that is refused for an account of its payer shows it`() async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let cards = try cards(ground)
    let topUp = try await ground.create("a")
    #expect(try cards.refused(CreatorGround.payer) == [])
    try await ground.commit([
      .openBreaker(topUp.account, fingerprint: "fp_1", reason: "stolen"),
      .openBreaker(topUp.account, fingerprint: "fp_other", reason: "stolen"),
    ])
    #expect(try cards.refused(CreatorGround.payer) == ["fp_1"])
    // Another payer's account says nothing of this one's card.
    #expect(try cards.refused(Payer(tenant: "acme", user: "u2")) == [])
    try await ground.commit([
      .clearBreaker(topUp.account, fingerprint: "fp_1", actor: "ops")
    ])
    #expect(try cards.refused(CreatorGround.payer) == [])
  }
}
