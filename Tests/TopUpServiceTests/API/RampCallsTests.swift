import ProtobufRuntime
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// How the ramp stands, over the wire (invariants 4, 52).
@Suite struct RampCallsTests {
  private func serving(
    _ body: (CreatorGround, AdminClient, CallOptions) async throws -> Void
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    let guarded = try await GuardedGround(nil, over: ground.store, fence: ground.store.fence)
    do {
      try await body(ground, AdminClient(guarded.channel), try GuardedGround.options(nil))
    } catch {
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

  private let maria = ActorMessage(name: "ops:maria", reason: "mended")

  @Test func `an open breaker shows in status and ramp, and is cleared by name (4, 52)`()
    async throws
  {
    try await serving { ground, admin, options in
      try await ground.commit([
        .putRamp(
          RampStanding(
            compensations: 2, opened: CreatorGround.now,
            probesAt: CreatorGround.now.advanced(by: .seconds(3_600)), cause: "given back",
            version: 1))
      ])
      let status = try await admin.getStatus(GetStatusRequest(), options: options)
      #expect(status.rampBreaker?.open == true && status.rampBreaker?.compensations == 2)
      #expect(
        status.leadTime
          == TopUpAPI.LeadTime(p95: ProtobufDuration(seconds: 60), samples: 0, measured: false))
      let ramp = try await admin.getRamp(GetRampRequest(), options: options)
      #expect(ramp.breaker?.reason == "given back" && ramp.breaker?.version == 1)
      // Nothing answers there.
      #expect(ramp.headroom.isEmpty && !ramp.headroomDetail.isEmpty && ramp.claimed == "0")
      for spoil: (inout ClearRampBreakerRequest) -> Void in [
        { $0.actor = nil }, { $0.actor?.reason = "" }, { $0.expectedVersion = -1 },
      ] {
        var request = ClearRampBreakerRequest(actor: maria)
        spoil(&request)
        let code = await code { () async throws(RPCError) in
          _ = try await admin.clearRampBreaker(request, options: options)
        }
        #expect(code == .invalidArgument)
      }
      let stale = await code { () async throws(RPCError) in
        _ = try await admin.clearRampBreaker(
          ClearRampBreakerRequest(actor: maria, expectedVersion: 9), options: options)
      }
      #expect(stale == .aborted)
      let cleared = try await admin.clearRampBreaker(
        ClearRampBreakerRequest(actor: maria, expectedVersion: 1), options: options)
      #expect(cleared.breaker?.open == false && cleared.breaker?.version == 2)
      #expect(cleared.breaker?.reason == "cleared by ops:maria: mended")
    }
  }

  @Test func `a price is accepted by name, above zero, in a currency that is charged (52)`()
    async throws
  {
    try await serving { _, admin, options in
      var request = AcceptPriceRequest(currency: "USD", rateNano: 1_250_000, actor: maria)
      let price = try await admin.acceptPrice(request, options: options).price
      #expect(price?.version == 1 && price?.bandPercent == 20)
      let ramp = try await admin.getRamp(GetRampRequest(), options: options)
      #expect(ramp.prices.map(\.rateNano) == [1_250_000])
      #expect(ramp.prices.first?.actor == maria)
      request.expectedVersion = 7
      let stale = await code { () async throws(RPCError) in
        _ = try await admin.acceptPrice(request, options: options)
      }
      #expect(stale == .aborted)
      for spoil: (inout AcceptPriceRequest) -> Void in [
        { $0.rateNano = 0 }, { $0.rateNano = -5 }, { $0.currency = "QQQ" }, { $0.actor = nil },
      ] {
        var request = AcceptPriceRequest(currency: "USD", rateNano: 5, actor: maria)
        spoil(&request)
        let code = await code { () async throws(RPCError) in
          _ = try await admin.acceptPrice(request, options: options)
        }
        #expect(code == .invalidArgument)
      }
    }
  }
}
