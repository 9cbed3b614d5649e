internal import CCurl
internal import TopUpCore

/// Drives curl's multi handle. Lives on one thread, from ``run()`` to its end.
@safe final class CurlWorker {
  private let configuration: CurlConfiguration
  private let inbox: CurlInbox
  private let multi: UnsafeMutableRawPointer
  private var active: [ObjectIdentifier: CurlTransfer] = [:]
  private var waiting = CallQueue()
  /// Handles to use again: each keeps its TLS sessions and spares an allocation of 6 KiB.
  private var idle: [UnsafeMutableRawPointer] = unsafe []
  /// No deadline lies before this one.
  private var nextDeadline: ContinuousClock.Instant?

  private static let idleMax = 16
  /// So long may the thread sleep when it has nothing to wait for.
  private static let pauseMillisecondsMax: Int64 = 60_000

  /// - Parameter multi: owned from here on.
  init(_ configuration: CurlConfiguration, _ inbox: CurlInbox, owning multi: CurlMulti) {
    self.configuration = configuration
    self.inbox = inbox
    unsafe self.multi = multi.raw
  }

  /// Works until the inbox is closed; then every exchange is failed and every handle freed.
  func run() {
    var reason = "the transport was shut down"
    while takeCommands() {
      var running: Int32 = 0
      let performed = unsafe curl_multi_perform(multi, &running)
      finishDone()
      expire(.now)
      startWaiting()
      let polled = unsafe curl_multi_poll(multi, nil, 0, pauseMilliseconds(.now), nil)
      guard performed == CURLM_OK, polled == CURLM_OK else {
        let code = performed == CURLM_OK ? polled : performed
        reason = "\(CurlError("curl_multi_poll", code))"
        break
      }
    }
    inbox.forgetMulti()
    end(reason)
    inbox.end()
  }

  // MARK: Commands

  /// - Returns: false when the thread is to end.
  private func takeCommands() -> Bool {
    let (commands, isClosed) = inbox.take()
    for command in commands {
      switch command {
      case .start(let call): admit(call)
      case .cancel(let call): cancel(call)
      }
    }
    return !isClosed
  }

  private func admit(_ call: CurlCall) {
    let isFull = active.count >= configuration.exchangesMax
    guard !isFull || waiting.count < configuration.waitingMax else {
      return call.finish(.notSent("too many requests are waiting"))
    }
    waiting.append(call)
    nextDeadline = min(nextDeadline ?? call.deadline, call.deadline)
    startWaiting()
  }

  private func startWaiting() {
    while active.count < configuration.exchangesMax, let call = waiting.popFirst() {
      if call.isCancelled { call.finish(.notSent("cancelled")) } else { start(call) }
    }
  }

  private func start(_ call: CurlCall) {
    guard let easy = unsafe idle.popLast() ?? curl_easy_init() else {
      return call.finish(.notSent("curl_easy_init: no memory"))
    }
    do throws(CurlError) {
      let transfer = try unsafe CurlTransfer(call, easy: easy, configuration)
      let code = unsafe curl_multi_add_handle(multi, easy)
      guard code == CURLM_OK else { throw CurlError("curl_multi_add_handle", code) }
      active[ObjectIdentifier(call)] = transfer
    } catch {
      unsafe curl_easy_cleanup(easy)
      call.finish(.notSent("\(error)"))
    }
  }

  private func cancel(_ call: CurlCall) {
    if let transfer = active[ObjectIdentifier(call)] {
      end(transfer, transfer.failure("cancelled"))
    } else if waiting.remove(call) {
      call.finish(.notSent("cancelled"))
    }
  }

  // MARK: Ends

  private func finishDone() {
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE,
        let transfer = unsafe CurlTransfer.of(message.pointee.easy_handle)
      else { continue }
      let code = unsafe message.pointee.data.result
      end(transfer, transfer.outcome(code))
    }
  }

  /// Ends what has passed its deadline, whether curl works on it or it waits for a place.
  ///
  /// curl's own limit would not see a transfer that waits for one of the host's connections.
  private func expire(_ now: ContinuousClock.Instant) {
    guard let due = nextDeadline, due <= now else { return }
    for transfer in active.values where transfer.call.deadline <= now {
      end(transfer, transfer.failure(Self.late(transfer.call)))
    }
    for call in waiting.removeAll(where: { $0.deadline <= now }) {
      call.finish(.notSent(Self.late(call)))
    }
    nextDeadline = active.values.lazy.map(\.call.deadline).min()
    if let first = waiting.firstDeadline { nextDeadline = min(nextDeadline ?? first, first) }
  }

  private static func late(_ call: CurlCall) -> String { "no answer in \(call.request.timeout)" }

  /// Takes a transfer out of curl and answers its caller.
  private func end(_ transfer: CurlTransfer, _ outcome: HTTPOutcome) {
    active[ObjectIdentifier(transfer.call)] = nil
    let removed = unsafe curl_multi_remove_handle(multi, transfer.easy)
    precondition(removed == CURLM_OK, "curl_multi_remove_handle on a handle that is not in")
    if unsafe idle.count < Self.idleMax {
      unsafe curl_easy_reset(transfer.easy)
      unsafe idle.append(transfer.easy)
    } else {
      unsafe curl_easy_cleanup(transfer.easy)
    }
    transfer.call.finish(outcome)
  }

  private func end(_ reason: String) {
    for transfer in active.values { end(transfer, transfer.failure(reason)) }
    while let call = waiting.popFirst() { call.finish(.notSent(reason)) }
    // Commands that came between the last look and the closing.
    for case .start(let call) in inbox.take().commands { call.finish(.notSent(reason)) }
    while let handle = unsafe idle.popLast() { unsafe curl_easy_cleanup(handle) }
    unsafe curl_multi_cleanup(multi)
  }

  /// How long to wait at most: until the next deadline; curl knows its own timers.
  private func pauseMilliseconds(_ now: ContinuousClock.Instant) -> Int32 {
    guard let nextDeadline else { return Int32(Self.pauseMillisecondsMax) }
    let (seconds, attoseconds) = (nextDeadline - now).components
    guard seconds < Self.pauseMillisecondsMax / 1000 else {
      return Int32(Self.pauseMillisecondsMax)
    }
    // Rounded up: waking a moment early would spin until the deadline.
    return Int32(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
  }
}
