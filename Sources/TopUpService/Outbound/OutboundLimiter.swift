internal import RPCCore
package import RPCTransport
internal import Synchronization

/// Lets calls to the processor leave no faster than it takes them.
package actor OutboundLimiter {
  private let loop: any EventLoop
  nonisolated package var unownedExecutor: UnownedSerialExecutor {
    loop.asUnownedSerialExecutor()
  }

  private let limits: OutboundLimits
  private var queue: OutboundQueue?
  private var waiters: [OutboundQueue.Ticket: CheckedContinuation<Bool, Never>] = [:]
  /// What came of tickets before their callers were put down as waiting.
  private var early: [OutboundQueue.Ticket: Bool] = [:]
  private var timer: LoopTimer?
  private let counts = Mutex<[OutboundEndpoint: Counts]>([:])

  /// What came of calls to an endpoint.
  package struct Counts: Sendable {
    /// Those that wait now.
    package var waiting = 0
    /// Those that the processor refused as one too many.
    package var refused: UInt64 = 0
    /// Those that did not get their turn in time.
    package var notSent: UInt64 = 0
  }

  package init(_ limits: OutboundLimits, on loop: any EventLoop) {
    self.limits = limits
    self.loop = loop
  }

  /// Waits until a call may leave.
  ///
  /// - Returns: false when it may not in time: it is not to be made.
  package func pass(_ endpoint: OutboundEndpoint, for tenant: String) async -> Bool {
    var queue = self.queue ?? OutboundQueue(limits, now: loop.now)
    let verdict = queue.ask(endpoint, for: tenant, loop.now)
    self.queue = queue
    switch verdict {
    case .goes: return true
    case .full:
      count(endpoint) { $0.notSent += 1 }
      return false
    case .waits(let ticket):
      count(endpoint) { $0.waiting += 1 }
      let hasTurn = await withCheckedContinuation { waiter in
        // A caller of another loop goes through this one's queue on its way here, and its turn may
        // have come meanwhile.
        if let hasTurn = early.removeValue(forKey: ticket) {
          waiter.resume(returning: hasTurn)
        } else {
          waiters[ticket] = waiter
          turn()
        }
      }
      count(endpoint) { counts in
        counts.waiting -= 1
        if !hasTurn { counts.notSent += 1 }
      }
      return hasTurn
    }
  }

  /// The processor refused a call as one too many.
  package func wasTooMuch(_ endpoint: OutboundEndpoint, retryAfter: Duration?) {
    queue?.wasTooMuch(endpoint, retryAfter, loop.now)
    count(endpoint) { $0.refused += 1 }
    turn()
  }

  /// By endpoint; from any thread.
  nonisolated package var snapshot: [(endpoint: OutboundEndpoint, counts: Counts)] {
    let counts = counts.withLock { $0 }
    return OutboundEndpoint.allCases.map { ($0, counts[$0] ?? Counts()) }
  }

  private func count(_ endpoint: OutboundEndpoint, _ change: (inout Counts) -> Void) {
    counts.withLock { change(&$0[endpoint, default: Counts()]) }
  }

  private func tell(_ ticket: OutboundQueue.Ticket, _ hasTurn: Bool) {
    guard let waiter = waiters.removeValue(forKey: ticket) else {
      early[ticket] = hasTurn
      return
    }
    waiter.resume(returning: hasTurn)
  }

  /// Lets go of those whose time has come, one way or the other, and waits for the next.
  private func turn() {
    guard var queue else { return }
    let now = loop.now
    let released = queue.release(now)
    let expired = queue.expire(now)
    self.queue = queue
    for ticket in expired { tell(ticket, false) }
    for ticket in released { tell(ticket, true) }
    let timer =
      timer
      ?? LoopTimer { [weak self] in
        self?.assumeIsolated { $0.turn() }
      }
    self.timer = timer
    guard let next = queue.nextChange(now) else { return loop.cancel(timer) }
    loop.schedule(timer, at: max(next, now.advanced(byNanoseconds: 1_000_000)))
  }
}
