internal import RPCCore
package import RPCTransport
package import TopUpCore

/// What the connections of one listener share: bounds, counters and whom to ask.
///
/// `@unchecked Sendable`: touched on its loop only.
package final class WebhookGate: @unchecked Sendable {
  let rules: HTTPRequestRules
  package let limits: WebhookLimits
  let sink: any WebhookSink
  let clock: @Sendable () -> UnixTime
  let loop: any EventLoop
  private var bucket: TokenBucket
  package private(set) var bufferedBytes = 0
  /// Open connections, which drop out when they end.
  private var connections: [ObjectIdentifier: WebhookConnection] = [:]
  package var counters = WebhookCounters()
  private var warnings = RefusalWarnings()
  private let warn: @Sendable (_ reason: String, _ count: UInt64) -> Void

  /// - Parameters:
  ///   - clock: the wall clock, for dates and for when a delivery came.
  ///   - warn: told why requests are refused, at most once a minute for each reason.
  package init(
    rules: HTTPRequestRules, limits: WebhookLimits, sink: any WebhookSink,
    clock: @escaping @Sendable () -> UnixTime, on loop: any EventLoop,
    warn: @escaping @Sendable (_ reason: String, _ count: UInt64) -> Void = { _, _ in }
  ) {
    self.warn = warn
    self.rules = rules
    self.limits = limits
    self.sink = sink
    self.clock = clock
    self.loop = loop
    bucket = TokenBucket(
      perSecond: limits.requestsPerSecond, burst: limits.requestsPerSecond, now: loop.now)
  }

  func opened(_ connection: WebhookConnection) {
    counters.connections += 1
    connections[ObjectIdentifier(connection)] = connection
  }

  func closed(_ connection: WebhookConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  func count(_ refusal: WebhookRefusal) {
    counters.count(refusal)
    note(refusal.rawValue)
  }

  func count(_ answer: WebhookAnswer) {
    counters.count(answer)
    if answer.status != .ok { note(answer.name) }
  }

  private func note(_ reason: String) {
    if let count = warnings.note(reason, at: loop.now) { warn(reason, count) }
  }

  /// Asks for room; what was granted is given back with ``release(_:)``.
  func reserve(_ bytes: Int) -> Bool {
    guard bytes <= limits.bufferedBytesMax - bufferedBytes else { return false }
    bufferedBytes += bytes
    return true
  }

  func release(_ bytes: Int) {
    precondition(bytes <= bufferedBytes, "more room given back than was taken")
    bufferedBytes -= bytes
  }

  /// Whether one more request may be decided now.
  func admit() -> Bool { bucket.take(loop.now) }

  /// Ends connections on which nothing has come; the others end with their answer.
  package func drain() {
    for connection in Array(connections.values) { connection.drain() }
  }
}
