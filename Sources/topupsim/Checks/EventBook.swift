import TopUpCore

/// Every event that counts is considered by one decision, once: what sources claimed is what decisions
/// have considered and what waits for a look (invariant 5).
struct EventBook {
  /// Of each account, as committed: events that came in, and those that decisions have considered.
  private var claimed: [AccountKey: Int64] = [:]
  private var considered: [AccountKey: Int64] = [:]
  /// Events that were answered as taken in.
  private var answered: [AccountKey: Int64] = [:]

  // MARK: Commits

  mutating func faults(of commit: Commit) -> [Violation] {
    var touched: [AccountKey] = []
    for change in commit.changes {
      switch change {
      case .evaluate(let account, _, let claim?): claimed[account, default: 0] += claim.events
      case .recordDecision(let decision) where decision.events > 0:
        considered[decision.account, default: 0] += decision.events
        touched.append(decision.account)
      default: break
      }
    }
    return touched.compactMap { account in
      let (came, went) = (claimed[account] ?? 0, considered[account] ?? 0)
      return went <= came
        ? nil : Violation("5", "\(went) events of \(account.name) are considered, \(came) came")
    }
  }

  /// An event was answered as one that counts.
  mutating func wasTaken(_ account: AccountKey) -> Violation? {
    answered[account, default: 0] += 1
    let (told, came) = (answered[account] ?? 0, claimed[account] ?? 0)
    return told <= came
      ? nil : Violation("5, 35", "\(told) events of \(account.name) are answered, \(came) are kept")
  }

  // MARK: The store

  /// What each account's decisions and its next look come to, in the store.
  private static func stored(
    _ account: AccountKey, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> (considered: Int64, waiting: Int64) {
    let decisions = try snapshot.decisions(of: account, before: nil, limit: .max)
    let waiting = try snapshot.account(account).claim?.events ?? 0
    return (decisions.reduce(0) { $0 + $1.events }, waiting)
  }

  /// Where events are lost, or counted twice.
  func differences(_ snapshot: any StoreSnapshot) throws(StoreError) -> [Violation] {
    var faults: [Violation] = []
    for (account, came) in claimed.sorted(by: { $0.key.name < $1.key.name }) {
      let (considered, waiting) = try Self.stored(account, snapshot)
      if considered + waiting == came { continue }
      faults.append(
        Violation(
          "5",
          "\(came) events of \(account.name) came, \(considered) are considered, \(waiting) wait"))
    }
    return faults
  }

  /// Takes over what is stored: a commit that nobody heard of is as good as any other, and none that
  /// was heard of is gone (invariant 35).
  mutating func load(
    _ accounts: Set<AccountKey>, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [Violation] {
    var faults: [Violation] = []
    for account in accounts.union(claimed.keys).sorted(by: { $0.name < $1.name }) {
      let (considered, waiting) = try Self.stored(account, snapshot)
      let known = claimed[account] ?? 0
      if considered + waiting < known {
        faults.append(
          Violation(
            "5, 35",
            "\(known) events of \(account.name) came, \(considered) are considered, \(waiting) wait"
          ))
      }
      (claimed[account], self.considered[account]) = (considered + waiting, considered)
    }
    return faults
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() { self = EventBook() }
}
