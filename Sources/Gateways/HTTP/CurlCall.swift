internal import Synchronization
internal import TopUpCore

/// One exchange on its way between the task that waits for it and curl's thread.
final class CurlCall: Sendable {
  let request: HTTPRequest
  /// When the exchange ends, waiting for a place included.
  let deadline: ContinuousClock.Instant

  private struct State {
    var isCancelled = false
    var waiter: CheckedContinuation<HTTPOutcome, Never>?
  }

  private let state = Mutex(State())

  init(_ request: HTTPRequest, deadline: ContinuousClock.Instant) {
    self.request = request
    self.deadline = deadline
  }

  /// Whether the task has stopped waiting for an answer.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func await(_ waiter: CheckedContinuation<HTTPOutcome, Never>) {
    state.withLock { $0.waiter = waiter }
  }

  func cancel() { state.withLock { $0.isCancelled = true } }

  /// Hands the outcome to the task; only the first one counts.
  func finish(_ outcome: HTTPOutcome) {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: outcome)
  }
}
