/// A moment on a clock that never goes back: nanoseconds since some fixed start.
///
/// Deadlines and timers are measured here, so that a step of the wall clock moves none of them
/// (invariant 48). The loop reads the system's clock once per wake-up and hands the value on.
public struct MonotonicInstant: Hashable, Comparable, Sendable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The moment a span later; a sum past the end of the clock is the end of the clock.
  public func advanced(byNanoseconds span: Int64) -> MonotonicInstant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(span)
    return MonotonicInstant(nanoseconds: overflow ? (span > 0 ? .max : .min) : sum)
  }

  /// The moment a span later.
  public func advanced(by span: Duration) -> MonotonicInstant {
    advanced(byNanoseconds: span.nanoseconds)
  }

  /// The span from another moment to this one; negative when this one is earlier.
  public func since(_ other: MonotonicInstant) -> Duration {
    .nanoseconds(nanoseconds &- other.nanoseconds)
  }
}

extension Duration {
  /// The span in whole nanoseconds, cut to what an `Int64` holds.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds > 0 ? .max : .min }
    let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds > 0 ? .max : .min) : sum
  }
}
