import TopUpCore
import TopUpService

/// What credits are sold for and what each sale grants, held against the tenants' lists and the rules
/// as they were set (invariants 10, 22, 47, 51).
struct SaleBook {
  private var rules: [AccountKey: [Int64: Policy]] = [:]
  /// What the entries of each top-up have granted.
  private var granted: [TopUpID: Int128] = [:]
  /// Those that ever waited for somebody: they count as nothing meanwhile.
  private var waited: Set<TopUpID> = []

  /// Accounts of credits that ever had a rule.
  var accounts: [AccountKey] { rules.keys.sorted { $0.name < $1.name } }

  // MARK: Commits

  /// - Parameter topUps: as they are after the commit.
  mutating func faults(of commit: Commit, _ topUps: [TopUpID: TopUp]) -> [Violation] {
    var faults: [Violation] = []
    for change in commit.changes {
      switch change {
      case .putPolicy(let policy, _): noteRule(policy)
      case .beginTopUp(let topUp, _): faults += begun(topUp)
      case .moveTopUp(let topUp, _):
        if topUp.state == .actionRequired || topUp.state == .needsReview {
          waited.insert(topUp.id)
        }
      case .post(let entry): note(entry)
      case .recordDecision(let decision): faults += netted(decision, topUps)
      default: break
      }
    }
    for case .moveTopUp(let topUp, _) in commit.changes { faults += grants(topUp) }
    return faults
  }

  private mutating func noteRule(_ policy: Policy) {
    guard case .credits = policy.account else { return }
    rules[policy.account, default: [:]][policy.version] = policy
  }

  private mutating func note(_ entry: Entry) {
    guard let id = entry.topUp else { return }
    for posting in entry.postings {
      guard case .credits = posting.account else { continue }
      granted[id, default: 0] -= posting.amount
    }
  }

  /// A charge for credits costs what the list says, and pins what it grants.
  private func begun(_ topUp: TopUp) -> [Violation] {
    guard case .credits(let account) = topUp.account else { return [] }
    let list = Replica.prices.list(of: account.tenant)
    let byRate = list.rate(topUp.amount.currency).map {
      $0.creditsPerMinorUnit * Int128(topUp.amount.minorUnits)
    }
    let tiers = list.tiers.filter { $0.price == topUp.amount }
    var offers = [byRate].compactMap(\.self) + tiers.map { $0.credits + $0.bonus }
    if topUp.trigger.isAutomatic {
      guard let rule = rules[topUp.account]?[topUp.policyVersion] else { return [] }
      if topUp.trigger != .schedule, case .tier(let name, _) = rule.amount {
        offers = tiers.filter { $0.name == name }.map { $0.credits + $0.bonus }
      } else {
        offers = [byRate].compactMap(\.self)
      }
    }
    guard let credits = topUp.credits, offers.contains(credits) else {
      return [
        Violation(
          "47", "\(topUp.id) grants \(topUp.credits as Any) for \(topUp.amount), not \(offers)")
      ]
    }
    return []
  }

  /// What was paid for is granted with the charge, as it was pinned, once.
  private func grants(_ topUp: TopUp) -> [Violation] {
    guard case .credits = topUp.account else { return [] }
    let owed = topUp.books.charged > 0 ? topUp.credits ?? 0 : 0
    let has = granted[topUp.id] ?? 0
    return has == owed
      ? [] : [Violation("22, 47", "\(topUp.id) granted \(has), and what it pinned is \(owed)")]
  }

  /// What a decision takes to be on its way is what was pinned.
  private func netted(
    _ decision: StoredDecision, _ topUps: [TopUpID: TopUp]
  ) -> [Violation] {
    guard case .credits = decision.account, let record = decision.record,
      let input = try? DecisionCodec.decode(record.input)
    else { return [] }
    return input.inFlight.compactMap { other in
      guard let topUp = topUps[other.id], !waited.contains(other.id),
        [.reserved, .charging, .chargeUnknown].contains(topUp.state),
        other.pending != topUp.credits
      else { return nil }
      return Violation(
        "10", "\(other.id) counts for \(other.pending), and will bring \(topUp.credits as Any)")
    }
  }

  // MARK: After a restart

  mutating func forget() { self = SaleBook() }

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(
    _ topUps: [TopUp], _ snapshot: any StoreSnapshot
  ) throws(StoreError) {
    for topUp in topUps {
      guard case .credits(let account) = topUp.account else { continue }
      if let rule = try snapshot.account(topUp.account).policy { noteRule(rule) }
      if topUp.state == .actionRequired || topUp.state == .needsReview { waited.insert(topUp.id) }
      let name = LedgerAccount.credits(account).name
      var sum: Int128 = 0
      for entry in try snapshot.entries(of: topUp.id) {
        for leg in entry.legs where leg.account == name { sum -= leg.amount }
      }
      granted[topUp.id] = sum
    }
    for account in accounts {
      if let rule = try snapshot.account(account).policy { noteRule(rule) }
    }
  }

  // MARK: In the calm

  /// Accounts whose rule would charge, and that nobody looks at any more (invariant 51).
  func forgotten(_ snapshot: any StoreSnapshot) throws(StoreError) -> [Violation] {
    var faults: [Violation] = []
    for key in accounts {
      guard case .credits(let account) = key else { continue }
      let stored = try snapshot.account(key)
      let inFlight = try snapshot.inFlight(key).filter { !$0.isReopened }
      guard let policy = stored.policy, policy.isEnabled,
        stored.evaluation == nil || stored.evaluation?.due == .max,
        !inFlight.contains(where: { $0.trigger.isAutomatic })
      else { continue }
      let comes = inFlight.reduce(Int128(0)) {
        [.reserved, .charging, .chargeUnknown].contains($1.state) ? $0 + ($1.credits ?? 0) : $0
      }
      let has = -(try snapshot.balance(of: .credits(account)))
      let last = try snapshot.decisions(of: key, before: nil, limit: 1).first
      guard has + comes <= policy.threshold, last?.skip == nil || last?.skip == .notLow else {
        continue
      }
      faults.append(
        Violation(
          "51", "\(key.name) has \(has) of \(policy.threshold), and no look follows"))
    }
    return faults
  }
}
