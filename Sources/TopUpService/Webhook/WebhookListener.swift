internal import RPCCore
package import RPCTransport
package import TopUpCore

/// The HTTP endpoint that takes Stripe's webhooks and nothing else.
///
/// It runs on a loop that may be its own, so that a flood here leaves the RPC side alone, and
/// knows nothing of the service but a ``WebhookSink``: it can run as a process of its own.
///
/// `@unchecked Sendable`: touched on its loop only; the verbs below go there.
package final class WebhookListener: @unchecked Sendable {
  private let loop: EpollLoop
  private let gate: WebhookGate
  private let listener: Listener
  package let address: SocketAddress

  private init(_ address: SocketAddress, _ gate: WebhookGate, on loop: EpollLoop)
    throws(SystemError)
  {
    self.loop = loop
    self.gate = gate
    listener = try Listener(address, on: loop) { _ in WebhookConnection(gate) }
    listener.connectionsMax = gate.limits.connectionsMax
    self.address = listener.address
  }

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - clock: the wall clock.
  ///   - warn: told why requests are refused, at most once a minute for each reason.
  package static func start(
    _ address: SocketAddress, rules: HTTPRequestRules, limits: WebhookLimits = WebhookLimits(),
    sink: any WebhookSink, clock: @escaping @Sendable () -> UnixTime, on loop: EpollLoop,
    warn: @escaping @Sendable (_ reason: String, _ count: UInt64) -> Void = { _, _ in }
  ) async throws(SystemError) -> WebhookListener {
    try await loop.run { () throws(SystemError) in
      let gate = WebhookGate(
        rules: rules, limits: limits, sink: sink, clock: clock, on: loop, warn: warn)
      return try WebhookListener(address, gate, on: loop)
    }
  }

  /// What it has seen so far.
  package func counters() async -> WebhookCounters {
    await loop.run { [self] in
      var counters = gate.counters
      counters.turnedAway = listener.turnedAwayCount
      return counters
    }
  }

  /// Takes no new connection, lets requests that are under way be answered, and returns when all
  /// connections are gone or the grace is over; those that are left are then cut off, and the
  /// sender comes again.
  package func drain(grace: Duration) async {
    let loop = loop
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      loop.execute { [self] in
        let deadline = LoopTimer { [self] in listener.closeConnections() }
        listener.onDrained = {
          loop.cancel(deadline)
          continuation.resume()
        }
        loop.schedule(deadline, at: loop.now.advanced(by: grace))
        gate.drain()
        listener.close()
      }
    }
  }
}
