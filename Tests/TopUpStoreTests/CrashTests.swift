import Glibc
import Testing
import TopUpCore
import TopUpStore

/// A process that is killed while it writes.
@Suite struct CrashTests {
  @Test(arguments: [1, 40, 300, 1_000])
  func `what was promised before a kill is there after it`(_ lines: Int) throws {
    let directory = try StoreDirectory()
    var promised: Set<String> = []
    // Twice: the second process begins with what the first one left.
    for round in 1...2 {
      let printed = try Self.killed(after: lines, file: directory.file)
      #expect(printed.count >= lines)
      promised.formUnion(printed)
      let store = try directory.open()
      #expect(store.fence == Int64(round * 2))
      for name in promised {
        #expect(try store.look { try $0.request(caller: "probe", key: name) } != nil)
      }
      // At most what the eight writers were waiting for came in besides.
      let head = try store.look { try $0.head() }.position
      #expect(head >= Int64(promised.count))
      #expect(head <= Int64(promised.count + 8 * round))
      #expect(try store.verify() == [])
      store.close()
    }
  }

  /// Runs the probe on a file, and kills it when it has printed so many lines.
  ///
  /// - Returns: every line that it printed.
  private static func killed(after lines: Int, file: String) throws -> [String] {
    var pipe: [Int32] = [-1, -1]
    let isPiped = unsafe Glibc.pipe(&pipe) == 0
    try #require(isPiped)
    defer { close(pipe[0]) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    unsafe posix_spawn_file_actions_addclose(&actions, pipe[0])
    var pid = pid_t()
    let program = try probe()
    let words = [program, "write", file]
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    defer { unsafe arguments.forEach { unsafe free($0) } }
    let spawned = unsafe posix_spawn(&pid, program, &actions, nil, &arguments, environ)
    close(pipe[1])
    try #require(spawned == 0, "cannot run \(program)")

    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    var isKilled = false
    while true {
      let count = unsafe read(pipe[0], &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
      if !isKilled, bytes.count(where: { $0 == 10 }) >= lines {
        kill(pid, SIGKILL)
        isKilled = true
      }
    }
    var status: Int32 = 0
    unsafe waitpid(pid, &status, 0)
    #expect(status & 0x7F == SIGKILL)
    // A line that was cut is no promise.
    let whole = bytes[..<(bytes.lastIndex(of: 10) ?? 0)]
    return String(decoding: whole, as: UTF8.self).split(separator: "\n").map { String($0) }
  }

  /// The probe lies beside the program that runs the tests.
  private static func probe() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    try #require(count > 0)
    let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var parts = path.split(separator: "/")
    parts.removeLast()
    return "/" + parts.joined(separator: "/") + "/storeprobe"
  }
}
