import TopUpCore

/// What tenants' users have in credits, counted by itself from what is committed: nobody has less
/// than nothing, and of each tenant's nothing is made or lost (invariants 22, 27, 43).
struct CreditBook {
  /// By the ledger account's name; what a user has is below zero, as in the ledger.
  private var balances: [String: Balance] = [:]

  private struct Balance: Equatable {
    /// Of which tenant's.
    let asset: String
    var units: Int128 = 0
  }
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
          // One whose commit nobody heard of was not counted.
          guard let known = left[deduction] else { continue }
          left[deduction] = known - movement.units
          if known < movement.units {
            faults.append("more is given back than \(deduction) took")
          }
        case .transfer: break
        }
      default: break
      }
    }
    for (name, balance) in balances where name.hasPrefix("credits:") && balance.units > 0 {
      faults.append("\(name) has \(-balance.units)")
    }
    for tenant in tenants {
      let sum = balances.values.reduce(Int128(0)) { $1.asset == tenant ? $0 + $1.units : $0 }
      if sum != 0 { faults.append("\(tenant) sums to \(sum)") }
    }
    return faults
  }

  private mutating func post(_ entry: Entry, _ tenants: inout Set<String>) {
    for posting in entry.postings where posting.account.asset.hasPrefix("credits:") {
      let asset = posting.account.asset
      balances[posting.account.name, default: Balance(asset: asset)].units += posting.amount
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
    // Also of accounts that nobody was heard to move.
    balances = try Self.balances(snapshot)
    for id in left.keys {
      guard let stored = try snapshot.creditMovement(id) else { continue }
      left[id] = stored.units - stored.givenBack
    }
    return faults
  }

  /// Where the store's balances are not those that were counted.
  func differences(_ snapshot: any StoreSnapshot) throws(StoreError) -> [String] {
    let stored = try Self.balances(snapshot)
    let names = Set(stored.keys).union(balances.keys)
    return names.sorted().compactMap { name in
      let (found, counted) = (stored[name]?.units ?? 0, balances[name]?.units ?? 0)
      return found == counted ? nil : "\(name) is \(found), not \(counted)"
    }
  }

  /// The sums of all that is posted.
  private static func balances(
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [String: Balance] {
    var balances: [String: Balance] = [:]
    var position: Int64 = 1
    while let entry = try snapshot.entry(position) {
      for leg in entry.legs where leg.asset.hasPrefix("credits:") {
        balances[leg.account, default: Balance(asset: leg.asset)].units += leg.amount
      }
      position += 1
    }
    return balances
  }
}
