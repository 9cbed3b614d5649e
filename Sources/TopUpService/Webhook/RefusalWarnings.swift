internal import RPCCore

/// Which refused webhook requests are worth a line in the log: the first of each reason, and then
/// one a minute at most, whatever comes. A secret that was changed on one side shows here.
struct RefusalWarnings {
  static let period = Duration.seconds(60)

  private struct Reason {
    var told: MonotonicInstant
    var untold: UInt64
  }

  /// By reason, of which there is a closed set.
  private var reasons: [String: Reason] = [:]

  /// - Returns: how many have come since the last line, this one among them; nil when none is due.
  mutating func note(_ reason: String, at now: MonotonicInstant) -> UInt64? {
    guard var known = reasons[reason] else {
      reasons[reason] = Reason(told: now, untold: 0)
      return 1
    }
    known.untold += 1
    let isDue = now.since(known.told) >= Self.period
    reasons[reason] = isDue ? Reason(told: now, untold: 0) : known
    return isDue ? known.untold : nil
  }
}
