internal import RPCCore

/// How many calls may leave in a second: a bucket that is halved when the other side says that it is
/// too many, and grows back within a minute.
struct OutboundRate: Sendable {
  /// Thousandths of a call per second, so that slow growth is a whole number.
  private static let leastRate: Int64 = 1_000
  /// How long it takes to grow from nothing to the most.
  private static let recoverySeconds: Int64 = 60
  /// What is waited after a refusal that names no time.
  private static let pause = Duration.seconds(1)
  /// Billionths of thousandths of a call: a nanosecond at the least rate is a whole number.
  private static let perCall: Int64 = 1_000_000_000_000

  private let mostRate: Int64
  private let capacity: Int64
  private var rate: Int64
  private var level: Int64
  private var filled: MonotonicInstant
  /// Up to when time is turned into growth.
  private var grown: MonotonicInstant
  private var pausedUntil: MonotonicInstant

  /// A full bucket, which holds the calls of a fifth of a second, one at least.
  ///
  /// - Parameter perSecond: the most calls in a second, 1 to 10,000.
  init(perSecond: Int, now: MonotonicInstant) {
    precondition((1...10_000).contains(perSecond))
    mostRate = Int64(perSecond) * 1_000
    capacity = max(Int64(perSecond) / 5, 1) * Self.perCall
    rate = mostRate
    level = capacity
    filled = now
    grown = now
    pausedUntil = now
  }

  /// Calls in a second that may leave now, in thousandths.
  var perThousandSeconds: Int64 { rate }

  mutating func mayCall(_ now: MonotonicInstant) -> Bool {
    fill(now)
    return now >= pausedUntil && level >= Self.perCall
  }

  /// - Precondition: `mayCall` said so at this moment.
  mutating func called() { level -= Self.perCall }

  /// The other side refused a call as one too many.
  mutating func wasTooMuch(_ retryAfter: Duration?, _ now: MonotonicInstant) {
    fill(now)
    rate = max(rate / 2, Self.leastRate)
    level = 0
    pausedUntil = max(pausedUntil, now.advanced(by: min(retryAfter ?? Self.pause, .seconds(60))))
  }

  /// When a call may leave at the earliest.
  func nextCall(_ now: MonotonicInstant) -> MonotonicInstant {
    let missing = max(0, Self.perCall - level)
    // The rate may grow meanwhile: then it is sooner than said, and asked again.
    let filledBy = filled.advanced(byNanoseconds: (missing + rate - 1) / rate)
    return max(filledBy, pausedUntil)
  }

  private mutating func fill(_ now: MonotonicInstant) {
    guard now > filled else { return }
    // No longer than everything takes to fill at the least rate, so that the products fit.
    let span = min(now.since(filled).nanoseconds, 120_000_000_000)
    level = min(capacity, level + min(span, capacity / rate + 1) * rate)
    filled = now
    grow(now)
  }

  /// What is less than a thousandth of a call is not lost, however often it is asked: its time is kept
  /// for the next growth.
  private mutating func grow(_ now: MonotonicInstant) {
    let recovery = Self.recoverySeconds * 1_000_000_000
    let gained = mostRate * min(now.since(grown).nanoseconds, recovery) / recovery
    rate = min(mostRate, rate + gained)
    if rate == mostRate {
      grown = now
    } else {
      grown = grown.advanced(byNanoseconds: (gained * recovery + mostRate - 1) / mostRate)
    }
  }
}
