import Glibc

/// How long something takes, by a clock that nobody sets.
struct Stopwatch {
  private let begun = Self.nanoseconds()

  var seconds: Double { Double(Self.nanoseconds() - begun) / 1e9 }

  private static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
