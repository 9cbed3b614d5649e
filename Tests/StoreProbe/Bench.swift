import Glibc
import TopUpCore
import TopUpStore

/// Figures of one store: commits of one entry of two postings, point reads, bytes.
struct Bench {
  let store: StoreFile

  private static let accounts = 10_000

  func run() async throws {
    // The accounts' rows are made before anything is counted.
    try await commits(Self.accounts, callers: 256, label: nil)
    for (callers, count) in [(1, 5_000), (16, 20_000), (256, 100_000), (1_024, 100_000)] {
      let before = try bytes()
      try await commits(count, callers: callers, label: "commits, \(callers) callers")
      let perEntry = Double(try bytes() - before) / Double(count)
      print("  file bytes per entry: \(Int(perEntry.rounded()))")
    }
    try await topUps(2_000)
    try reads(100_000)
  }

  /// A move between two of the ledger's accounts, one of them hot.
  static func entry(_ description: String, account: Int) -> Entry {
    let user = AccountKey.credits(CreditsAccount(tenant: "t1", user: "user\(account)"))
    return Entry(
      topUp: nil, description, Entry.move(2_500, from: .held(user, .usd), to: .processor(.usd)))
  }

  private func commits(_ count: Int, callers: Int, label: String?) async throws {
    let begun = Self.nanoseconds()
    var latencies = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for caller in 0..<callers {
        group.addTask {
          var latencies: [Int64] = []
          for number in stride(from: caller, to: count, by: callers) {
            let start = Self.nanoseconds()
            // 7919 is prime to the number of accounts, so all of them take turns.
            try await store.commit(
              Commit(
                now: UnixTime(milliseconds: start / 1_000_000), fence: store.fence,
                [
                  .post(
                    Self.entry("charge captured", account: number &* 7_919 % Self.accounts))
                ]))
            latencies.append(Self.nanoseconds() - start)
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    guard let label else { return }
    let seconds = Double(Self.nanoseconds() - begun) / 1e9
    latencies.sort()
    let middle = Double(latencies[latencies.count / 2]) / 1e6
    let slow = Double(latencies[latencies.count * 99 / 100]) / 1e6
    print("\(label): \(Int(Double(count) / seconds))/s, p50 \(middle) ms, p99 \(slow) ms")
  }

  /// Whole top-ups, so that reading one has all its parts to read.
  private func topUps(_ count: Int) async throws {
    for number in 0..<count {
      try await store.commit(
        Commit(
          now: UnixTime(milliseconds: 1), fence: store.fence,
          [.beginTopUp(Self.topUp(number), cause: "decided")]))
    }
  }

  private static func topUp(_ number: Int) -> TopUp {
    let card = CardReference(
      id: PaymentMethodID("pm_1"), customer: CustomerID("cus_1"), fingerprint: "fp", brand: "visa",
      last4: "4242")
    var topUp = TopUp(
      id: TopUpID("tu_\(number)"),
      account: .credits(CreditsAccount(tenant: "t1", user: "user\(number)")),
      payer: Payer(tenant: "t1", user: "user\(number)"), trigger: .threshold, episode: 1,
      amount: Money(minorUnits: 2_500, .usd), fee: 0, tax: 0, quote: nil, credits: 2_500,
      onSession: false, policyVersion: 1, slippageBasisPoints: 100, cards: [card],
      description: "top-up", created: UnixTime(milliseconds: 1))
    topUp.attempts = [ChargeAttempt(number: 1, card: card, started: UnixTime(milliseconds: 1))]
    return topUp
  }

  private func reads(_ count: Int) throws {
    try time("read request", count) { number in
      _ = try store.read { snapshot throws(StoreError) in
        try snapshot.request(caller: "none", key: "\(number)")
      }
    }
    try time("read top-up", count) { number in
      _ = try store.read { snapshot throws(StoreError) in
        try snapshot.topUp(TopUpID("tu_\(number % 2_000)"))
      }
    }
    try time("read account", count) { number in
      let key = AccountKey.credits(CreditsAccount(tenant: "t1", user: "user\(number % 2_000)"))
      _ = try store.read { snapshot throws(StoreError) in try snapshot.account(key) }
    }
    try time("read last 50 entries", 2_000) { number in
      let key = AccountKey.credits(CreditsAccount(tenant: "t1", user: "user\(number)"))
      _ = try store.read { snapshot throws(StoreError) in
        try snapshot.entries(of: key, before: nil, limit: 50)
      }
    }
  }

  private func time(_ label: String, _ count: Int, _ body: (Int) throws -> Void) throws {
    try body(0)
    let begun = Self.nanoseconds()
    for number in 0..<count { try body(number) }
    print("\(label): \(Double((Self.nanoseconds() - begun) / Int64(count)) / 1e3) µs")
  }

  private func bytes() throws -> Int64 {
    // Pages of the database itself; the log is not kept.
    Int64(try store.fileBytes())
  }

  private static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
