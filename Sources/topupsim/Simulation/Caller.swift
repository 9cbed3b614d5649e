import RPCClient
import RPCCore
import RPCTransport
import SimulatedWorld
import TestSupport
import TopUpAPI
import TopUpCore

/// A client of the service: a stock channel of ours over the simulated network.
///
/// `@unchecked Sendable`: on its loop only.
final class Caller: @unchecked Sendable {
  let topUps: TopUpClient
  let balances: BalanceClient
  let methods: PaymentMethodsClient
  let admin: AdminClient
  private let channel: RPCChannel
  private let loop: ManualLoop
  /// Told of each call's deed and of what came of it.
  var onEnd: (_ deed: String, _ end: String) -> Void = { _, _ in }

  /// - Parameter connect: makes the server's side of a connection, and keeps what carries it.
  init(
    _ name: String, on loop: ManualLoop, _ dice: Dice, cuts: @escaping () -> Bool,
    connect: @escaping () -> (any ByteProtocol)?, _ kept: @escaping (MemoryPipe) -> Void
  ) {
    self.loop = loop
    let dialer = MemoryDialer(
      on: loop,
      weather: { _, bytes in
        var passage = MemoryPipe.Passage(delay: dice.longTailed(milliseconds: 1, doublings: 6))
        if dice.chance(percent: 10) {
          passage.pieces = [dice.number(1...9), dice.number(1...50), dice.number(1...500)]
        }
        passage.isCut = cuts()
        return passage
      }, connect)
    dialer.onConnect = kept
    channel = RPCChannel(
      dialer, name: name, on: loop,
      random: SimulatedWorld.SeededGenerator(seed: dice.generator.next()))
    topUps = TopUpClient(channel)
    balances = BalanceClient(channel)
    methods = PaymentMethodsClient(channel)
    admin = AdminClient(channel)
  }

  /// Makes a call as a task of the loop; what comes of it is told on the loop.
  ///
  /// - Parameter deed: whose call it is.
  func call<Answer: Sendable>(
    deed: String = #function,
    _ body: @escaping @Sendable () async throws(RPCError) -> Answer,
    _ done: @escaping @Sendable (Result<Answer, RPCError>) -> Void = { _ in }
  ) {
    Task(executorPreference: loop.tasks) { [self] in
      do throws(RPCError) {
        let answer = try await body()
        onEnd(deed, "done")
        done(.success(answer))
      } catch {
        onEnd(deed, "\(error.code)")
        done(.failure(error))
      }
    }
  }

  static let patience = CallOptions(timeout: .seconds(30), waitsForReady: true)
}
