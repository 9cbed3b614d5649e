import Glibc
import TopUpCore
import TopUpService
import TopUpStore

/// Commits of one entry of two postings each, by callers that each wait for theirs. What
/// Benchmarks/sqlite/entries.c does to the same file.
enum Entries {
  private static let accounts = 10_000
  private static let topUps = 2_000
  /// Prime to the number of accounts, so that all of them take turns.
  private static let stride = 7_919
  private static let ofOneTopUp = 512

  /// A store with the rows of the accounts and of the top-ups that entries name.
  static func make(at path: String) async throws {
    let store = try StoreFile.open(path: path)
    defer { store.close() }
    try await store.commitAll(topUps) { number in
      [.beginTopUp(MadeStores.topUp(number, at: MadeUp.now), cause: "decided")]
    }
    try await store.commitAll(accounts) { number in [.post(entry(account: number, topUp: 0))] }
  }

  /// Posts until the ledger has so many postings.
  static func grow(at path: String, toPostings postings: Int) async throws {
    let store = try StoreFile.open(path: path)
    defer { store.close() }
    let there = try store.read { snapshot throws(StoreError) in try snapshot.head() }.position
    let missing = postings / 2 - Int(there)
    guard missing > 0 else { return }
    try await store.commitAll(missing) { number in [.post(entry(number))] }
  }

  static func measure(at path: String, count: Int, callers: Int) async throws {
    let store = try StoreFile.open(path: path)
    defer { store.close() }
    let before = try store.fileBytes()
    let (watch, work) = (Stopwatch(), Stopwatch(CLOCK_PROCESS_CPUTIME_ID))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<callers {
        group.addTask {
          for number in Swift.stride(from: caller, to: count, by: callers) {
            try await store.commit(
              Commit(now: SystemClock().now, fence: store.fence, [.post(entry(number))]))
          }
        }
      }
      try await group.waitForAll()
    }
    TopUpBench.tell("entries_per_second", Double(count) / watch.seconds)
    TopUpBench.tell("cpu_us_per_entry", work.seconds * 1e6 / Double(count))
    TopUpBench.tell("bytes_per_entry", Double(try store.fileBytes() - before) / Double(count))
  }

  /// Recomputes the ledger, whoever wrote it.
  static func check(at path: String) throws {
    // A top-up's books are not kept here, so of those it says nothing.
    let faults = try StoreFile.verify(path: path).filter { !$0.location.hasPrefix("top-up") }
    for fault in faults.prefix(10) { print(fault) }
    precondition(faults.isEmpty, "the ledger is not sound")
    TopUpBench.tell("faults", 0)
  }

  private static func entry(_ number: Int) -> Entry {
    // Those that follow one another are of few top-ups, as where top-ups are new: what a commit adds
    // to the index of a top-up's entries then lies together.
    entry(account: number &* stride % accounts, topUp: number / ofOneTopUp % topUps)
  }

  private static func entry(account: Int, topUp: Int) -> Entry {
    Entry(
      topUp: TopUpID("tu_\(topUp)"), "charge captured",
      Entry.move(2_500, from: .held(MadeUp.key(account), .usd), to: .processor(.usd)))
  }
}
