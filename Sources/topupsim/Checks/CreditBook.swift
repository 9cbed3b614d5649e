import TopUpCore

/// What tenants' users have in credits, counted by itself from what is committed: nobody has less
/// than nothing, and of each tenant's nothing is made or lost (invariants 22, 27, 43).
struct CreditBook {
  /// By ledger account; what a user has is below zero, as in the ledger.
  private var balances: [LedgerAccount: Int128] = [:]
  /// What of each deduction is left to be given back.
  private var left: [String: Int128] = [:]
  /// Movements that a caller was told of, with the entry each was told with.
  private var told: [String: Int64] = [:]

  /// Takes a commit in.
  ///
  /// - Returns: what is wrong with it.
  mutating func faults(of commit: Commit) -> [String] {
    var faults: [String] = []
    var tenants: Set<String> = []
    for change in commit.changes {
      switch change {
      case .post(let entry): post(entry, &tenants)
      case .moveCredits(let movement):
        post(movement.entry, &tenants)
        switch movement.kind {
        case .deduction: left[movement.id] = movement.units
        case .giveBack(_, let deduction):
          left[deduction, default: 0] -= movement.units
          if left[deduction, default: 0] < 0 {
            faults.append("more is given back than \(deduction) took")
          }
        case .transfer: break
        }
      default: break
      }
    }
    for (account, balance) in balances where account.isUsers && balance > 0 {
      faults.append("\(account.name) has \(-balance)")
    }
    for tenant in tenants {
      let sum = balances.reduce(Int128(0)) { $1.key.asset == tenant ? $0 + $1.value : $0 }
      if sum != 0 { faults.append("\(tenant) sums to \(sum)") }
    }
    return faults
  }

  private mutating func post(_ entry: Entry, _ tenants: inout Set<String>) {
    for posting in entry.postings where posting.account.asset.hasPrefix("credits:") {
      balances[posting.account, default: 0] += posting.amount
      tenants.insert(posting.account.asset)
    }
  }

  /// A caller was told that a movement is made.
  ///
  /// - Returns: what is wrong: it was told of another entry before.
  mutating func wasTold(_ id: String, _ position: Int64) -> String? {
    guard let known = told.updateValue(position, forKey: id), known != position else { return nil }
    return "\(id) stood for entry \(known) and stands for \(position)"
  }

  mutating func forget() { self = CreditBook() }

  /// Holds a store that was opened anew against what was told, and takes over what it has: a commit
  /// that nobody heard of is as good as any other.
  mutating func load(_ snapshot: any StoreSnapshot) throws(StoreError) -> [String] {
    var faults: [String] = []
    for (id, position) in told.sorted(by: { $0.key < $1.key })
    where try snapshot.creditMovement(id)?.position != position {
      faults.append("\(id) was told of with entry \(position), and is not there")
    }
    for account in balances.keys { balances[account] = try snapshot.balance(of: account) }
    for id in left.keys {
      guard let stored = try snapshot.creditMovement(id) else { continue }
      left[id] = stored.units - stored.givenBack
    }
    return faults
  }

  /// Where the store's balances are not those that were counted.
  func differences(_ snapshot: any StoreSnapshot) throws(StoreError) -> [String] {
    var faults: [String] = []
    for (account, balance) in balances.sorted(by: { $0.key.name < $1.key.name }) {
      let stored = try snapshot.balance(of: account)
      if stored != balance { faults.append("\(account.name) is \(stored), not \(balance)") }
    }
    return faults
  }
}

extension LedgerAccount {
  fileprivate var isUsers: Bool {
    if case .credits = self { return true }
    return false
  }
}
