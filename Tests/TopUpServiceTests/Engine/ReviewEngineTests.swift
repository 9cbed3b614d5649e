import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Top-ups that the world has parked leave review by an operator's verb, and the books balance
/// (invariants 24, 33, 39, 52).
@Suite struct ReviewEngineTests {
  private static let orders = FaultRule(
    .ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.reject))

  /// A top-up that such faults have parked.
  private func parked(
    card: String = "4242424242424242", _ faults: FaultRule, _ more: FaultRule? = nil,
    by happening: (EngineHarness) throws -> Void = { _ in }
  ) throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start(card: card)
    if let more { harness.world.setFaults(faults, more) } else { harness.world.setFaults(faults) }
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(3 * 3_600), step: .seconds(5)) {
        try happening(harness)
        return try harness.topUps().first?.state == .needsReview
      })
    #expect(try harness.store.verify() == [])
    return (harness, try #require(try harness.topUps().first))
  }

  /// Charged at a price that was far too good.
  private func dear() throws -> (EngineHarness, TopUp) {
    try parked(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/quotes", .first(1), .expireQuote),
      FaultRule(
        .ramp, method: "POST", pathPrefix: "/v1/quotes", .first(1), .movePrice(basisPoints: -3_000))
    )
  }

  private func act(
    _ harness: EngineHarness, _ topUp: TopUp, _ verb: ReviewAction.Verb, key: String = "k",
    actor: String = "ops:maria", expected: Int64? = nil, secondPerson: Bool = false,
    caller: String? = nil
  ) throws -> Result<ReviewDesk.Outcome, any Error> {
    let desk = ReviewDesk(
      store: harness.gate, engine: harness.engine, clock: harness.clock,
      fence: harness.store.fence, needsSecondPerson: secondPerson)
    let request = ReviewRequest(
      caller: caller ?? "local", provenCaller: caller, key: key, id: topUp.id,
      expected: expected ?? topUp.version,
      action: ReviewAction(verb, actor: actor, reason: "seen by hand"))
    let done = harness.loop.start { try await desk.act(request) }
    return try #require(done.result).mapError { $0 }
  }

  /// Whether the top-up comes to a state, with books that balance.
  private func ends(
    _ harness: EngineHarness, _ id: TopUpID, _ state: TopUpState
  ) throws -> Bool {
    let isThere = try harness.wait(atMost: .seconds(3_600), step: .seconds(1)) {
      try harness.look { try $0.topUp(id) }?.state == state
    }
    #expect(try harness.store.verify() == [])
    return isThere
  }

  // MARK: A verb each

  @Test func `a price that moved is released, and delivered at the price it was shown`() throws {
    let (harness, topUp) = try dear()
    let offer = try #require(topUp.review?.offer)
    harness.loop.advance(by: .seconds(7_200))
    _ = try act(harness, topUp, .release).get()
    #expect(try ends(harness, topUp.id, .credited))
    let after = try #require(try harness.look { try $0.topUp(topUp.id) })
    #expect(after.deliveredTokens == offer && after.books.held == 0)
  }

  @Test func `what the ramp lost sight of is credited by a person's word`() throws {
    let (harness, topUp) = try parked(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.failUnknown)))
    _ = try act(harness, topUp, .resolve(.delivered(evidence: "0xabc"))).get()
    #expect(try ends(harness, topUp.id, .credited))
    let cause = try harness.look { try $0.transitions(of: topUp.id) }.last?.cause
    #expect(
      cause == "resolve:delivered by ops:maria, seen by hand: delivered, by 0xabc")
  }

  @Test func `what has become too dear is refunded`() throws {
    let (harness, topUp) = try dear()
    _ = try act(harness, topUp, .refund).get()
    #expect(try ends(harness, topUp.id, .refunded))
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
  }

  @Test func `a refund that was refused is made again under a key of its own (15, 39)`() throws {
    let body = #"{"error":{"type":"invalid_request_error","message":"no"}}"#
    let (harness, topUp) = try parked(
      Self.orders,
      FaultRule(
        .stripe, method: "POST", pathPrefix: "/v1/refunds", .first(1),
        .answer(status: 400, body: body)))
    #expect(topUp.review?.resume == .refundFailed && topUp.refunds.map(\.phase) == [.failed])
    #expect(throws: ServiceError.self) { try act(harness, topUp, .resume).get() }
    _ = try act(harness, topUp, .refund).get()
    #expect(try ends(harness, topUp.id, .refunded))
    let refunds = try #require(try harness.look { try $0.topUp(topUp.id) }).refunds
    #expect(refunds.map(\.phase) == [.failed, .succeeded])
  }

  @Test func `a refund that failed later is made again, or written off`() throws {
    let (harness, topUp) = try parked(card: "4000000000005126", Self.orders) { harness in
      try harness.deliverWebhooks()
    }
    _ = try act(harness, topUp, .refund).get()
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.deliverWebhooks()
        return try harness.look { try $0.topUp(topUp.id) }?.state == .needsReview
      })
    let again = try #require(try harness.look { try $0.topUp(topUp.id) })
    #expect(again.refunds.count == 2 && again.books.held == 500)
    _ = try act(harness, again, .resolve(.lost), key: "k2").get()
    #expect(try ends(harness, topUp.id, .reversed))
    #expect(try harness.look { try $0.topUp(topUp.id) }?.books.lost == 500)
  }

  // MARK: Keys, versions, persons

  @Test func `the same key acts once, and another request under it is told apart (43)`() throws {
    let (harness, topUp) = try dear()
    let first = try act(harness, topUp, .refund).get()
    #expect(!first.awaitsSecondPerson)
    #expect(try ends(harness, topUp.id, .refunded))
    let again = try act(harness, topUp, .refund).get()
    #expect(again.topUp.state == .refunded)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    #expect(throws: ServiceError.keyReused(key: "k")) {
      try act(harness, topUp, .resolve(.lost)).get()
    }
    #expect(
      throws: ServiceError.reviewRefused(id: topUp.id, .notInReview(.refunded))
    ) { try act(harness, topUp, .refund, key: "k2", expected: 0).get() }
  }

  @Test func `a verb on another version than was looked at does nothing (52)`() throws {
    let (harness, topUp) = try parked(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.failUnknown)))
    #expect(
      throws: ServiceError.versionConflict(expected: topUp.version - 1, found: topUp.version)
    ) {
      try act(harness, topUp, .resolve(.lost), expected: topUp.version - 1).get()
    }
    #expect(try harness.topUps().first == topUp)
  }

  @Test func `two must agree, durably, and nobody with themselves (52)`() throws {
    let (harness, topUp) = try parked(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.failUnknown)))
    let lost = ReviewAction.Verb.resolve(.lost)
    let first = try act(harness, topUp, lost, secondPerson: true).get()
    #expect(first.awaitsSecondPerson && first.topUp == topUp)
    #expect(try act(harness, topUp, lost, secondPerson: true).get().awaitsSecondPerson)
    let proposals = try harness.look { try $0.proposals(of: topUp.id, version: topUp.version) }
    #expect(proposals.map(\.actor) == ["ops:maria"])
    let alone = ServiceError.needsAnotherPerson(
      id: topUp.id, verb: "resolve:lost", than: "ops:maria")
    #expect(throws: alone) {
      try act(harness, topUp, lost, key: "k2", secondPerson: true).get()
    }
    // Another verb is another's first word, not the second of this one.
    let other = ReviewAction.Verb.resolve(.delivered(evidence: "0xabc"))
    #expect(
      try act(harness, topUp, other, key: "k3", actor: "ops:jan", secondPerson: true).get()
        .awaitsSecondPerson)
    #expect(try harness.topUps().first == topUp)
    let second = try act(
      harness, topUp, lost, key: "k4", actor: "ops:jan", secondPerson: true
    ).get()
    #expect(!second.awaitsSecondPerson && second.topUp.state == .reversed)
    #expect(try act(harness, topUp, lost, secondPerson: true).get().awaitsSecondPerson == false)
    let cause = try harness.look { try $0.transitions(of: topUp.id) }.last?.cause
    #expect(cause?.hasPrefix("resolve:lost by ops:maria and ops:jan, ") == true)
    #expect(try harness.store.verify() == [])
  }

  @Test func `a proven caller does not second itself under another name (52)`() throws {
    let (harness, topUp) = try parked(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.failUnknown)))
    let lost = ReviewAction.Verb.resolve(.lost)
    _ = try act(harness, topUp, lost, secondPerson: true, caller: "maria").get()
    #expect(throws: ServiceError.self) {
      try act(
        harness, topUp, lost, key: "k2", actor: "ops:jan", secondPerson: true, caller: "maria"
      ).get()
    }
    let second = try act(
      harness, topUp, lost, key: "k2", actor: "ops:jan", secondPerson: true, caller: "jan"
    ).get()
    #expect(second.topUp.state == .reversed)
  }
}
