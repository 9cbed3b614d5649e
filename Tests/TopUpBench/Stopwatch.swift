import Glibc

/// How long something takes.
struct Stopwatch {
  private let clock: clockid_t
  private let begun: Int64

  /// - Parameter clock: one that nobody sets, unless it is the run time of a thread or of the process:
  ///   in that what else the machine does shows least.
  init(_ clock: clockid_t = CLOCK_MONOTONIC) {
    self.clock = clock
    begun = Self.nanoseconds(clock)
  }

  var seconds: Double { Double(Self.nanoseconds(clock) - begun) / 1e9 }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
