internal import TopUpCore

/// An operator's call on an account.
struct AccountRequest: Sendable, Hashable {
  enum Act: Sendable, Hashable {
    case block
    /// - Parameter forgiving: whether what is owed becomes our loss.
    case release([AccountBlock.Cause], forgiving: Bool)
  }

  var caller: String
  /// Who the call proved to be; nil where callers prove nothing.
  var provenCaller: String?
  var key: String
  var account: AccountKey
  /// The version that was looked at; 0 for whatever it is now.
  var expected: Int64
  var act: Act
  var actor: String
  var reason: String

  /// Everything but the key.
  var digest: [UInt8] {
    var digest = RequestDigest("ActOnAccount")
    digest.add(account.canonicalBytes)
    digest.add(expected)
    switch act {
    case .block: digest.add("block")
    case .release(let causes, let forgiving):
      digest.add("release")
      digest.add(AccountBlock.Cause.text(causes))
      digest.add(forgiving)
    }
    digest.add(actor)
    digest.add(reason)
    return digest.finish()
  }
}

/// What operators do with accounts: each call once by its key, on the version that was looked at, and
/// what decides where money ends up by two where reviews take two (invariants 43, 52).
struct AccountDesk {
  private static let roundsMax = 8

  let store: any Store
  let engine: Engine
  let clock: any WallClock
  let fence: Int64
  /// Whether what decides where money ends up takes two persons.
  let needsSecondPerson: Bool

  /// An account as a call finds it.
  private struct Found {
    var account: StoredAccount
    var debts: [StoredDebt]
    var proposal: DebtReleaseProposal?
    var owing: [(topUp: TopUp, corrects: Int64?)]

    /// The word on each top-up, together all that is owed now. A part may have been paid: what was owed
    /// first, for a top-up pays what is there when it is charged.
    func releases(_ actor: String, _ reason: String) -> [(TopUp, DebtRelease)] {
      var left = debts.reduce(into: [Currency: Int64]()) {
        $0[$1.amount.currency] = $1.amount.minorUnits
      }
      var words: [(topUp: TopUp, word: DebtRelease)] = []
      for (topUp, corrects) in owing.sorted(by: { $0.corrects ?? 0 > $1.corrects ?? 0 }) {
        let most = min(topUp.owed, left[topUp.amount.currency] ?? 0)
        guard most > 0 || topUp.owed == 0 else { continue }
        left[topUp.amount.currency, default: 0] -= most
        words.append(
          (topUp, DebtRelease(actor: actor, reason: reason, corrects: corrects, most: most)))
      }
      // What had paid a debt and was given back is owed for no reversal.
      let raisers = words.indices.sorted { words[$0].topUp.owed == 0 && words[$1].topUp.owed > 0 }
      for index in raisers {
        words[index].word.unpaid = left.removeValue(forKey: words[index].topUp.amount.currency) ?? 0
      }
      return words.filter { $0.word.most + $0.word.unpaid > 0 }
    }
  }

  /// - Returns: whether it awaits a second person; nothing has changed then.
  /// - Throws: `accountRefused` where the verb's guard does not hold, `versionConflict` when the
  ///   account has moved since it was looked at; nothing is remembered then.
  func act(_ request: AccountRequest) async throws(ServiceError) -> Bool {
    for _ in 0..<Self.roundsMax {
      if let awaits = try known(request) { return awaits }
      let found = try look(request.account)
      let version = found.account.state.version
      guard request.expected == 0 || request.expected == version else {
        throw .versionConflict(expected: request.expected, found: version)
      }
      do throws(ServiceError) {
        switch request.act {
        case .block: return try await block(request, found)
        case .release(let causes, let forgiving):
          return try await release(request, found, causes, forgiving)
        }
      } catch {
        // Somebody was faster: looked at anew, it is theirs, or refused, or still to be done.
        switch error {
        case .store(.conflict(.changed)), .store(.conflict(.keyUsed)): continue
        default: throw error
        }
      }
    }
    throw .store(.conflict(.changed("account \(request.account.name)")))
  }

  private func block(
    _ request: AccountRequest, _ found: Found
  ) async throws(ServiceError) -> Bool {
    let now = clock.now
    let block = AccountBlock(
      .operator, actor: request.actor, reason: request.reason, since: now)
    let changes = found.account.state.changes(
      beginning: block, of: request.account, found.account.policy?.payer)
    guard !changes.isEmpty else { throw .accountRefused(request.account, .blockedAlready) }
    try await store.keep([memory(request)] + changes, at: now, fence: fence)
    await engine.ring(after: changes)
    return false
  }

