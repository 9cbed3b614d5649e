import TopUpCore

/// What accounts owe and what blocks them, counted by itself from what is committed (invariants 27, 47,
/// 52).
struct DebtBook {
  /// Who read before a block was committed may have sent by then; nobody later.
  private static let grace = Duration.seconds(10)

  private struct Standing {
    var owed: [Currency: Int128] = [:]
    /// Each with when it began, by the world's clock.
    var blocks: [AccountBlock.Cause: UnixTime] = [:]
    /// The rule in force, and the one before: a commit may have read that.
    var rules: [DebtRule] = [.block]

    var owes: Bool { owed.values.contains { $0 > 0 } }
  }

  private var standings: [AccountKey: Standing] = [:]
  /// Top-ups that have been charged.
  private var charged: Set<TopUpID> = []

  // MARK: Commits

  /// - Returns: what is wrong with a commit, with the numbers of the rules.
  mutating func faults(of commit: Commit, now: UnixTime) -> [Violation] {
    var faults = unpaid(by: commit)
    var risen: [AccountKey: Int128] = [:]
    var touched: Set<AccountKey> = []
    for change in commit.changes {
      switch change {
      case .post(let entry):
        for posting in entry.postings {
          guard case .debt(let account, let currency) = posting.account else { continue }
          standings[account, default: Standing()].owed[currency, default: 0] += posting.amount
          risen[account, default: 0] += posting.amount
          touched.insert(account)
        }
      case .beginBlock(let account, let block):
        standings[account, default: Standing()].blocks[block.cause] = now
        touched.insert(account)
      case .endBlock(let account, let cause, let actor, _):
        let known = standings[account, default: Standing()].blocks.removeValue(forKey: cause)
        if known == nil {
          faults.append(Violation("52", "\(account.name) is released from \(cause) it had not"))
        }
        if actor == AccountBlock.service, cause != .debt {
          faults.append(Violation("52", "nobody ended \(cause) of \(account.name)"))
        }
        touched.insert(account)
      case .putPolicy(let policy, _):
        let rules = standings[policy.account, default: Standing()].rules
        standings[policy.account, default: Standing()].rules = [policy.debt] + rules.prefix(1)
      default: break
      }
    }
    for account in touched.sorted(by: { $0.name < $1.name }) {
      guard let standing = standings[account] else { continue }
      let ends = commit.changes.contains { change in
        if case .endBlock(account, .debt, AccountBlock.service, _) = change { true } else { false }
      }
      let isAgain = commit.changes.contains { change in
        if case .post(let entry) = change { entry.description == "debt owed again" } else { false }
      }
      faults += Self.faults(of: account, standing, risen[account] ?? 0, ends, isAgain)
    }
    return faults
  }

  /// A charge pays its part of the debt at once: all of it, or what is still owed.
  private mutating func unpaid(by commit: Commit) -> [Violation] {
    commit.changes.compactMap { change in
      guard case .moveTopUp(let topUp, _) = change, topUp.books.charged > 0,
        charged.insert(topUp.id).inserted, topUp.debtPart > 0
      else { return nil }
      let owed = standings[topUp.account]?.owed[topUp.amount.currency] ?? 0
      guard Int128(topUp.books.repaid) != min(Int128(topUp.debtPart), max(0, owed)) else {
        return nil
      }
      return Violation(
        "27",
        "\(topUp.id) was charged \(topUp.debtPart) for a debt of \(owed) and pays "
          + "\(topUp.books.repaid)")
    }
  }

