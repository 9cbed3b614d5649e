/// The order of one source's events: what has come, and what is missing.
///
/// - Source: facts/domain §11, "Stream".
package struct SequenceTracker: Sendable, Hashable {
  package enum Verdict: Sendable, Hashable {
    /// The next one.
    case next
    /// Seen before.
    case duplicate
    /// One is missing: asked for once.
    case gap(wanted: UInt64)
    /// Behind a gap that has been reported.
    case waiting
  }

  /// No sequence goes further: a source that counts a million events a second comes here in 146,000
  /// years, and one that says it has skipped as far as numbers go stops nothing but itself.
  package static let highest: UInt64 = 1 << 62

  /// The last in order that was taken in; at most ``highest``.
  package private(set) var last: UInt64
  private var reportedGap: UInt64?

  package init(durable: UInt64) { last = min(durable, Self.highest) }

  package mutating func take(_ sequence: UInt64) -> Verdict {
    if sequence <= last { return .duplicate }
    guard sequence == last + 1, sequence <= Self.highest else {
      guard reportedGap != last + 1 else { return .waiting }
      reportedGap = last + 1
      return .gap(wanted: last + 1)
    }
    last = sequence
    reportedGap = nil
    return .next
  }

  /// The source cannot send these any more.
  ///
  /// - Returns: whether they join on to what was taken in, and go no further than a sequence does;
  ///   nothing changes if not.
  package mutating func skip(from: UInt64, through: UInt64) -> Bool {
    guard from >= 1, from <= last + 1, through >= from, through <= Self.highest else {
      return false
    }
    last = max(last, through)
    reportedGap = nil
    return true
  }
}
