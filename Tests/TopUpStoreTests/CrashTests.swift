import Glibc
import TestSupport
import Testing
import TopUpCore
import TopUpStore

/// A process that is killed while it writes.
@Suite struct CrashTests {
  @Test(arguments: [1, 40, 300, 1_000])
  func `what was promised before a kill is there after it`(_ lines: Int) async throws {
    let directory = try StoreDirectory()
    var promised: Set<String> = []
    // Twice: the second process begins with what the first one left.
    for round in 1...2 {
      let file = directory.file
      let run = await OwnThread.run { Self.killed(after: lines, file: file) }
      #expect(run.end == .signal(SIGKILL))
      let printed = run.printed
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
  /// - Returns: every whole line that it printed, and how it ended; no end if it never began.
  private static func killed(
    after lines: Int, file: String
  ) -> (printed: [String], end: ChildProcess.End?) {
    var pipe: [Int32] = [-1, -1]
    guard unsafe Glibc.pipe(&pipe) == 0 else { return ([], nil) }
    defer { close(pipe[0]) }
    let probe = "\(BuiltPrograms.folder)/storeprobe"
    let child = ChildProcess.start([probe, "write", file], output: pipe[1])
    close(pipe[1])
    guard let child else { return ([], nil) }

    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    var isKilled = false
    while true {
      let count = unsafe read(pipe[0], &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
      if !isKilled, bytes.count(where: { $0 == 10 }) >= lines {
        kill(child.pid, SIGKILL)
        isKilled = true
      }
    }
    // A line that was cut is no promise.
    let whole = bytes[..<(bytes.lastIndex(of: 10) ?? 0)]
    return (
      String(decoding: whole, as: UTF8.self).split(separator: "\n").map { String($0) },
      child.wait()
    )
  }
}
