import RPCCore
import Testing

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
         "owner": "0x0707070707070707070707070707070707070707070707070707070707070707"}]}]}
    """

  private struct Answer: Equatable {
    let code: StatusCode
    let isNotBound: Bool
  }

  private func answer(
    _ ground: GuardedGround, _ name: String, as caller: String?
  ) async throws -> Answer {
    let calling = try #require(
      EveryMethod.calls[name], "no object check is declared for \(name)")
    var options = CallOptions()
    if let caller { try options.metadata.append(caller, forKey: "x-caller") }
    options.timeout = .seconds(20)
    do {
      try await calling(ground.channel, options)
      return Answer(code: .ok, isNotBound: false)
    } catch let error as RPCError {
      let isNotBound = error.trailers.values("grpc-status-details-bin").contains(where: { value in
        guard case .bytes(let bytes) = value else { return false }
        return String(decoding: bytes, as: UTF8.self).contains("NOT_BOUND")
      })
      return Answer(code: error.status.code, isNotBound: isNotBound)
    }
  }

  private static let refused = Answer(code: .permissionDenied, isNotBound: true)

  @Test(arguments: ["stranger", nil] as [String?])
  func `no method of any service lets in whom no binding names`(caller: String?) async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    let methods = ground.services.flatMap(\.methods).map(\.descriptor)
    #expect(methods.count == EveryMethod.calls.count)
    for method in methods {
      let answer = try await answer(ground, method.method, as: caller)
      #expect(answer == Self.refused, "\(method.path)")
    }
    #expect(ground.store.uses == 0)
    await ground.close()
  }

  @Test func `no method acts for another's tenant, cluster, account or source`() async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    for method in ground.services.flatMap(\.methods).map(\.descriptor)
    where !EveryMethod.namesByID.contains(method.method) {
      let answer = try await answer(ground, method.method, as: "other")
      #expect(answer == Self.refused, "\(method.path)")
    }
    #expect(ground.store.uses == 0)
    await ground.close()
  }

  @Test func `other bindings count from the very next call of an old connection`() async throws {
    let ground = try await GuardedGround(Bindings(parsing: Array(Self.bindings.utf8)))
    let letIn = Answer(code: .unavailable, isNotBound: false)
    for _ in 0..<2 {
      #expect(try await answer(ground, "ListTopUps", as: "near") == letIn)
      // Two callers share the connection, as behind a token.
      #expect(try await answer(ground, "GetBalance", as: "near") == letIn)
      #expect(try await answer(ground, "GetBalance", as: "other") == Self.refused)
    }
    // The caller of the last call before each change is that of the first one after it.
    #expect(try await answer(ground, "GetBalance", as: "near") == letIn)
    let swapped = Self.bindings.replacing("\"near\"]", with: "\"far\"]")
    ground.grants.replace(try Bindings(parsing: Array(swapped.utf8)))
    #expect(try await answer(ground, "GetBalance", as: "near") == Self.refused)
    #expect(try await answer(ground, "GetBalance", as: "far") == letIn)
    #expect(try await answer(ground, "GetBalance", as: "near") == Self.refused)
    ground.grants.replace(try Bindings(parsing: Array(Self.bindings.utf8)))
    #expect(try await answer(ground, "GetBalance", as: "near") == letIn)
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
}
