import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Charges that a tenant wants back, against the simulated world (invariants 15, 33, 43).
@Suite struct RefundDeskTests {
  /// A top-up of 5.00 USD whose order the ramp holds.
  private static func held() throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start()
    harness.world.setFaults(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/orders", .first(1), .order(.hold)))
    try harness.setPolicy()
    let isHeld = try harness.wait(atMost: .seconds(60)) {
      try harness.topUps().first?.order?.seen?.state == .onHold
    }
    #expect(isHeld)
    return (harness, try #require(try harness.topUps().first))
  }

  private func refund(
    _ harness: EngineHarness, _ id: TopUpID, key: String = "k", amount: Money? = nil,
    caller: String = "console"
  ) throws -> Result<TopUp, any Error> {
    let desk = RefundDesk(store: harness.gate, engine: harness.engine)
    let request = RefundRequest(
      caller: caller, key: key, id: id,
      wish: RefundWish(amount: amount, actor: "console", reason: "not wanted"))
    let done = harness.loop.start { try await desk.refund(request) }
    return try #require(done.result).mapError { $0 }
  }

  private func ends(
    _ harness: EngineHarness, _ id: TopUpID, _ state: TopUpState
  ) throws -> Bool {
    let isThere = try harness.wait(atMost: .seconds(3_600)) {
      try harness.look { try $0.topUp(id) }?.state == state
    }
    #expect(try harness.store.verify() == [])
    return isThere
  }

  @Test func `the order is stopped, then the whole charge is given back once (15, 33)`() throws {
    let (harness, topUp) = try Self.held()
    let begun = try refund(harness, topUp.id).get()
    #expect(begun.books.held == 500)
    #expect(try ends(harness, topUp.id, .refunded))
    let after = try #require(try harness.look { try $0.topUp(topUp.id) })
    #expect(after.books.refunded == 500 && after.refunds.count == 1)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    #expect(after.order?.seen?.state == .cancelled)
    let causes = try harness.look { try $0.transitions(of: topUp.id) }.map(\.cause)
    #expect(causes.contains { $0.contains("console, not wanted") })
  }

  @Test func `the same key is the same refund for ever, and another request is told apart (43)`()
    throws
  {
    let (harness, topUp) = try Self.held()
    _ = try refund(harness, topUp.id).get()
    _ = try refund(harness, topUp.id).get()
    #expect(try ends(harness, topUp.id, .refunded))
    harness.loop.advance(by: .seconds(90 * 86_400))
    #expect(try refund(harness, topUp.id).get().state == .refunded)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
    #expect(throws: ServiceError.keyReused(key: "k")) {
      try refund(harness, topUp.id, amount: Money(minorUnits: 500, .usd)).get()
    }
    // Another caller's key is another; it is refused, and not remembered.
    let refused = ServiceError.notRefunded(id: topUp.id, .underWay(.refunded))
    for _ in 0..<2 {
      #expect(throws: refused) { try refund(harness, topUp.id, caller: "other").get() }
    }
  }

  @Test func `a refusal that wrote nothing is not remembered (43)`() throws {
    let (harness, topUp) = try Self.held()
    let part = Money(minorUnits: 200, .usd)
    let whole = Money(minorUnits: 500, .usd)
    #expect(throws: ServiceError.notRefunded(id: topUp.id, .spokenFor(whole))) {
      try refund(harness, topUp.id, amount: part).get()
    }
    _ = try refund(harness, topUp.id, amount: whole).get()
    #expect(try ends(harness, topUp.id, .refunded))
  }

  @Test func `of many who want it back at once, one gives it back (15)`() throws {
    let (harness, topUp) = try Self.held()
    let desk = RefundDesk(store: harness.gate, engine: harness.engine)
    let all = (0..<4).map { number in
      let request = RefundRequest(
        caller: "console", key: "k\(number)", id: topUp.id,
        wish: RefundWish(amount: nil, actor: "console", reason: "not wanted"))
      return harness.loop.start { try await desk.refund(request) }
    }
    #expect(try ends(harness, topUp.id, .refunded))
    #expect(all.count { (try? $0.result?.get()) != nil } == 1)
    #expect(harness.world.count("stripe POST /v1/refunds") == 1)
  }

  @Test func `an order that cannot be stopped is delivered, and nothing refunded (33)`() throws {
    let (harness, topUp) = try Self.held()
    let order = try #require(topUp.order)
    harness.world.control("ramp", #"{"release": "\#(topUp.orderID(order.number))"}"#)
    _ = try? refund(harness, topUp.id).get()
    #expect(try ends(harness, topUp.id, .credited))
    #expect(harness.world.count("stripe POST /v1/refunds") == 0)
    #expect(throws: ServiceError.notRefunded(id: topUp.id, .delivered)) {
      try refund(harness, topUp.id, key: "k2").get()
    }
  }
}
