import Gateways
import RPCClient
import RPCCore
import Synchronization
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What is committed is never answered as not written, whatever can be read after it (invariant 44).
@Suite struct AfterCommitTests {
  /// A store that answers no more once something was committed, or from now on.
  private final class Hush: Store {
    private let inner: any Store
    private let isSilent = Mutex(false)

    init(_ inner: any Store) { self.inner = inner }

    func speak() { isSilent.withLock { $0 = false } }

    func read<Value>(
      _ body: (any StoreSnapshot) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
      if isSilent.withLock({ $0 }) { throw .unavailable("busy") }
      return try inner.read(body)
    }

    func commit(_ commit: Commit) async throws(StoreError) {
      try await inner.commit(commit)
      isSilent.withLock { $0 = true }
    }
  }

  private static let user = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u1"))
  private static let account = Account(
    kind: .credits(TopUpAPI.CreditsAccount(tenant: "acme", user: "u1")))
  private static let payer = TopUpAPI.Payer(tenant: "acme", user: "u1")
  private static let actor = ActorMessage(name: "ops", reason: "test")

  private func serving(
    _ store: any Store, fence: Int64, _ body: (RPCChannel, CallOptions) async throws -> Void
  ) async throws {
    let guarded = try await GuardedGround(nil, over: store, fence: fence)
    do {
      try await body(guarded.channel, try GuardedGround.options(nil))
    } catch {
      await guarded.close()
      throw error
    }
    await guarded.close()
  }

  private func code(_ call: () async throws -> Void) async -> StatusCode? {
    do {
      try await call()
      return nil
    } catch { return (error as? RPCError)?.code }
  }

  /// One that waits for its person, and one that waits for an operator.
  private func charge(
    _ ground: CreatorGround, _ key: String, _ state: TopUpCore.TopUpState
  ) async throws -> TopUpID {
    var topUp = try await ground.create(key, user: key, onSession: true)
    topUp.version += 1
    topUp.state = state
    let isCharged = state == .needsReview
    let card = CardReference(
      id: CreatorGround.stored.id, customer: CustomerID("cus_1"), fingerprint: "fp_1",
      brand: "visa", last4: "4242")
    topUp.attempts = [
      ChargeAttempt(
        number: 1, card: card, phase: isCharged ? .succeeded : .awaitingPerson,
        intent: PaymentIntentID("pi_\(key)"), started: CreatorGround.now)
    ]
    var changes: [Change] = []
    if isCharged {
      topUp.review = TopUp.Review(reason: "the refund failed", resume: .refundFailed)
      topUp.books.charged = 1_000
      topUp.books.held = 1_000
      changes.append(
        .post(
          Entry(
            topUp: topUp.id, "charge captured",
            Entry.move(1_000, from: .held(topUp.account, .usd), to: .processor(.usd)))))
    }
    try await ground.commit([.moveTopUp(topUp, cause: "test")] + changes)
    return topUp.id
  }

