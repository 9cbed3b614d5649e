internal import RPCCore
internal import Synchronization

/// Keeps a stream going over restarts of the server: one that breaks, or that the server ends, is
/// taken up again as long as each had really begun: it brought something, or outlasted every attempt
/// to connect.
final class StreamKeeper: Sendable {
  private let console: Console
  private let connectTimeout: Duration
  private let pause: Duration
  private let messages = Mutex(0)

  /// - Parameters:
  ///   - connectTimeout: no attempt to connect takes longer than this.
  ///   - pause: between a stream that ended and the next.
  init(_ console: Console, connectTimeout: Duration, pause: Duration = .seconds(1)) {
    self.console = console
    self.connectTimeout = connectTimeout
    self.pause = pause
  }

  /// A message came.
  func noteMessage() { messages.withLock { $0 += 1 } }

  /// - Parameters:
  ///   - isDone: whether what was to be seen has been seen; asked when a stream ends well.
  ///   - stream: one stream from its start to its end; is told whether there was one before.
  /// - Throws: ``CallFailure`` of the first stream that failed otherwise, or never began;
  ///   ``Unsuccessful`` when the server ends a stream that never began.
  func run(
    until isDone: () -> Bool = { false },
    _ stream: (_ isAgain: Bool) async throws(CallFailure) -> Void
  ) async throws {
    var isAgain = false
    while true {
      let mark = (messages: messages.withLock { $0 }, time: Host.monotonicNanoseconds())
      do throws(CallFailure) {
        try await stream(isAgain)
        if isDone() { return }
      } catch {
        guard error.error.code == .unavailable, hasBegun(since: mark) else {
          throw error
        }
      }
      guard hasBegun(since: mark) else {
        throw Unsuccessful("the server ended the stream at once")
      }
      console.note("the stream ended; trying again")
      try await Task.sleep(for: pause)
      isAgain = true
    }
  }

  private func hasBegun(since mark: (messages: Int, time: Int64)) -> Bool {
    messages.withLock { $0 } > mark.messages
      || .nanoseconds(Host.monotonicNanoseconds() - mark.time) > connectTimeout
  }
}
