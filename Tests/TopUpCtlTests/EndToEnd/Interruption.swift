import Glibc
import TestSupport

/// A run of the program that is interrupted once it has said something.
struct Interruption: Sendable {
  /// What it had printed by then.
  let output: String
  /// The code it ended with; nil when the signal itself ended it.
  let exitCode: Int32?

  /// Runs the program, waits for its first output, sends SIGINT and waits for its end.
  static func run(port: UInt16, _ arguments: [String]) async -> Interruption {
    await OwnThread.run { runBlocking(port: port, arguments) }
  }

  private static func runBlocking(port: UInt16, _ arguments: [String]) -> Interruption {
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { return Interruption(output: "no pipe", exitCode: nil) }
    defer { close(pipe[0]) }
    let words = [CtlProcess.program] + arguments + ["--address", "127.0.0.1:\(port)"]
    let child = ChildProcess.start(words, output: pipe[1])
    close(pipe[1])
    guard let child else { return Interruption(output: "not started", exitCode: nil) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(pipe[0], &buffer, buffer.count)
    kill(child.pid, SIGINT)
    let exitCode: Int32? = if case .exit(let code) = child.wait() { code } else { nil }
    return Interruption(
      output: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self), exitCode: exitCode)
  }
}
