import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What a tenant's and the service's caps do to a caller's top-up (invariants 6, 7).
@Suite struct SharedCapsTests {
  private struct Zones: TimeZones {
    func rules(of zone: String) -> TimeZoneRules? { zone == "Nowhere" ? nil : .utc }
  }

  private func keeper(_ ground: CreatorGround) -> CapsKeeper {
    CapsKeeper(
      store: ground.store, clock: CreatorGround.Clock(now: CreatorGround.now), zones: Zones(),
      fence: ground.store.fence)
  }

  private func request(
    _ scope: CapScope, day: Policy.Cap = Policy.Cap(), month: Policy.Cap = Policy.Cap(),
    currency: Currency = .usd, expected: Int64 = 0, reason: String = "contract"
  ) -> CapsRequest {
    CapsRequest(
      scope: scope, currency: currency, day: day, month: month, timeZone: "UTC",
      expected: expected, actor: "ops:maria", reason: reason)
  }

  private func full(_ error: ServiceError?) -> CapWindow? {
    if case .capReached(let objection)? = error { objection.window } else { nil }
  }

  @Test(arguments: [CapScope.service, .tenant("acme")])
  func `a shared cap holds over all accounts, and its refusal has the figures (5, 6)`(
    _ scope: CapScope
  ) async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    _ = try await keeper(ground).set(request(scope, day: Policy.Cap(minorUnits: 2_500)))
    #expect(await ground.refusal("a") == nil)
    #expect(await ground.refusal("b", user: "u2", onSession: true) == nil)
    let window = full(await ground.refusal("c", cents: 501, user: "u3", onSession: true))
    #expect(window?.rule?.scope == scope)
    #expect(window?.usedMinorUnits == 2_000 && window?.cap.minorUnits == 2_500)
    #expect(window?.usedCount == 2)
    #expect(await ground.refusal("c", cents: 500, user: "u3") == nil)
    let found = try keeper(ground).get(scope, .usd)
    #expect(found.day.usedMinorUnits == 2_500 && found.month.usedCount == 3)
    #expect(try ground.store.verify() == [])
  }

  @Test func `a tenant's cap binds no other tenant, and one currency's no other (6)`() async throws
  {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    _ = try await keeper(ground).set(request(.tenant("other"), day: Policy.Cap(minorUnits: 0)))
    _ = try await keeper(ground).set(
      request(.tenant("acme"), day: Policy.Cap(minorUnits: 0), currency: .eur))
    #expect(await ground.refusal("a") == nil)
  }

  @Test func `what was charged before a cap was set counts in its window (7)`() async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    #expect(await ground.refusal("a", cents: 2_000) == nil)
    _ = try await keeper(ground).set(request(.service, month: Policy.Cap(minorUnits: 2_500)))
    #expect(full(await ground.refusal("b", cents: 501))?.usedMinorUnits == 2_000)
  }

  @Test func `a cap below what is used stops the next one and breaks nothing (7)`() async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let first = try await keeper(ground).set(request(.service, day: Policy.Cap(count: 9)))
    let topUp = try await ground.create("a")
    _ = try await keeper(ground).set(
      request(.service, day: Policy.Cap(minorUnits: 1), expected: first.rule.version))
    #expect(full(await ground.refusal("b", cents: 100))?.cap.minorUnits == 1)
    #expect(try await ground.create("a").id == topUp.id)
    let kept = try ground.store.look { snapshot throws(StoreError) in
      try snapshot.reservations(of: topUp.id)
    }
    let day = kept.first { $0.window.hasPrefix("service:day:") }
    // The cap that was in force when it was made.
    #expect(day?.cap == Policy.Cap(count: 9) && day?.minorUnits == 1_000)
    #expect(
      kept.map { $0.window.prefix { $0 != ":" } } == ["payer", "service", "service"]
        + ["tenant", "tenant"])
  }

  @Test func `a change from another version is refused, the same change again is not (52)`()
    async throws
  {
    let ground = try await CreatorGround(consent: nil)
    let keeper = keeper(ground)
    let day = Policy.Cap(count: 3)
    let first = try await keeper.set(request(.service, day: day))
    #expect(first.rule.version == 1 && first.rule.actor == "ops:maria")
    #expect(try await keeper.set(request(.service, day: day)).rule == first.rule)
    for (other, expected) in [(Policy.Cap(count: 4), 0), (day, 7)] as [(Policy.Cap, Int64)] {
      await #expect(throws: ServiceError.versionConflict(expected: expected, found: 1)) {
        try await keeper.set(request(.service, day: other, expected: expected))
      }
    }
    await #expect(throws: ServiceError.versionConflict(expected: 0, found: 1)) {
      try await keeper.set(request(.service, day: day, reason: "another"))
    }
    #expect(try keeper.all(of: .service).map(\.rule) == [first.rule])
    #expect(try keeper.get(.tenant("acme"), .usd).rule.version == 0)
  }

  @Test func `caps in a zone that is not known are not set (9)`() async throws {
    let ground = try await CreatorGround(consent: nil)
    var nowhere = request(.service)
    nowhere.timeZone = "Nowhere"
    do throws(ServiceError) {
      _ = try await keeper(ground).set(nowhere)
      Issue.record("set")
    } catch {
      guard case .invalid(let faults) = error else { throw error }
      #expect(faults.map(\.field) == ["time_zone"])
    }
  }
}
