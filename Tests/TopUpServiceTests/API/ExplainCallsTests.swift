import ProtobufRuntime
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Why an account is charged or not, over the wire.
@Suite struct ExplainCallsTests {
  private static let account = TopUpAPI.Account(
    kind: .ddc(
      .init(
        clusterID: "0x" + String(repeating: "07", count: 20),
        owner: "0x" + String(repeating: "09", count: 32))))

  private func serving(
    _ body: (AdminClient, CallOptions) async throws -> Void
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    let guarded = try await GuardedGround(nil, over: ground.store, fence: ground.store.fence)
    do {
      try await body(AdminClient(guarded.channel), try GuardedGround.options(nil))
    } catch {
      await guarded.close()
      throw error
    }
    await guarded.close()
  }

  @Test func `each condition is told by name, with its standing`() async throws {
    try await serving { admin, options in
      let told = try await admin.explain(
        ExplainRequest(account: Self.account), options: options)
      #expect(told.skipReason == .noPolicy)
      #expect(told.summary == "no policy is set for this account")
      #expect(told.wouldCharge == nil && told.at != nil)
      #expect(told.predicates.map(\.name) == DecisionPredicate.allCases.map(\.rawValue))
      let first = told.predicates.first
      #expect(first?.standing == .fails && first?.holds == false)
      #expect(first?.left == "none" && first?.relation == "is" && first?.right == "set")
      #expect(told.predicates.dropFirst().allSatisfy { $0.standing == .notReached })
    }
  }

  @Test func `an account is needed`() async throws {
    try await serving { admin, options in
      await #expect(throws: RPCError.self) {
        _ = try await admin.explain(ExplainRequest(), options: options)
      }
    }
  }
}
