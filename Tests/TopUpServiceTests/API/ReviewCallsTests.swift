import Gateways
import RPCClient
import RPCCore
import RPCServer
import RPCTransport
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What waits for a person, over the wire: listed in pages, acted on once, by two where two must.
@Suite struct ReviewCallsTests {
  /// The services over a store of their own, whose engine does not run: a verb is all that happens.
  private final class ReviewGround: Sendable {
    let ground: CreatorGround
    let channel: RPCChannel
    private let server: RPCServer
    private let loop: EpollLoop

    private struct Zones: TimeZones {
      func rules(of zone: String) -> TimeZoneRules? { .utc }
    }

    init() async throws {
      ground = try await CreatorGround(consent: nil)
      loop = try EpollLoop(name: "engine")
      let context = ServiceContext.assemble(
        store: ground.store, outside: ground.outside,
        clock: CreatorGround.Clock(now: CreatorGround.now), zones: Zones(), on: loop,
        settings: EngineSettings(fence: ground.store.fence),
        terms: ServiceTerms(needsSecondPerson: true), grants: GrantBook(nil), report: { _ in })
      var settings = RPCServer.Configuration()
      settings.host = "127.0.0.1"
      settings.port = 0
      settings.loopCount = 1
      server = try await RPCServer.start(context.services, settings)
      channel = try RPCChannel(host: "127.0.0.1", port: server.port)
    }

    /// Tops up an account whose refund failed, and parks it.
    func park(_ key: String, user: String) async throws -> TopUpID {
      try await charge(key, user: user) { topUp in
        topUp.state = .needsReview
        topUp.review = TopUp.Review(reason: "the refund failed: \(key)", resume: .refundFailed)
      }
    }

    /// One that is held for its risk until a person decides.
    func hold(_ key: String, user: String) async throws -> TopUpID {
      try await charge(key, user: user) { topUp in
        topUp.state = .depositHeld
        topUp.hold = DepositHold(
          cause: .risk, risk: .elevated, since: CreatorGround.now, until: nil)
      }
    }

    private func charge(
      _ key: String, user: String, _ change: (inout TopUp) -> Void
    ) async throws -> TopUpID {
      var topUp = try await ground.create(key, user: user, onSession: true)
      topUp.version += 1
      change(&topUp)
      topUp.books.charged = 1_000
      topUp.books.held = 1_000
      let card = CardReference(
        id: CreatorGround.stored.id, customer: CustomerID("cus_1"), fingerprint: "fp_1",
        brand: "visa", last4: "4242")
      topUp.attempts = [
        ChargeAttempt(
          number: 1, card: card, phase: .succeeded, intent: PaymentIntentID("pi_\(key)"),
          started: CreatorGround.now)
      ]
      let currency = topUp.amount.currency
      try await ground.commit([
        .moveTopUp(topUp, cause: "parked"),
        .post(
          Entry(
            topUp: topUp.id, "charge captured",
            Entry.move(
              1_000, from: .held(topUp.account, currency), to: .processor(currency)))),
      ])
      return topUp.id
    }

    func close() async {
      await channel.close(grace: .zero)
      await server.drain(grace: .zero)
      loop.stop()
    }
  }

  private let options: CallOptions = {
    var options = CallOptions()
    options.timeout = .seconds(20)
    return options
  }()

  private func request(
    _ id: TopUpID, key: String, actor: String, expected: Int64 = 2
  ) -> ActOnReviewItemRequest {
    ActOnReviewItemRequest(
      id: id.rawValue, verb: .resolve, actor: ActorMessage(name: actor, reason: "seen by hand"),
      idempotencyKey: key, expectedVersion: expected, outcome: .lost)
  }

  private func code(_ body: () async throws(RPCError) -> Void) async -> StatusCode {
    do throws(RPCError) {
      try await body()
      return .ok
    } catch { return error.status.code }
  }

  @Test func `items are listed in pages, with what they hold and where they go on`() async throws {
    let ground = try await ReviewGround()
    let ids = [try await ground.park("a", user: "u1"), try await ground.park("b", user: "u2")]
    let admin = AdminClient(ground.channel)
    let first = try await admin.listReviewItems(
      ListReviewItemsRequest(pageSize: 1), options: options)
    #expect(first.items.map(\.topUpID) == [ids[1].rawValue] && !first.nextPageToken.isEmpty)
    let second = try await admin.listReviewItems(
      ListReviewItemsRequest(pageSize: 1, pageToken: first.nextPageToken), options: options)
    let item = try #require(second.items.first)
    #expect(item.topUpID == ids[0].rawValue && second.nextPageToken.isEmpty)
    #expect(item.held?.minorUnits == 1_000 && item.version == 2)
    #expect(item.reason == "the refund failed: a" && item.resumesAs == .refundFailed)
    await ground.close()
  }

