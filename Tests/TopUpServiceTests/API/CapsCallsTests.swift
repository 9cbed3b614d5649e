import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Caps over the wire: set with a name and a reason, read with their use, for those who may.
@Suite struct CapsCallsTests {
  private static let bindings = """
    {"name": "t", "bindings": [
      {"name": "all", "principals": ["ops"], "tenants": ["*"], "clusters": ["*"],
       "sources": ["*"], "service": true},
      {"name": "one", "principals": ["one"], "tenants": ["acme"], "clusters": ["*"],
       "sources": ["*"], "service": true}]}
    """

  private static func request(_ tenant: String = "", expected: Int64 = 0) -> SetCapsRequest {
    SetCapsRequest(
      tenant: tenant, day: Cap(count: 2, amount: Money(minorUnits: 2_500, currency: "USD")),
      actor: ActorMessage(name: "ops:maria", reason: "contract"), currency: "USD",
      expectedVersion: expected)
  }

  private func serving(
    _ body: (GuardedGround, CreatorGround, AdminClient) async throws -> Void
  ) async throws {
    let ground = try await CreatorGround(consent: CreatorGround.consent())
    let guarded = try await GuardedGround(
      try Bindings(parsing: Array(Self.bindings.utf8)), over: ground.store,
      fence: ground.store.fence)
    do { try await body(guarded, ground, AdminClient(guarded.channel)) } catch {
      await guarded.close()
      throw error
    }
    await guarded.close()
  }

  private func code(_ body: () async throws(RPCError) -> Void) async -> StatusCode {
    do throws(RPCError) {
      try await body()
      return .ok
    } catch { return error.status.code }
  }

  @Test func `what was set is read back with what is used of it (52)`() async throws {
    try await serving { _, ground, admin in
      let options = try GuardedGround.options("ops")
      let set = try await admin.setCaps(Self.request(), options: options).caps
      #expect(set?.version == 1 && set?.timeZone == "UTC" && set?.actor?.name == "ops:maria")
      _ = try await ground.create("a", cents: 700)
      let caps = try await admin.getCaps(GetCapsRequest(), options: options).caps
      #expect(caps.map(\.currency) == ["USD"] && caps.first?.tenant == "")
      #expect(caps.first?.day?.amount?.minorUnits == 2_500 && caps.first?.day?.count == 2)
      #expect(caps.first?.dayUse?.amount?.minorUnits == 700 && caps.first?.dayUse?.count == 1)
      #expect(caps.first?.dayUse?.window == "2026-11-18")
      #expect(caps.first?.monthUse?.window == "2026-11")
      // What was never set is told as unbounded, with its use.
      let tenant = try await admin.getCaps(
        GetCapsRequest(tenant: "acme", currency: "USD"), options: options
      ).caps.first
      #expect(tenant?.version == 0 && tenant?.day?.amount == nil && tenant?.dayUse?.count == 1)
      let stale = await code { () async throws(RPCError) in
        var other = Self.request()
        other.day?.count = 9
        _ = try await admin.setCaps(other, options: options)
      }
      #expect(stale == .aborted)
    }
  }

  @Test func `nobody sets another tenant's caps, and nothing is set without a person`() async throws
  {
    try await serving { _, ground, admin in
      let one = try GuardedGround.options("one")
      let other = await code { () async throws(RPCError) in
        _ = try await admin.setCaps(Self.request("other"), options: one)
      }
      #expect(other == .permissionDenied)
      let read = await code { () async throws(RPCError) in
        _ = try await admin.getCaps(GetCapsRequest(tenant: "other"), options: one)
      }
      #expect(read == .permissionDenied)
      #expect(try await admin.setCaps(Self.request("acme"), options: one).caps?.version == 1)
      let options = try GuardedGround.options("ops")
      for spoil: (inout SetCapsRequest) -> Void in [
        { $0.actor = nil }, { $0.actor?.reason = "" }, { $0.currency = "QQQ" },
        { $0.currency = "" }, { $0.day?.count = -1 }, { $0.day?.amount?.currency = "EUR" },
        { $0.day?.amount?.minorUnits = -1 }, { $0.expectedVersion = -1 },
      ] {
        var request = Self.request()
        spoil(&request)
        let code = await code { () async throws(RPCError) in
          _ = try await admin.setCaps(request, options: options)
        }
        #expect(code == .invalidArgument, "\(request)")
      }
      #expect(
        try ground.store.look { snapshot throws(StoreError) in try snapshot.caps(of: .service) }
          == [])
    }
  }
}
