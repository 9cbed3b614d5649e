import Glibc
import TopUpCore
import TopUpStore

/// Works a store from a process of its own, to be killed while it writes.
///
/// `storeprobe write <file>` commits without end and prints each position once it is durable.
@main
struct StoreProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, arguments[1] == "write" else {
      print("usage: storeprobe write <file>")
      exit(2)
    }
    try await write(to: try StoreFile.open(path: arguments[2]))
  }

  /// A move between two of the ledger's accounts, one of them hot.
  private static func entry(_ description: String, account: Int) -> Entry {
    let user = AccountKey.credits(CreditsAccount(tenant: "t1", user: "user\(account)"))
    return Entry(
      topUp: nil, description, Entry.move(2_500, from: .held(user, .usd), to: .processor(.usd)))
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
                  .post(entry(name, account: writer)),
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
