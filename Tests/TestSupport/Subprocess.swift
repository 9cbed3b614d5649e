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
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
    posix_spawn_file_actions_addclose(&actions, pipe[0])
    var pid = pid_t()
    var argv = arguments.map { strdup($0) } + [nil]
    defer { argv.forEach { free($0) } }
    let result = posix_spawnp(&pid, arguments[0], &actions, nil, &argv, environ)
    close(pipe[1])
    guard result == 0 else {
      close(pipe[0])
      return Subprocess(
        exitCode: -1, output: "\(arguments[0]): \(String(cString: strerror(result)))")
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
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return Subprocess(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
      output: String(decoding: bytes, as: UTF8.self))
  }
}
