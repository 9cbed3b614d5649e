internal import RPCCore

/// What the process ends with; scripts may branch on it.
enum ExitStatus {
  static let success: Int32 = 0
  /// Anything that is not told apart below, such as a top-up that was waited for and declined.
  static let failure: Int32 = 1
  /// A wrong command line (EX_USAGE of sysexits.h).
  static let usage: Int32 = 64
  /// 128 and the number of SIGINT, as shells have it.
  static let interrupted: Int32 = 130

  /// 64 and the number of the gRPC status, as other gRPC tools have it; a status that gRPC does not
  /// define counts as UNKNOWN.
  static func of(_ code: StatusCode) -> Int32 {
    64 + Int32(code.rawValue < 17 ? code.rawValue : StatusCode.unknown.rawValue)
  }

  /// Every value and its meaning, for `topupctl exit-codes`.
  static var all: [(status: Int32, meaning: String)] {
    let calls = (1..<UInt32(17)).map { StatusCode(rawValue: $0) }.map { code in
      (status: of(code), meaning: "the server answered \(code.name)")
    }
    return [
      (success, "done; with --wait or watch ID: the top-up was credited"),
      (
        failure,
        "not done: a top-up ended otherwise, doctor found a fault, an event was rejected, the "
          + "books differ"
      ),
      (usage, "the command line is wrong; nothing was sent"),
    ] + calls + [(interrupted, "interrupted by Ctrl-C; what the server had begun goes on")]
  }
}
