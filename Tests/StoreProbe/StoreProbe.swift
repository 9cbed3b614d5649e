import Glibc
import TopUpCore
import TopUpStore

/// Works a store from a process of its own: to be killed while it writes, and to be measured.
///
/// `storeprobe write <file>` commits without end and prints each position once it is durable.
/// `storeprobe bench <file>` prints figures of commits and reads.
@main
struct StoreProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      print("usage: storeprobe write|bench <file>")
      exit(2)
    }
    let store = try StoreFile.open(path: arguments[2])
    switch arguments[1] {
    case "write": try await write(to: store)
    case "bench": try await Bench(store: store).run()
    default: exit(2)
    }
  }

  /// Eight at once, so that groups form. Each prints the fact after it was promised.
  private static func write(to store: StoreFile) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          var count = 0
          while true {
            count += 1
            let name = "w\(writer).\(store.fence).\(count)"
            try await store.commit(
              Commit(
                now: UnixTime(milliseconds: Int64(count)), fence: store.fence,
                [
                  .post(Bench.entry(name, account: writer)),
                  .rememberRequest(
                    StoredRequest(caller: "probe", key: name, digest: [], result: name)),
                ]))
            let line = Array("\(name)\n".utf8)
            guard Glibc.write(1, line, line.count) == line.count else { return }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
