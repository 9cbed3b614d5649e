internal import Glibc

/// A program run to its end, with what it printed.
package struct Subprocess: Sendable {
  package let exitCode: Int32
  /// Standard output and error, in the order they came.
  package let output: String

  package init(exitCode: Int32, output: String) {
    self.exitCode = exitCode
    self.output = output
  }

  /// Runs a program on a thread of its own and waits without holding one of the test runner's.
  ///
  /// - Parameter arguments: the program's path first; it is looked up in PATH without a slash.
  package static func run(_ arguments: [String]) async -> Subprocess {
    await OwnThread.run { runBlocking(arguments) }
  }

  private static func runBlocking(_ arguments: [String]) -> Subprocess {
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { return Subprocess(exitCode: -1, output: "pipe failed") }
    let child = ChildProcess.start(arguments, output: pipe[1], errors: pipe[1])
    let refusal = errno
    close(pipe[1])
    guard let child else {
      close(pipe[0])
      return Subprocess(
        exitCode: -1, output: "\(arguments[0]): \(String(cString: strerror(refusal)))")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipe[0], &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    close(pipe[0])
    return Subprocess(
      exitCode: child.wait().code, output: String(decoding: bytes, as: UTF8.self))
  }
}
