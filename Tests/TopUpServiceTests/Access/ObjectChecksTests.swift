import RPCCore
import Testing
import TopUpAPI

@testable import TopUpService

/// Every method that the services have, called by those who may not: what refuses them is the check
/// of what the call names, and it comes before the store.
@Suite struct ObjectChecksTests {
  private static let bindings = """
    {"name": "t", "bindings": [
      {"name": "other", "principals": ["other"], "tenants": ["other"], "sources": ["node-2"],
       "clusters": ["0x1111111111111111111111111111111111111111"]},
      {"name": "near", "principals": ["near"], "tenants": ["acme"], "sources": ["node-1"],
       "service": true,
       "accounts": [{"cluster_id": "0x0059f5ada35eee46802d80750d5ca4a490640511",
         "owner": "0x0707070707070707070707070707070707070707070707070707070707070707"}]},
      {"name": "no account", "principals": ["no account"], "tenants": ["acme"],
       "sources": ["node-1"], "service": true},
      {"name": "no tenant", "principals": ["no tenant"], "tenants": ["other"], "clusters": ["*"],
       "sources": ["node-1"], "service": true},
      {"name": "no source", "principals": ["no source"], "tenants": ["acme"], "clusters": ["*"],
       "sources": ["node-2"], "service": true},
      {"name": "no service", "principals": ["no service"], "tenants": ["*"], "clusters": ["*"],
       "sources": ["*"]}]}
    """

  private struct Answer {
    let code: StatusCode
    let isNotBound: Bool
    /// The details of the status, as text: fields are told apart by them.
    let details: String

    func refuses(_ field: String) -> Bool {
      code == .permissionDenied && isNotBound && details.contains(field)
    }
  }

  private func answer(
    _ ground: GuardedGround, _ name: String, as caller: String?
  ) async throws -> Answer {
    let calling = try #require(
      EveryMethod.calls[name], "no object check is declared for \(name)")
    return try await answer(ground, as: caller, to: calling)
  }

  private func answer(
    _ ground: GuardedGround, as caller: String?, to calling: EveryMethod.Calling
  ) async throws -> Answer {
    do {
      try await calling(ground.channel, try GuardedGround.options(caller))
      return Answer(code: .ok, isNotBound: false, details: "")
    } catch let error as RPCError {
      let details = error.trailers.values("grpc-status-details-bin").reduce(into: "") {
        guard case .bytes(let bytes) = $1 else { return }
        $0 += String(decoding: bytes, as: UTF8.self)
      }
      return Answer(
        code: error.status.code, isNotBound: details.contains("NOT_BOUND"), details: details)
    }
  }

  @Test(arguments: ["stranger", nil] as [String?])
  func `no method of any service lets in whom no binding names`(caller: String?) async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    let methods = ground.services.flatMap(\.methods).map(\.descriptor)
    #expect(methods.count == EveryMethod.calls.count)
    for method in methods {
      let answer = try await answer(ground, method.method, as: caller)
      #expect(answer.refuses(""), "\(method.path): \(answer)")
    }
    #expect(ground.store.uses == 0)
    await ground.close()
  }

  @Test func `no method acts for another's tenant, cluster, account or source`() async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    for method in ground.services.flatMap(\.methods).map(\.descriptor)
    where !EveryMethod.namesByID.contains(method.method) {
      let answer = try await answer(ground, method.method, as: "other")
      #expect(answer.refuses(""), "\(method.path): \(answer)")
    }
    #expect(ground.store.uses == 0)
    await ground.close()
  }

  @Test func `other bindings count from the very next call of an old connection`() async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    for _ in 0..<2 {
      #expect(try await answer(ground, "ListTopUps", as: "near").code == .unavailable)
      // Two callers share the connection, as behind a token.
      #expect(try await answer(ground, "GetBalance", as: "near").code == .unavailable)
      #expect(try await answer(ground, "GetBalance", as: "other").refuses(""))
    }
    // The caller of the last call before each change is that of the first one after it.
    #expect(try await answer(ground, "GetBalance", as: "near").code == .unavailable)
    let swapped = Self.bindings.replacing("\"near\"]", with: "\"far\"]")
    ground.grants.replace(try Bindings(parsing: Array(swapped.utf8)))
    #expect(try await answer(ground, "GetBalance", as: "near").refuses(""))
    #expect(try await answer(ground, "GetBalance", as: "far").code == .unavailable)
    #expect(try await answer(ground, "GetBalance", as: "near").refuses(""))
    ground.grants.replace(try Bindings(parsing: Array(Self.bindings.utf8)))
    #expect(try await answer(ground, "GetBalance", as: "near").code == .unavailable)
    await ground.close()
  }

  @Test func `who is bound to all that a call names is let in`() async throws {
    let bound = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    let open = try await GuardedGround(nil)
    for method in bound.services.flatMap(\.methods).map(\.descriptor) {
      for (ground, caller) in [(bound, "near"), (open, nil)] as [(GuardedGround, String?)] {
        let answer = try await answer(ground, method.method, as: caller)
        #expect(
          answer.code == .unavailable || answer.code == .unimplemented || answer.code == .ok,
          "\(method.path): \(answer)")
      }
    }
    #expect(bound.store.uses > 0)
    await bound.close()
    await open.close()
  }

  /// Methods that name more than one thing, and what stands in the way of a caller who is bound to all
  /// but one of them.
  private static let oneThing: [(caller: String, method: String, field: String)] = [
    ("no account", "CreateTopUp", "account.ddc.cluster_id"),
    ("no tenant", "CreateTopUp", "payer.tenant"),
    ("no account", "SetPolicy", "policy.account.ddc.cluster_id"),
    ("no tenant", "SetPolicy", "policy.payer.tenant"),
    ("no account", "CreateCheckout", "account.ddc.cluster_id"),
    ("no tenant", "CreateCheckout", "payer.tenant"),
    ("no account", "ReportLowBalance", "event.cluster_id"),
    ("no source", "ReportLowBalance", "source_id"),
    ("no account", "ClearBreaker", "account.ddc.cluster_id"),
  ]

  @Test func `each thing that a call names is asked about by itself`() async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    for (caller, method, field) in Self.oneThing {
      let answer = try await answer(ground, method, as: caller)
      #expect(answer.refuses(field), "\(method), \(caller): \(answer)")
    }
    let admin = ground.services.flatMap(\.methods).map(\.descriptor)
      .filter { $0.service == "topup.v1.Admin" }
    #expect(admin.count > 10)
    for method in admin {
      let answer = try await answer(ground, method.method, as: "no service")
      #expect(answer.refuses("service"), "\(method.path): \(answer)")
    }
    #expect(ground.store.uses == 0)
    await ground.close()
  }

  @Test func `credits go neither from nor to another tenant`() async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    let (own, others) = (
      CreditsAccount(tenant: "acme", user: "u"), CreditsAccount(tenant: "other", user: "u")
    )
    for (from, to, field) in [(own, others, "to.tenant"), (others, own, "from.tenant")] {
      let answer = try await answer(ground, as: "near") { channel, options in
        _ = try await BalanceClient(channel).transferCredits(
          TransferCreditsRequest(from: from, to: to), options: options)
      }
      #expect(answer.refuses(field), "\(answer)")
    }
    await ground.close()
  }
}
