import TopUpCore

/// Stripe's memory of idempotency keys (Stripe docs, "Idempotent requests", v1).
///
/// Once an endpoint began to execute, its first status and body stand for the key, a 402 and a
/// 500 too; a day later the key is forgotten and acts as new.
struct IdempotencyTable: Sendable {
  /// What the same key must come with again.
  struct Fingerprint: Hashable, Sendable {
    var endpoint: String
    var parameters: [String: FormValue]
  }

  enum Verdict {
    case new
    case replay(HTTPResponse)
    case inUse
    case otherParameters(endpoint: String)
  }

  private struct Row: Sendable {
    var fingerprint: Fingerprint
    var response: HTTPResponse
    var started: UnixTime
    /// Until when the first request counts as running.
    var runsUntil: UnixTime
  }

  /// Stripe keeps keys for at least this long; keeping them no longer is the harsher reading.
  static let retention = Duration.seconds(24 * 60 * 60)

  private var rows: [String: Row] = [:]
  private var order: [(key: String, started: UnixTime)] = []

  /// What a request with a key is: looked up before anything of it is judged.
  mutating func look(up key: String, _ fingerprint: Fingerprint, now: UnixTime) -> Verdict {
    prune(now: now)
    guard let row = rows[key] else { return .new }
    guard row.fingerprint == fingerprint else {
      return .otherParameters(endpoint: row.fingerprint.endpoint)
    }
    return now < row.runsUntil ? .inUse : .replay(row.response)
  }

  /// - Parameter runsUntil: when the answer leaves; the key is in use till then.
  mutating func keep(
    _ response: HTTPResponse, for key: String, _ fingerprint: Fingerprint, now: UnixTime,
    runsUntil: UnixTime
  ) {
    rows[key] = Row(
      fingerprint: fingerprint, response: response, started: now, runsUntil: runsUntil)
    order.append((key, now))
  }

  /// Forgets all keys at once: what a day does.
  mutating func forgetAll() {
    rows = [:]
    order = []
  }

  private mutating func prune(now: UnixTime) {
    var old = 0
    while old < order.count, order[old].started.advanced(by: Self.retention) <= now {
      rows[order[old].key] = nil
      old += 1
    }
    order.removeFirst(old)
  }
}
