internal import Glibc

/// A program that runs beside a test and ends when its standard input does.
package final class BackgroundProcess: Sendable {
  private let pid: pid_t
  private let input: Int32
  private let output: Int32

  /// - Parameter arguments: the program's path first; it is looked up in PATH without a slash.
  /// - Returns: nil when the program cannot be started.
  package init?(_ arguments: [String]) {
    var inputPipe: [Int32] = [-1, -1]
    var outputPipe: [Int32] = [-1, -1]
    guard pipe(&inputPipe) == 0, pipe(&outputPipe) == 0 else { return nil }
    // Only the ends that are handed over below outlive the start of any program.
    for end in inputPipe + outputPipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, inputPipe[0], 0)
    posix_spawn_file_actions_adddup2(&actions, outputPipe[1], 1)
    var pid = pid_t()
    var argv = arguments.map { strdup($0) } + [nil]
    defer { argv.forEach { free($0) } }
    let result = posix_spawnp(&pid, arguments[0], &actions, nil, &argv, environ)
    close(inputPipe[0])
    close(outputPipe[1])
    self.pid = pid
    input = inputPipe[1]
    output = outputPipe[0]
    guard result == 0 else {
      close(input)
      close(output)
      return nil
    }
  }

  /// The first line that it prints; nil when it ends without one. Blocks, as a fast start allows.
  package func firstLine() -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(output, &byte, 1)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
  }

  /// Ends its input and waits for its end. Once only.
  package func stop() {
    close(input)
    close(output)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }
}
