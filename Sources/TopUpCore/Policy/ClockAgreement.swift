/// How our clock stands to the processor's (invariant 7): windows of a clock that is wrong are wrong.
package enum ClockAgreement: Sendable, Hashable {
  /// Within ``skewMax`` of each other.
  case agree
  case differ
  /// The processor has not told its time since the start, or for hours.
  case unknown

  package static let skewMax = Duration.seconds(60)

  /// What a processor's time, told between two readings of our clock, says.
  package init(theirs: UnixTime, between before: UnixTime, and after: UnixTime) {
    let skew = theirs < before ? before.since(theirs) : theirs.since(after)
    self = skew <= Self.skewMax ? .agree : .differ
  }

  /// Why nothing may be reserved now; nil when it may.
  package var objection: String? {
    switch self {
    case .agree: nil
    case .differ: "our clock and the processor's differ by more than 60 s"
    case .unknown: "the processor has not told its time yet, or not for two hours"
    }
  }
}
