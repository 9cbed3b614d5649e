import Synchronization
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Credits as callers move them: once by a key for ever, and only what is there (invariants 27, 43).
@Suite struct CreditsDeskTests {
  private static let alice = CreditsAccount(tenant: "acme", user: "alice")
  private static let bob = CreditsAccount(tenant: "acme", user: "bob")

  private func ground() async throws -> CreatorGround {
    let ground = try await CreatorGround(consent: nil)
    try await ground.commit([
      .post(
        Entry(
          topUp: nil, "credits granted",
          Entry.move(100, from: .credits(Self.alice), to: .conversionCredits(tenant: "acme"))))
    ])
    return ground
  }

  private func move(
    _ ground: CreatorGround, _ verb: CreditsRequest.Verb, _ units: Int128, key: String = "k",
    caller: String = "console"
  ) async throws(ServiceError) -> CreditsDesk.Receipt {
    let desk = CreditsDesk(
      store: ground.store, clock: CreatorGround.Clock(now: CreatorGround.now),
      fence: ground.store.fence)
    return try await desk.move(
      CreditsRequest(caller: caller, key: key, verb: verb, units: units, description: ""))
  }

  @Test func `a repeat is answered as the first was, whatever came since (43)`() async throws {
    let ground = try await ground()
    let first = try await move(ground, .deduct(Self.alice), 60)
    #expect(first.balanceAfter == 40)
    _ = try await move(ground, .deduct(Self.alice), 40, key: "k2")
    #expect(try await move(ground, .deduct(Self.alice), 60) == first)
    await #expect(throws: ServiceError.keyReused(key: "k")) {
      try await move(ground, .deduct(Self.alice), 61)
    }
    // Another caller's key is another request.
    await #expect(throws: ServiceError.self) {
      try await move(ground, .deduct(Self.alice), 60, caller: "other")
    }
    #expect(try ground.store.verify() == [])
  }

  @Test func `what does not suffice is refused with what is there, and not remembered (27, 43)`()
    async throws
  {
    let ground = try await ground()
    let refused = ServiceError.insufficientCredits(
      of: "bob of acme", available: 0, required: 5)
    await #expect(throws: refused) { try await move(ground, .deduct(Self.bob), 5) }
    _ = try await move(ground, .transfer(from: Self.alice, to: Self.bob), 5, key: "t")
    #expect(try await move(ground, .deduct(Self.bob), 5).balanceAfter == 0)
  }

  @Test func `of many who use the last credits at once, as many get them as there are (27)`()
    async throws
  {
    let ground = try await ground()
    let served = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<8 {
        group.addTask {
          (try? await move(ground, .deduct(Self.alice), 30, key: "k\(number)")) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(served == 3)
    #expect(try ground.store.verify() == [])
  }

  /// After the commit nothing can be read.
  @Test func `credits that have moved are never told as not moved, and the key finds out (44)`()
    async throws
  {
    let ground = try await ground()
    let whole = StoreViews.View.of(ground.store)
    let views = StoreViews(ground.store, [whole, whole, .none])
    let wasTold = Mutex(false)
    let desk = CreditsDesk(
      store: views, clock: CreatorGround.Clock(now: CreatorGround.now), fence: ground.store.fence,
      lowWasSeen: { wasTold.withLock { $0 = true } })
    let request = CreditsRequest(
      caller: "console", key: "k", verb: .deduct(Self.alice), units: 60, description: "")
    func outcome() async -> ServiceError? {
      do throws(ServiceError) {
        _ = try await desk.move(request)
        return nil
      } catch { return error }
    }
    guard case .store(.inDoubt) = await outcome() else {
      Issue.record("it is told as not moved")
      return
    }
    #expect(wasTold.withLock { $0 })
    // The key is known by then, and what it stands for cannot be read.
    views.show([whole, .none])
    guard case .store(.inDoubt) = await outcome() else {
      Issue.record("a repeat is told as not moved")
      return
    }
    views.show([whole])
    #expect(try await desk.move(request).balanceAfter == 40)
    // A look that fails is no failure of the call.
    let other = CreditsRequest(
      caller: "console", key: "l", verb: .deduct(Self.alice), units: 5, description: "")
    views.show([whole, whole, .none, whole])
    #expect(try await desk.move(other).balanceAfter == 35)
  }

  @Test func `a deduction is given back by its own key, in parts, and no further (27)`()
    async throws
  {
    let ground = try await ground()
    _ = try await move(ground, .deduct(Self.alice), 60)
    let back = CreditsRequest.Verb.giveBack(Self.alice, key: "k")
    #expect(try await move(ground, back, 50, key: "b1").balanceAfter == 90)
    #expect(try await move(ground, back, 50, key: "b1").balanceAfter == 90)
    await #expect(
      throws: ServiceError.insufficientCredits(
        of: "deduction k", available: 10, required: 11)
    ) { try await move(ground, back, 11, key: "b2") }
    #expect(try await move(ground, back, 10, key: "b2").balanceAfter == 100)
    for verb in [
      CreditsRequest.Verb.giveBack(Self.bob, key: "k"), .giveBack(Self.alice, key: "none"),
    ] {
      await #expect(throws: ServiceError.self) { try await move(ground, verb, 1, key: "b3") }
    }
    await #expect(throws: ServiceError.self) {
      try await move(ground, back, 1, key: "b3", caller: "other")
    }
  }
}
