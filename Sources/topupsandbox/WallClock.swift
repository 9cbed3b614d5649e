import Glibc
import TopUpCore

/// The machine's clock and chance: the only place of the sandbox that asks for them.
enum WallClock {
  static var now: UnixTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UnixTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  static var entropy: UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }

  /// The time of day in UTC, such as `14:03:09.120`.
  static func text(_ time: UnixTime) -> String {
    let second = time.seconds % 86_400
    let two = { (value: Int64) in value < 10 ? "0\(value)" : "\(value)" }
    let fraction = String(1000 + time.milliseconds - time.seconds * 1000).dropFirst()
    return "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)).\(fraction)"
  }
}
