internal import TopUpCore

/// Sets the rules by which accounts are funded; every change is a new version (invariant 47).
struct PolicyKeeper {
  let store: any Store
  let clock: any WallClock
  let zones: any TimeZones
  let fence: Int64
  /// Rung where a change of a rule tells somebody something: that it blocks the account.
  let feed: ChangeFeed

  /// - Parameters:
  ///   - policy: the whole rule; its version and time are set here.
  ///   - expected: the version it was made from, 0 for none.
  ///   - digest: of the request as it was sent.
  ///   - permit: whether the caller may replace the rule there is; asked of the very version that
  ///     is replaced.
  /// - Throws: what `permit` throws, `versionConflict` where another version is in force, `invalid`
  ///   for cards that the payer does not have, among others.
  /// - Returns: the rule as it is in force; the same key gives the same version again.
  func set(
    _ policy: Policy, expected: Int64, caller: String, key: String, digest: [UInt8],
    rounds: Int = 8, permit: (Policy) throws(ServiceError) -> Void
  ) async throws(ServiceError) -> Policy {
    if let known = try known(policy.account, caller: caller, key: key, digest) { return known }
    let found = try found(policy.account)
    if let replaced = found.account.policy { try permit(replaced) }
    let version = found.account.policy?.version ?? 0
    guard version == expected else {
      // The same call came in twice, and the other was faster.
      if let known = try known(policy.account, caller: caller, key: key, digest) { return known }
      throw .versionConflict(expected: expected, found: version)
    }
    try checkCards(of: policy)
    var next = policy
    next.version = expected &+ 1
    next.updated = clock.now
    next = next.keepingSince(of: found.account.policy)
    let changes: [Change] =
      [
        .rememberRequest(
          StoredRequest(caller: caller, key: key, digest: digest, result: "\(next.version)")),
        .putPolicy(next, expected: expected),
        // A change of the rule is a reason to look (invariant 51).
        .evaluate(policy.account, due: next.updated, claim: nil),
      ] + accountChanges(next, found)
    do throws(StoreError) {
      try await store.commit(Commit(now: next.updated, fence: fence, changes))
    } catch {
      switch error {
      case .conflict(.keyUsed):
        if let known = try known(policy.account, caller: caller, key: key, digest) { return known }
        throw .store(error)
      case .conflict(.changed), .conflict(.inFlight):
        // The account moved, or its rule: it is tried on what is there now.
        guard rounds > 0 else { throw .store(error) }
        return try await set(
          policy, expected: expected, caller: caller, key: key, digest: digest,
          rounds: rounds - 1, permit: permit)
      case .conflict(.fenced), .conflict(.forbidden), .conflict(.missing),
        .conflict(.capReached), .inDoubt, .full, .corrupt, .unavailable:
        throw .store(error)
      }
    }
    feed.ring(after: changes)
    return next
  }

  /// What a change of the rule does to the account. It always moves it: what is decided meanwhile was
  /// decided by the rule before, and is decided anew (invariant 47). And its block for what it owes:
  /// where all of that will be paid by top-ups none is blocked, and what no top-up pays any more blocks.
  private func accountChanges(_ next: Policy, _ found: Found) -> [Change] {
    let (account, debts) = (found.account, found.debts)
    let known = account.policy
    func blocks(_ policy: Policy?) -> Bool {
      debts.contains { policy?.debtRule(in: $0.amount.currency) != .net }
    }
    var state = account.state
    let reason =
      "the rule is \(next.debtWords), and was \(known?.debtWords ?? DebtRule.block.rawValue)"
    if !blocks(known), blocks(next) {
      let block = AccountBlock(
        .debt, actor: AccountBlock.service, reason: reason, since: next.updated)
      let changes = state.changes(beginning: block, of: next.account, next.payer)
      if !changes.isEmpty { return changes }
    }
    let isFreed = !debts.isEmpty && blocks(known) && !blocks(next) && state.end(.debt)
    // A debt that is made meanwhile is made by this rule or by the one before, and not by both.
    state.version += 1
    let end = Change.endBlock(
      next.account, .debt, actor: AccountBlock.service, reason: reason)
    return [.putAccount(next.account, state)] + (isFreed ? [end] : [])
  }

  func get(_ account: AccountKey) throws(ServiceError) -> Policy {
    guard let policy = try stored(account).policy else {
      throw .notFound(resource: "policy", name: account.name)
    }
    return policy
  }

  /// A rule that names another's card, or none at all, would never charge it. One that is off charges
  /// none: it can be switched off whatever became of its cards (invariant 47).
  private func checkCards(of policy: Policy) throws(ServiceError) {
    guard policy.isEnabled, !policy.cards.isEmpty else { return }
    let payer = try store.look { snapshot throws(StoreError) in try snapshot.payer(policy.payer) }
    let owned = Set(payer.cards.map(\.card.id))
    let violations = policy.cards.indices.filter { !owned.contains(policy.cards[$0]) }.map {
      FieldViolation(
        "policy.payment_method_ids[\($0)]", "is not one of the payer's stored cards")
    }
    guard violations.isEmpty else { throw .invalid(violations) }
  }

  /// The account's rule, where a request was kept under this key.
  ///
  /// - Throws: `keyReused` where it was another request (invariant 43).
  func known(
    _ account: AccountKey, caller: String, key: String, _ digest: [UInt8]
  ) throws(ServiceError) -> Policy? {
    guard try store.remembered(caller: caller, key: key, digest: digest) != nil else { return nil }
    return try stored(account).policy
  }

  /// An account as a change of its rule finds it, all of one state of the store.
  private struct Found {
    var account: StoredAccount
    var debts: [StoredDebt]
  }

  private func found(_ account: AccountKey) throws(ServiceError) -> Found {
    try store.look { snapshot throws(StoreError) in
      Found(account: try snapshot.account(account), debts: try snapshot.debts(of: account))
    }
  }

  private func stored(_ account: AccountKey) throws(ServiceError) -> StoredAccount {
    try store.look { snapshot throws(StoreError) in try snapshot.account(account) }
  }
}

extension Policy {
  /// How it treats what is owed, for people.
  fileprivate var debtWords: String {
    isEnabled ? "\(debt.rawValue) in \(currency.code)" : "\(debt.rawValue), and off"
  }
}