  private func release(
    _ request: AccountRequest, _ found: Found, _ causes: [AccountBlock.Cause], _ forgiving: Bool
  ) async throws(ServiceError) -> Bool {
    let missing = causes.filter { found.account.state.block($0) == nil }
    guard missing.isEmpty else { throw .accountRefused(request.account, .notBlocked(missing)) }
    var (actor, reason) = (request.actor, request.reason)
    if forgiving {
      guard let position = found.debts.map(\.position).max(), !found.owing.isEmpty else {
        throw .accountRefused(request.account, .nothingOwed)
      }
      if needsSecondPerson {
        guard let first = found.proposal else {
          try await propose(request, since: position)
          return true
        }
        guard first.mayBeSeconded(by: actor, caller: request.provenCaller) else {
          throw .accountRefused(request.account, .needsAnotherPerson(than: first.actor))
        }
        actor = "\(first.actor) and \(actor)"
        reason = "\(first.reason); \(reason)"
      }
    }
    var state = found.account.state
    state.version += 1
    var changes: [Change] = [memory(request)]
    for cause in Set(causes + (forgiving ? [.debt] : [])).sorted() where state.end(cause) {
      // What was proposed is to forgive the debt, and nothing else.
      let isProposed = cause == .debt
      changes.append(
        .endBlock(
          request.account, cause, actor: isProposed ? actor : request.actor,
          reason: isProposed ? reason : request.reason))
    }
    changes.append(.putAccount(request.account, state))
    // It is free again, and falls due (invariant 51).
    if found.account.policy != nil {
      changes.append(.evaluate(request.account, due: clock.now, claim: nil))
    }
    let releases = forgiving ? found.releases(actor, reason) : []
    try await engine.release(releases, with: changes)
    return false
  }

  /// Notes what one person wants.
  private func propose(
    _ request: AccountRequest, since position: Int64
  ) async throws(ServiceError) {
    let now = clock.now
    let proposal = DebtReleaseProposal(
      account: request.account, position: position, actor: request.actor,
      caller: request.provenCaller, reason: request.reason, at: now)
    try await store.keep([memory(request), .proposeDebtRelease(proposal)], at: now, fence: fence)
  }

  private func memory(_ request: AccountRequest) -> Change {
    .rememberRequest(
      StoredRequest(
        caller: request.caller, key: request.key, digest: request.digest,
        result: request.account.name))
  }

  /// Whether what the same call came to before still awaits a second person; nil for a new one.
  private func known(_ request: AccountRequest) throws(ServiceError) -> Bool? {
    let stored = try store.remembered(
      caller: request.caller, key: request.key, digest: request.digest)
    guard stored != nil else { return nil }
    guard case .release(_, forgiving: true) = request.act else { return false }
    let proposal = try look(request.account).proposal
    return proposal?.actor == request.actor && proposal?.caller == request.provenCaller
  }

  private func look(_ key: AccountKey) throws(ServiceError) -> Found {
    try store.look { snapshot throws(StoreError) in
      let debts = try snapshot.debts(of: key)
      var proposal: DebtReleaseProposal?
      if let position = debts.map(\.position).max() {
        proposal = try snapshot.debtReleaseProposal(of: key, since: position)
      }
      var owing = try snapshot.owing(key).map { topUp throws(StoreError) in
        let raised = try snapshot.entries(of: topUp.id).last {
          $0.raisesDebt(of: key, topUp.amount.currency)
        }
        return (topUp: topUp, corrects: raised?.position)
      }
      for debt in debts {
        let parts = owing.filter { $0.topUp.amount.currency == debt.amount.currency }
        guard debt.amount.minorUnits > parts.reduce(0, { $0 + $1.topUp.owed }),
          let entry = try Self.lastRaise(of: key, debt.amount.currency, snapshot),
          let id = entry.topUp, !parts.contains(where: { $0.topUp.id == id }),
          let topUp = try snapshot.topUp(id)
        else { continue }
        owing.append((topUp: topUp, corrects: entry.position))
      }
      return Found(
        account: try snapshot.account(key), debts: debts, proposal: proposal, owing: owing)
    }
  }

  /// The newest entry that raised an account's debt.
  private static func lastRaise(
    of key: AccountKey, _ currency: Currency, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> StoredEntry? {
    let pageSize = 200
    var before: Int64?
    while true {
      let page = try snapshot.entries(of: key, before: before, limit: pageSize)
      if let found = page.first(where: { $0.raisesDebt(of: key, currency) }) { return found }
      guard let last = page.last, page.count == pageSize else { return nil }
      before = last.position
    }
  }
}

extension StoredEntry {
  fileprivate func raisesDebt(of account: AccountKey, _ currency: Currency) -> Bool {
    let debt = LedgerAccount.debt(account, currency).name
    return legs.contains { $0.account.isExactly(debt) && $0.amount > 0 }
  }
}
