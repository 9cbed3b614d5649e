internal import CCurl
internal import Synchronization

/// What tasks ask of curl's thread. Shared by both; everything else belongs to the thread.
final class CurlInbox: Sendable {
  enum Command: Sendable {
    case start(CurlCall)
    /// Follows ``CurlCall/cancel()``; may overtake the start, which then sees the mark.
    case cancel(CurlCall)
  }

  private struct State {
    var commands: [Command] = []
    var isClosed = false
    /// The thread's last word: it holds nothing any more.
    var hasEnded = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    /// Only to be woken, which any thread may do (curl_multi_wakeup(3)); nil once it is freed.
    var multi: CurlMulti?
  }

  private let state: Mutex<State>

  init(waking multi: CurlMulti) { state = Mutex(State(multi: multi)) }

  /// - Returns: false when the transport is closed; the command is dropped then.
  func post(_ command: Command) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      state.commands.append(command)
      // The thread takes all commands at once: one call to wake it is enough.
      if state.commands.count == 1 { state.multi?.wake() }
      return true
    }
  }

  /// The commands since the last time, and whether the thread is to end.
  func take() -> (commands: [Command], isClosed: Bool) {
    state.withLock { state in
      defer { state.commands = [] }
      return (state.commands, state.isClosed)
    }
  }

  /// Takes no more commands and has the thread end.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.multi?.wake()
    }
  }

  /// Waits until the thread has let go of everything.
  func ended() async {
    await withCheckedContinuation { waiter in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waiters.append(waiter) }
        return state.hasEnded
      }
      if hasEnded { waiter.resume() }
    }
  }

  // MARK: By the thread

  /// The multi handle is about to be freed: nobody may wake it any more.
  func forgetMulti() {
    state.withLock { state in
      state.isClosed = true
      state.multi = nil
    }
  }

  func end() {
    let waiters = state.withLock { state in
      state.hasEnded = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