  @Test
  func `a change whose answer cannot be read may have been made, and the same call finds out`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    let waiting = try await charge(ground, "w", .actionRequired)
    let parked = try await charge(ground, "p", .needsReview)
    let hush = Hush(ground.store)
    try await serving(hush, fence: ground.store.fence) { channel, options in
      let (topUps, admin) = (TopUpClient(channel), AdminClient(channel))
      let cards = PaymentMethodsClient(channel)
      let calls: [(String, () async throws -> Void)] = [
        (
          "cancel",
          {
            _ = try await topUps.cancelTopUp(
              CancelTopUpRequest(id: waiting.rawValue, actor: Self.actor), options: options)
          }
        ),
        (
          "review",
          {
            _ = try await admin.actOnReviewItem(
              ActOnReviewItemRequest(
                id: parked.rawValue, verb: .resolve, actor: Self.actor, idempotencyKey: "r",
                outcome: .lost), options: options)
          }
        ),
        (
          "block",
          {
            _ = try await admin.blockAccount(
              BlockAccountRequest(
                account: Self.account, actor: Self.actor, idempotencyKey: "b"),
              options: options)
          }
        ),
        (
          "release",
          {
            _ = try await admin.releaseAccount(
              ReleaseAccountRequest(
                account: Self.account, causes: [.operator], actor: Self.actor,
                idempotencyKey: "f"), options: options)
          }
        ),
        (
          "caps",
          {
            _ = try await admin.setCaps(
              SetCapsRequest(
                day: Cap(count: 2), actor: Self.actor, currency: "USD", expectedVersion: 0),
              options: options)
          }
        ),
        (
          "order",
          {
            _ = try await cards.orderPaymentMethods(
              OrderPaymentMethodsRequest(
                payer: Self.payer, paymentMethodIDs: ["pm_1"], idempotencyKey: "o"),
              options: options)
          }
        ),
      ]
      for (name, call) in calls {
        #expect(await code(call) == .unknown, "\(name)")
        hush.speak()
        // It was made: the same call tells it, or what it has come to.
        #expect(await code(call) != .unavailable, "\(name)")
        hush.speak()
      }
    }
    #expect(
      try ground.store.look { snapshot throws(StoreError) in
        try snapshot.caps(of: .service).count
      } == 1)
  }

  private struct Answering: HTTPTransport {
    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      let card = """
        {"id":"pm_1","object":"payment_method","customer":"cus_1","livemode":false,
        "type":"card","card":{"brand":"visa","last4":"4242","exp_month":12,"exp_year":2030,
        "funding":"credit","country":"DE","fingerprint":"fp_1"}}
        """
      return .response(HTTPResponse(status: 200, headers: [], body: Array(card.utf8)))
    }
  }

  @Test func `a card that is stored is not told as none`() async throws {
    let ground = try await CreatorGround(consent: nil)
    let hush = Hush(ground.store)
    let cards = CardService(
      store: hush,
      processor: StripeClient(
        try StripeConfiguration(key: Secret("sk_test_1"), livemode: false), over: Answering()),
      clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence)
    func isInDoubt(_ call: () async throws(ServiceError) -> Void) async -> Bool {
      do throws(ServiceError) {
        try await call()
        return false
      } catch {
        hush.speak()
        guard case .store(.inDoubt) = error else { return false }
        return true
      }
    }
    let id = CreatorGround.stored.id
    #expect(
      await isInDoubt { () throws(ServiceError) in
        _ = try await cards.add(
          id, to: CreatorGround.payer, makeDefault: false, consent: nil, email: nil,
          caller: "local", key: "a")
      })
    #expect(
      await isInDoubt { () throws(ServiceError) in
        _ = try await cards.update(
          id, of: CreatorGround.payer, month: 12, year: 2_030, caller: "local", key: "u")
      })
    // The same key tells it.
    guard
      case .stored = try await cards.add(
        id, to: CreatorGround.payer, makeDefault: false, consent: nil, email: nil,
        caller: "local", key: "a")
    else {
      Issue.record("it awaits a person")
      return
    }
  }

  @Test func `a top-up that has begun is told with its id, as far as it is known`() async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let begun = try await ground.create("k")
    let views = StoreViews(ground.store, [.of(ground.store)])
    try await serving(views, fence: ground.store.fence) { channel, options in
      let request = CreateTopUpRequest(
        account: Self.account, payer: Self.payer,
        amount: TopUpAPI.Money(minorUnits: 1_000, currency: "USD"), idempotencyKey: "k")
      // The key is looked up, then the top-up.
      views.show([.of(ground.store), .of(ground.store), .none])
      let answer = try await TopUpClient(channel).createTopUp(request, options: options)
      #expect(answer.topUp?.id == begun.id.rawValue)
    }
    // Neither does whoever waits for the charge of one lose it.
    let part = PersonsPart(
      store: StoreViews(ground.store, [.none]), processor: ground.outside.processor)
    var charged = begun
    charged.state = .charged
    #expect(await part.reached(charged, ChangeFeed().watch { _ in true }) == charged)
  }
}
