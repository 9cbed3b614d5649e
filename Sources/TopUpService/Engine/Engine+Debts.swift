internal import TopUpCore

// What an account owes, and what that blocks (invariants 27, 47, 51).

extension Engine {
  /// A step as its account has it: a rule that forgives makes no debt, a charge pays what is owed, and
  /// what comes back beyond that is held.
  ///
  /// - Returns: the step, and the account's version that it was made by; nil where that does not matter.
  func settled(
    _ step: Step, of topUp: TopUp
  ) throws(StoreError) -> (step: Step, version: Int64?) {
    let isCapture = topUp.books.charged == 0 && step.topUp.books.charged > 0
    let pays = isCapture && topUp.debtPart > 0
    guard step.topUp.owed > topUp.owed || step.debtMoved != 0 || pays else { return (step, nil) }
    let (account, debts) = try store.read { snapshot throws(StoreError) in
      (try snapshot.account(topUp.account), try snapshot.debts(of: topUp.account))
    }
    let owed = debts.first { $0.amount.currency == topUp.amount.currency }?.amount.minorUnits ?? 0
    var settled = step
    if account.policy?.debt == .forgive { settled = settled.forgivingDebt(since: topUp) }
    if pays { settled = settled.repayingDebt(owed, at: clock.now) }
    let after = Int128(owed) + settled.debtMoved
    if after < 0 {
      settled = settled.holdingExcess(Int64(-after), since: topUp, at: clock.now)
    }
    return (settled, account.state.version)
  }

  /// What a step that moves the account's debt does to its blocks, in the same commit.
  ///
  /// - Parameter account: as it is before; its state is made the one after. Its version rises with
  ///   what else the step does to it.
  func debtChanges(
    _ step: Step, on account: inout StoredAccount
  ) throws(StoreError) -> [Change] {
    let (key, currency) = (step.topUp.account, step.topUp.amount.currency)
    let debts = try store.read { snapshot throws(StoreError) in try snapshot.debts(of: key) }
    let known = debts.first { $0.amount.currency == currency }?.amount.minorUnits ?? 0
    let isOwed =
      Int128(known) + step.debtMoved > 0 || debts.contains { $0.amount.currency != currency }
    let change = account.state.settleDebt(
      moved: step.debtMoved, isOwed: isOwed,
      under: account.policy?.debtRule(in: currency) ?? .block,
      "\(step.topUp.id): \(step.cause)", at: clock.now)
    switch change {
    case .begun(let block):
      let notice = block.notice(
        of: key, step.topUp.payer, at: account.state.version + 1)
      return [.beginBlock(key, block), .tell(notice)]
    case .ended(let cause, let actor, let reason):
      return [.endBlock(key, cause, actor: actor, reason: reason)]
    case nil: return []
    }
  }

  /// Makes what is owed for top-ups our loss, all in one commit.
  ///
  /// - Parameters:
  ///   - releases: the word on each, with the top-up as it was read.
  ///   - extra: committed with it.
  func release(
    _ releases: [(topUp: TopUp, word: DebtRelease)], with extra: [Change]
  ) async throws(ServiceError) {
    let now = clock.now
    var changes = extra
    var steps: [(before: TopUp, step: Step)] = []
    for (topUp, word) in releases {
      let step = try topUp.following(.debtReleased(word), at: now)
      changes.append(.moveTopUp(step.topUp, cause: step.cause))
      changes += step.entries.map { .post($0) }
      steps.append((topUp, step))
    }
    try await store.keep(changes, at: now, fence: settings.fence)
    for (before, step) in steps {
      isKept(step.topUp)
      feed.publish(TopUpChange(topUp: step.topUp, from: before.state, cause: step.cause))
      poke(before.id)
    }
    feed.ring(after: changes)
    pokeEvaluations()
  }
}

extension AccountState {
  /// What begins a block of an account by somebody's word; nothing where it has one of that cause.
  ///
  /// - Parameter payer: who is told of it; nil where nobody pays for the account by a rule.
  func changes(
    beginning block: AccountBlock, of account: AccountKey, _ payer: Payer?
  ) -> [Change] {
    var after = self
    guard after.begin(block) else { return [] }
    after.version += 1
    var changes: [Change] = [.putAccount(account, after), .beginBlock(account, block)]
    if let payer { changes.append(.tell(block.notice(of: account, payer, at: after.version))) }
    return changes
  }
}
