/// Tokens that were believed and need no second look until they end.
struct TokenCache: Sendable {
  /// A pod's token lives an hour, so a thousand callers fit.
  static let countMax = 1_024

  private struct Known: Sendable {
    let subject: String
    let expires: Int64
  }

  // By digest, so that no token that was believed stays in memory.
  private var known: [[UInt8]: Known] = [:]

  var count: Int { known.count }

  /// Whom a token speaks for.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Returns: nil when the token must be looked at: it is not known, or its time is over.
  func subject(of digest: [UInt8], at now: Int64) -> String? {
    guard let known = known[digest], now < known.expires else { return nil }
    return known.subject
  }

  /// Remembers a token. Where there is no room those that have ended go, and if none has, all: each
  /// costs its caller one signature's check to come back.
  mutating func insert(_ subject: String, expires: Int64, for digest: [UInt8], at now: Int64) {
    if known.count >= Self.countMax, known[digest] == nil {
      known = known.filter { now < $0.value.expires }
      if known.count >= Self.countMax { known.removeAll(keepingCapacity: true) }
    }
    known[digest] = Known(subject: subject, expires: expires)
  }
}