  @Test func `a call repeated under its key is one, and two persons end an item (43, 52)`()
    async throws
  {
    let ground = try await ReviewGround()
    let id = try await ground.park("a", user: "u1")
    let admin = AdminClient(ground.channel)
    let maria = request(id, key: "k1", actor: "ops:maria")
    for _ in 0..<2 {
      let noted = try await admin.actOnReviewItem(maria, options: options)
      #expect(noted.awaitsSecondPerson && noted.topUp?.state == .needsReview)
    }
    let listed = try await admin.listReviewItems(ListReviewItemsRequest(), options: options)
    #expect(listed.items.first?.proposals.map { $0.actor?.name } == ["ops:maria"])
    #expect(listed.items.first?.proposals.first?.outcome == .lost)
    let alone = await code { () async throws(RPCError) in
      _ = try await admin.actOnReviewItem(
        request(id, key: "k2", actor: "ops:maria"), options: options)
    }
    #expect(alone == .failedPrecondition)
    let reused = await code { () async throws(RPCError) in
      _ = try await admin.actOnReviewItem(
        request(id, key: "k1", actor: "ops:jan"), options: options)
    }
    #expect(reused == .alreadyExists)
    let stale = await code { () async throws(RPCError) in
      _ = try await admin.actOnReviewItem(
        request(id, key: "k3", actor: "ops:jan", expected: 1), options: options)
    }
    #expect(stale == .aborted)
    for _ in 0..<2 {
      let done = try await admin.actOnReviewItem(
        request(id, key: "k4", actor: "ops:jan"), options: options)
      #expect(!done.awaitsSecondPerson && done.topUp?.state == .reversed)
      #expect(done.topUp?.version == 3)
    }
    let repeated = try await admin.actOnReviewItem(maria, options: options)
    #expect(!repeated.awaitsSecondPerson && repeated.topUp?.state == .reversed)
    #expect(try ground.ground.store.verify() == [])
    await ground.close()
  }

  @Test func `whatever a call says makes it another request under its key (43)`() {
    func digest(
      _ verb: ReviewAction.Verb = .resolve(.delivered(evidence: "0xabc")), id: String = "tu_1",
      expected: Int64 = 2, actor: String = "ops:maria", reason: String = "seen by hand"
    ) -> [UInt8] {
      ReviewRequest(
        caller: "console", provenCaller: nil, key: "k1", id: TopUpID(id), expected: expected,
        action: ReviewAction(verb, actor: actor, reason: reason)
      ).digest
    }
    let digests = [
      digest(), digest(.resolve(.delivered(evidence: "0xdef"))), digest(.resolve(.lost)),
      digest(.refund), digest(id: "tu_2"), digest(expected: 3), digest(actor: "ops:jan"),
      digest(reason: "seen by eye"),
    ]
    #expect(Set(digests).count == digests.count)
    #expect(digest() == digest())
  }

  @Test func `what is held is listed with its reason, and let go on once (43, 52)`()
    async throws
  {
    let ground = try await ReviewGround()
    let id = try await ground.hold("a", user: "u1")
    let admin = AdminClient(ground.channel)
    let listed = try await admin.listReviewItems(ListReviewItemsRequest(), options: options)
    let item = try #require(listed.items.first)
    #expect(item.reason == "held: the processor rates the charge's risk as elevated")
    #expect(item.hold?.riskLevel == .elevated && item.hold?.releasesAt == nil)
    #expect(item.resumesAs == .charged)
    var release = ActOnReviewItemRequest(
      id: id.rawValue, verb: .resume, actor: ActorMessage(name: "ops:maria", reason: "knows them"),
      idempotencyKey: "k0", expectedVersion: 2)
    let wrong = await code { () async throws(RPCError) in
      _ = try await admin.actOnReviewItem(release, options: options)
    }
    #expect(wrong == .failedPrecondition)
    release.verb = .release
    release.idempotencyKey = "k1"
    for _ in 0..<2 {
      let done = try await admin.actOnReviewItem(release, options: options)
      #expect(done.topUp?.state == .charged && done.topUp?.version == 3)
      #expect(done.topUp?.hold?.phase == .waived)
    }
    await ground.close()
  }

  @Test func `what is missing is named, and nothing is done`() async throws {
    let ground = try await ReviewGround()
    let id = try await ground.park("a", user: "u1")
    let admin = AdminClient(ground.channel)
    var faulty: [ActOnReviewItemRequest] = []
    for change: (inout ActOnReviewItemRequest) -> Void in [
      { $0.verb = .unspecified }, { $0.actor = nil }, { $0.actor?.reason = "" },
      { $0.idempotencyKey = "" }, { $0.outcome = .unspecified }, { $0.evidence = "0xabc" },
      { $0.outcome = .delivered }, { $0.verb = .refund }, { $0.expectedVersion = -1 },
    ] {
      var request = request(id, key: "k", actor: "ops:maria")
      change(&request)
      faulty.append(request)
    }
    for request in faulty {
      let code = await code { () async throws(RPCError) in
        _ = try await admin.actOnReviewItem(request, options: options)
      }
      #expect(code == .invalidArgument, "\(request)")
    }
    let unknown = await code { () async throws(RPCError) in
      _ = try await admin.actOnReviewItem(
        request(TopUpID("tu_none"), key: "k", actor: "ops:maria"), options: options)
    }
    #expect(unknown == .notFound)
    let kept = try ground.ground.store.look { snapshot throws(StoreError) in
      try snapshot.topUp(id)
    }
    #expect(kept?.version == 2)
    await ground.close()
  }
}
