import Glibc
import TestSupport

/// The built program, run as an operator runs it.
enum CtlProcess {
  /// What is to be seen of a run.
  enum Channel: String {
    /// Standard output alone.
    case data = "2>/dev/null"
    /// Standard error alone.
    case complaints = "2>&1 >/dev/null"
    /// Standard error alone, while standard output has no room.
    case full = "2>&1 >/dev/full"
  }

  /// The program stands beside the tests' own binary.
  static let program: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count)
    let own = String(
      decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + "topupctl"
  }()

  static func run(
    _ channel: Channel, port: UInt16, _ arguments: [String]
  ) async -> Subprocess {
    await Subprocess.run(
      [
        "/usr/bin/env", "-u", "NO_COLOR", "TZ=UTC", "USER=maria", "TOPUP_ADDRESS=127.0.0.1:\(port)",
        "/bin/sh", "-c", "\"$0\" \"$@\" \(channel.rawValue)", program,
      ] + arguments)
  }
}
