import RPCTransport
import TopUpCore

/// The machine's clock and chance: the only place of the sandbox that asks for them.
enum WallClock {
  static var now: UnixTime { UnixTime(milliseconds: System.unixMilliseconds()) }

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
