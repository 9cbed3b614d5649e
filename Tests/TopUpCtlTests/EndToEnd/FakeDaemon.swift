import ProtobufRuntime
import RPCCore
import RPCServer
import RPCServices
import Synchronization
import TopUpAPI

@testable import topupctl

/// A server that answers as topupd does, from memory.
final class FakeDaemon: Sendable {
  struct Memory {
    var created: [CreateTopUpRequest] = []
    var listed: [ListTopUpsRequest] = []
    var noticeCursors: [Int64] = []
    var cancelled: [CancelTopUpRequest] = []
    var policies: [SetPolicyRequest] = []
    var cards: [AddPaymentMethodRequest] = []
    var removed: [RemovePaymentMethodRequest] = []
    var consents: [RecordConsentRequest] = []
    var reports: [LowBalanceEvent] = []
    var streamed: [UInt64] = []
    var killSwitch = false
    var caps: [SetCapsRequest] = []
    var blocks: [BlockAccountRequest] = []
    var releases: [ReleaseAccountRequest] = []
    var cleared: [ClearRampBreakerRequest] = []
    var prices: [AcceptPriceRequest] = []
    var reviewed: [ActOnReviewItemRequest] = []
    var dryRuns: [DryRunPolicyRequest] = []
    var replays: [ReplayDecisionsRequest] = []
    var trials: [SetShadowPolicyRequest] = []
    /// The rule that is tried.
    var shadow: ShadowPolicy?
    var deducted: [DeductCreditsRequest] = []
    var returned: [ReturnCreditsRequest] = []
    var transferred: [TransferCreditsRequest] = []
    var updated: [UpdatePaymentMethodRequest] = []
    var refunded: [RefundTopUpRequest] = []
    var replayed: [ReplayInboxEventRequest] = []
    /// The rule in force.
    var policy: Policy?
    /// How a top-up that is watched goes on.
    var ends = SampleTopUp.credited
    /// Streams that break after their first message.
    var breaks = 0
    var rampIsDown = false
    /// By how much the balances after an entry are not what its postings left.
    var closingSlip = 0
    /// Whether a stream stays open after its first message.
    var holds = false
  }

  private let memory = Mutex(Memory())

  /// Looks at, or changes, what was asked and what is answered.
  func withMemory<Value>(_ body: (inout sending Memory) throws -> sending Value) rethrows -> Value {
    try memory.withLock { try body(&$0) }
  }

  /// Serves while a body runs.
  static func serving(_ body: (FakeDaemon, UInt16) async throws -> Void) async throws {
    let daemon = FakeDaemon()
    let server = try await RPCServer.start([
      FakeTopUps(daemon: daemon), FakeBalances(daemon: daemon),
      FakePaymentMethods(daemon: daemon), FakeAdmin(daemon: daemon), HealthService(),
    ])
    do { try await body(daemon, server.port) } catch {
      await server.drain(grace: .zero)
      throw error
    }
    await server.drain(grace: .seconds(5))
  }

  /// Returns when the caller has given its call up.
  static func untilCancelled() async {
    let (stream, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
  }

  /// What topupd says of a top-up that is not there.
  static func noTopUp(_ id: String) -> RPCError {
    RPCError(
      .notFound, "there is no top-up \(id)",
      details: [GoogleErrorInfo(reason: "NOT_FOUND", domain: "topup.v1")])
  }

  /// Ends a stream that would go on for ever; no failure that is tried again.
  static let endOfTest = RPCError(.aborted, "the test has seen enough")

  static let unused = RPCError(.unimplemented, "the fake does not have this")
}
