import Glibc
import Testing

/// The real executable, its sockets and its clock; everything it models has tests of its own.
@Suite struct SandboxSmokeTests {
  @Test(.timeLimit(.minutes(2)))
  func `the executable serves a payment, a lost answer, webhooks and an order on chain`() throws {
    let here = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let built = try #require(CommandLine.arguments.first).split(separator: "/")
    let products = built.prefix { !$0.hasSuffix(".xctest") }.joined(separator: "/")
    let status = try run("/bin/sh", ["/\(here)/smoke.sh", "/\(products)/topupsandbox"])
    #expect(status == 0, "the script says on the error stream what went wrong")
  }

  /// Runs a program to its end.
  /// - Returns: its exit status, or -1 when it did not end by itself.
  private func run(_ path: String, _ arguments: [String]) throws -> Int32 {
    var pid: pid_t = 0
    var argv = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for argument in argv { free(argument) } }
    let spawned = posix_spawn(&pid, path, nil, nil, &argv, environ)
    try #require(spawned == 0, "posix_spawn: \(String(cString: strerror(spawned)))")
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1 {
      try #require(errno == EINTR)
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
  }
}
