internal import CLinux
internal import Glibc

/// A program started by a test: it gets the three standard descriptors and no other.
///
/// Whatever sockets the tests beside it hold open stay theirs: a copy in a child would keep a
/// connection alive that its test has closed.
package struct ChildProcess: Sendable {
  package let pid: Int32

  /// Starts a program; the descriptors that are not given are the test's own.
  ///
  /// - Parameter arguments: the program's path first; it is looked up in PATH without a slash.
  /// - Returns: nil, with `errno` set, when the program cannot be started.
  package static func start(
    _ arguments: [String], input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil
  ) -> ChildProcess? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (end, descriptor) in [(input, 0), (output, 1), (errors, 2)] {
      if let end { posix_spawn_file_actions_adddup2(&actions, end, Int32(descriptor)) }
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    var argv = arguments.map { strdup($0) } + [nil]
    defer { argv.forEach { free($0) } }
    var pid = pid_t()
    let result = posix_spawnp(&pid, arguments[0], &actions, nil, &argv, environ)
    guard result == 0 else {
      errno = result
      return nil
    }
    return ChildProcess(pid: pid)
  }

  /// Waits for its end. Once only.
  ///
  /// - Returns: the code it ended with, or the signal that ended it.
  package func wait() -> End {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
  }

  package enum End: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)

    /// As a shell tells it: 128 and the signal's number.
    package var code: Int32 {
      switch self {
      case .exit(let code): code
      case .signal(let signal): 128 + signal
      }
    }
  }
}