  private static func faults(
    of account: AccountKey, _ standing: Standing, _ risen: Int128, _ ends: Bool,
    _ isAgain: Bool
  ) -> [Violation] {
    var faults: [Violation] = []
    let owed = standing.owed.map { "\($0.value) \($0.key.code)" }.sorted().joined(separator: ", ")
    if standing.owed.values.contains(where: { $0 < 0 }) {
      faults.append(Violation("27", "\(account.name) owes \(owed)"))
    }
    // What had paid a debt and is given back is owed again, whatever the rule is by then.
    if risen > 0, !isAgain, standing.rules.allSatisfy({ $0 == .forgive }) {
      faults.append(Violation("27", "\(account.name) owes by a rule that forgives"))
    }
    if risen > 0, standing.rules.allSatisfy({ $0 == .block }), standing.blocks[.debt] == nil {
      faults.append(Violation("27", "\(account.name) owes \(owed) and is not blocked"))
    }
    if !standing.owes, standing.blocks[.debt] != nil {
      faults.append(Violation("27", "\(account.name) owes nothing and is blocked for it"))
    }
    if ends, standing.owes, !standing.rules.contains(.net) {
      faults.append(Violation("27", "\(account.name) owes \(owed) and is released by itself"))
    }
    return faults
  }

  // MARK: Calls

  /// A card is about to be charged for an account.
  func confirms(_ topUp: TopUp, now: UnixTime) -> [Violation] {
    let blocks = standings[topUp.account]?.blocks ?? [:]
    return blocks.filter { now.since($0.value) > Self.grace }.keys.sorted().map { cause in
      Violation("47", "\(topUp.id) is confirmed, and its account is blocked for \(cause)")
    }
  }

  // MARK: After a restart, and at the end

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(_ topUps: [TopUp], _ snapshot: any StoreSnapshot) throws(StoreError) {
    charged.formUnion(topUps.filter { $0.books.charged > 0 }.map(\.id))
    let accounts = Set(topUps.map(\.account)).union(standings.keys)
    for account in accounts.sorted(by: { $0.name < $1.name }) {
      let stored = try snapshot.account(account)
      var standing = Standing()
      for debt in try snapshot.debts(of: account) {
        standing.owed[debt.amount.currency] = Int128(debt.amount.minorUnits)
      }
      for block in stored.state.blocks { standing.blocks[block.cause] = block.since }
      let known = standings[account]?.rules ?? []
      standing.rules = [stored.policy?.debt ?? .block] + known.prefix(1)
      standings[account] = standing
    }
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() {
    // Read anew when it is opened.
    for account in standings.keys { standings[account] = Standing() }
    charged = []
  }

  /// Where the store's debts and blocks are not those that were counted, or not those of its top-ups.
  func differences(_ snapshot: any StoreSnapshot) throws(StoreError) -> [Violation] {
    var faults: [Violation] = []
    for (account, standing) in standings.sorted(by: { $0.key.name < $1.key.name }) {
      let debts = try snapshot.debts(of: account)
      let counted = standing.owed.filter { $0.value != 0 }
      let stored = debts.reduce(into: [Currency: Int128]()) {
        $0[$1.amount.currency] = Int128($1.amount.minorUnits)
      }
      let parts = try snapshot.owing(account).reduce(into: [Currency: Int128]()) {
        $0[$1.amount.currency, default: 0] += Int128($1.owed)
      }
      // What was charged to pay debts, whether or not that was given back since.
      var charged: [Currency: Int128] = [:]
      for topUp in try snapshot.topUps(TopUpQuery(account: account, limit: 10_000))
      where topUp.debtPart > 0 && topUp.books.charged > 0 {
        charged[topUp.amount.currency, default: 0] += Int128(topUp.debtPart)
      }
      let isWhole =
        charged.isEmpty
        ? stored == parts : stored.allSatisfy { $1 <= (parts[$0] ?? 0) + (charged[$0] ?? 0) }
      if stored != counted || !isWhole {
        faults.append(
          Violation("27", "\(account.name) owes \(stored), counted \(counted), by parts \(parts)"))
      }
      let causes = try snapshot.account(account).state.blockCauses
      if causes != standing.blocks.keys.sorted() {
        faults.append(
          Violation("27", "\(account.name) has blocks \(causes), not \(standing.blocks.keys)"))
      }
    }
    return faults
  }
}
