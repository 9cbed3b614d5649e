import Gateways
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Cards that are detached elsewhere, or were removed here (invariant 43).
@Suite struct CardRemovalTests {
  private static let id = CreatorGround.stored.id
  private static let card = """
    {"id":"pm_1","object":"payment_method","customer":"cus_1","livemode":false,"type":"card",
    "card":{"brand":"visa","last4":"4242","exp_month":12,"exp_year":2030,"funding":"credit",
    "country":"DE","fingerprint":"fp_1"}}
    """
  /// As Stripe refuses to detach what is not attached: with a message, and no code.
  private static let notAttached = """
    {"error":{"type":"invalid_request_error","message":"The payment method you provided is not
    attached to a customer so detachment is impossible."}}
    """
  private static let missing = """
    {"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such
    payment method."}}
    """
  private static let busy = #"{"error":{"type":"api_error","message":"Busy."}}"#

  /// What the processor says to a detach, and of the customer's card.
  private struct Answers: HTTPTransport {
    var detach = (400, CardRemovalTests.notAttached)
    var method = (200, CardRemovalTests.card)

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      var (status, body) = (200, CardRemovalTests.card)
      if request.url.hasSuffix("/detach") { (status, body) = detach }
      if request.url.hasSuffix("/customers/cus_1/payment_methods/pm_1") { (status, body) = method }
      // A blank is a blank in JSON, and a line's end within a text is not.
      let bytes = Array(body.replacing("\n", with: " ").utf8)
      return .response(HTTPResponse(status: status, headers: [], body: bytes))
    }
  }

  private func cards(_ ground: CreatorGround, _ answers: Answers) throws -> CardService {
    CardService(
      store: ground.store,
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false), over: answers),
      clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence)
  }

  private func removal(
    _ ground: CreatorGround, _ answers: Answers, key: String = "k"
  ) async throws -> ServiceError? {
    let cards = try cards(ground, answers)
    do throws(ServiceError) {
      try await cards.remove(Self.id, of: CreatorGround.payer, caller: "local", key: key)
      return nil
    } catch { return error }
  }

  private func isStored(_ ground: CreatorGround) throws -> Bool {
    try ground.store.look { snapshot throws(StoreError) in try snapshot.card(Self.id) } != nil
  }

  @Test func `a card that was detached elsewhere is removed, whatever the key`() async throws {
    let ground = try await CreatorGround(consent: nil)
    let detached = Answers(method: (404, Self.missing))
    #expect(try await removal(ground, detached) == nil)
    #expect(try !isStored(ground))
    #expect(try await removal(ground, detached) == nil)
    #expect(try await removal(ground, detached, key: "k2") == .cardNotOwned(Self.id))
  }

  @Test
  func `a card that is still its customer's stays stored, and so does one that cannot be read`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    guard case .cardRefused = try await removal(ground, Answers()) else {
      Issue.record("it is attached, and was removed")
      return
    }
    for status in [401, 429, 500] {
      let silent = Answers(method: (status, Self.busy))
      guard case .dependencyUnavailable = try await removal(ground, silent) else {
        Issue.record("\(status) says nothing of the card")
        return
      }
      // Nor does a refusal that passes, and then nobody else is asked.
      let shut = Answers(detach: (status, Self.busy), method: (404, Self.missing))
      guard case .dependencyUnavailable = try await removal(ground, shut) else {
        Issue.record("\(status) says nothing of the card")
        return
      }
    }
    #expect(try isStored(ground))
  }

  @Test func `a card that was removed meanwhile is not the payer's, and not busy (43)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    try await ground.commit([.removeCard(Self.id)])
    // For a day the processor answers an attach under the same key as it did before.
    let cards = try cards(ground, Answers())
    await #expect(throws: ServiceError.cardNotOwned(Self.id)) {
      _ = try await cards.add(
        Self.id, to: CreatorGround.payer, makeDefault: true, consent: nil, email: nil,
        caller: "local", key: "a")
    }
    #expect(try !isStored(ground))
  }
}
