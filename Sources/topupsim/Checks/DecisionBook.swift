import TopUpCore

/// Holds what was decided against what was so at that moment: that it went by the chain's own figures,
/// by the top-ups that were in flight and by what people had set, and that episodes end by what ends
/// them and by nothing else (invariants 4, 5, 10, 47, 50).
struct DecisionBook {
  /// What was changed in the same moment may not have been seen.
  private static let grace = Duration.seconds(10)

  /// What a decision goes by beside the account itself.
  private enum Ground: Hashable {
    case killSwitch
    case behind
    case rampBreaker
    case policy(AccountKey)
    case consent(Payer)

    var rule: String {
      switch self {
      case .behind: "50"
      case .rampBreaker: "4"
      case .killSwitch, .policy, .consent: "5, 47"
      }
    }
  }

  private struct Fact {
    var value: String
    /// By the world's clock.
    var changed: UnixTime
  }

  private var facts: [Ground: Fact] = [:]
  /// When each top-up moved last, by the world's clock.
  private var moved: [TopUpID: UnixTime] = [:]
  private var episodes: [AccountKey: AccountState.Episode] = [:]
  private(set) var policies: [AccountKey: Policy] = [:]
  /// What an account has on chain after a block.
  var active: (DDCAccount, UInt64) -> Int128 = { _, _ in 0 }

  // MARK: Commits

  /// - Parameters:
  ///   - topUps: as they are after the commit.
  ///   - now: by the world's clock.
  mutating func faults(
    of commit: Commit, _ topUps: [TopUpID: TopUp], now: UnixTime
  ) -> [Violation] {
    var faults: [Violation] = []
    for change in commit.changes {
      switch change {
      case .beginTopUp(let topUp, _), .moveTopUp(let topUp, _): moved[topUp.id] = now
      case .setKillSwitch(let isOn, _): set(.killSwitch, "\(isOn)", now)
      case .markBehind: set(.behind, "true", now)
      case .clearBehind:
        set(.behind, "false", now)
        episodes = [:]
      case .putRamp(let standing): set(.rampBreaker, "\(standing.isOpen)", now)
      case .putPolicy(let policy, _):
        policies[policy.account] = policy
        set(.policy(policy.account), "\(policy.version)", now)
      case .putConsent(let payer, let consent): set(.consent(payer), "\(consent)", now)
      case .withdrawConsent(let payer, _): set(.consent(payer), "none", now)
      default: break
      }
    }
    var last: [AccountKey: StoredDecision] = [:]
    for case .recordDecision(let decision) in commit.changes { last[decision.account] = decision }
    for change in commit.changes {
      switch change {
      // What was passed over was looked at some time before: another quote was asked for since.
      case .recordDecision(let decision) where last[decision.account] == decision:
        faults += untrue(decision, topUps, now)
      case .evaluated(let account, _, _, let counted, _) where counted > 0:
        faults += uncounted(counted, account, commit)
      case .putAccount(let account, let state):
        faults += mistaken(state.reading, of: account) + ended(account, state, commit, topUps)
      default: break
      }
    }
    return faults
  }

  private mutating func set(_ ground: Ground, _ value: String, _ now: UnixTime) {
    if facts[ground]?.value != value { facts[ground] = Fact(value: value, changed: now) }
  }

  /// What sources claimed has its row, whatever it came to (invariant 5).
  private func uncounted(
    _ events: Int64, _ account: AccountKey, _ commit: Commit
  ) -> [Violation] {
    let told = commit.changes.reduce(Int64(0)) { sum, change in
      guard case .recordDecision(let decision) = change, decision.account == account else {
        return sum
      }
      return sum + decision.events
    }
    return told == events
      ? []
      : [Violation("5", "\(events) events of \(account.name) are considered, \(told) have a row")]
  }

  // MARK: What a decision went by

  private func untrue(
    _ decision: StoredDecision, _ topUps: [TopUpID: TopUp], _ now: UnixTime
  ) -> [Violation] {
    guard let bytes = decision.record?.input, let input = try? DecisionCodec.decode(bytes) else {
      return []
    }
    let name = "the decision on \(decision.account.name) at \(decision.at)"
    var faults = mistaken(input.reading, of: input.account)
    var grounds: [(Ground, String)] = [
      (.killSwitch, "\(input.isKillSwitchOn)"),
      (.policy(input.account), "\(input.policy?.version ?? 0)"),
    ]
    // It may know of more than was noted, until it has caught up.
    if input.storeIsBehind == nil { grounds.append((.behind, "false")) }
    if let policy = input.policy {
      grounds.append((.consent(policy.payer), input.consent.map { "\($0)" } ?? "none"))
      if case .ddc = input.account {
        grounds.append((.rampBreaker, "\(input.ramp.standing.isOpen)"))
      }
    }
    for (ground, said) in grounds {
      guard let fact = facts[ground], fact.value != said, now.since(fact.changed) > Self.grace
      else { continue }
      faults.append(
        Violation(ground.rule, "\(name) has \(ground) as \(said), and it is \(fact.value)"))
    }
    if let reading = input.reading, decision.topUp.flatMap({ topUps[$0] })?.trigger == .threshold,
      input.now.since(reading.readAt) > .seconds(60)
    {
      faults.append(Violation("10", "\(name) goes by what was read at \(reading.readAt)"))
    }
    faults += misjudged(input, topUps, now, name)
    faults += unlike(decision, input, topUps, name)
    return faults
  }

  /// A reading is what the chain had at its height (invariant 10).
  private func mistaken(_ reading: KnownReading?, of account: AccountKey) -> [Violation] {
    guard case .ddc(let ddc) = account, let reading else { return [] }
    let real = active(ddc, reading.block.number)
    return reading.active == real
      ? []
      : [
        Violation(
          "10",
          "\(account.name) was read as \(reading.active) at \(reading.block.number), it was \(real)"
        )
      ]
  }

  /// Each top-up in flight is counted, one that waits for its payer for nothing, and no other
  /// (invariant 10).
  private func misjudged(
    _ input: DecisionInput, _ topUps: [TopUpID: TopUp], _ now: UnixTime, _ name: String
  ) -> [Violation] {
    func isSettled(_ id: TopUpID) -> Bool {
      moved[id].map { now.since($0) > Self.grace } ?? true
    }
    var faults: [Violation] = []
    let open = topUps.values.filter { $0.account == input.account && !$0.state.isTerminal }
    for topUp in open.sorted(by: { $0.id.rawValue < $1.id.rawValue }) where isSettled(topUp.id) {
      guard let counted = input.inFlight.first(where: { $0.id == topUp.id }) else {
        faults.append(Violation("10", "\(name) does not count \(topUp.id), \(topUp.state)"))
        continue
      }
      if let pending = Self.pending(topUp), counted.pending != pending {
        faults.append(
          Violation(
            "10", "\(name) counts \(counted.pending) of \(topUp.id), which brings \(pending)"))
      }
    }
    for counted in input.inFlight where isSettled(counted.id) {
      if topUps[counted.id]?.state.isTerminal ?? true {
        faults.append(Violation("10", "\(name) counts \(counted.id), which is not in flight"))
      }
    }
    return faults
  }

  /// What a top-up can yet bring, where that is plain: nothing while its payer or a person is waited
  /// for, and all of it before any of it has come.
  private static func pending(_ topUp: TopUp) -> Int128? {
    switch topUp.state {
    case .actionRequired, .needsReview, .depositHeld, .orderCancelling, .refunding, .refundUnknown,
      .refundFailed:
      return 0
    case .reserved, .charging, .chargeUnknown, .charged, .depositing, .depositUnknown:
      guard topUp.deliveredTokens == .zero else { return nil }
      guard case .ddc = topUp.account else { return topUp.credits }
      return (topUp.orders.last?.quote ?? topUp.quote)?.tokens.units
    case .credited, .declined, .cancelled, .expired, .refunded, .reversed: return nil
    }
  }

  /// The balance that a reason or a rule's threshold is held against is what was read, less what is
  /// claimed to be used, with what is on its way (invariants 5, 10).
  private func unlike(
    _ decision: StoredDecision, _ input: DecisionInput, _ topUps: [TopUpID: TopUp], _ name: String
  ) -> [Violation] {
    guard let effective = decision.effective, let reading = input.reading else { return [] }
    let pending = input.inFlight.reduce(0) { $0 + $1.pending }
    let real = reading.active - (input.claim?.unbilled ?? 0) + pending
    guard effective == real else {
      return [Violation("10", "\(name) goes by \(effective), and it is \(real)")]
    }
    guard let threshold = input.policy?.threshold else { return [] }
    if decision.skip == .notLow, real <= threshold {
      return [Violation("5", "\(name) finds \(real) not low, at a threshold of \(threshold)")]
    }
    let trigger = decision.topUp.flatMap { topUps[$0]?.trigger }
    if trigger == .threshold, real > threshold {
      return [Violation("5", "\(name) finds \(real) low, at a threshold of \(threshold)")]
    }
    return []
  }

  // MARK: Episodes

  /// An episode ends with what ends its top-up, or with a balance that is seen well above the
  /// threshold, and never while its top-up is on its way (invariant 4).
  private mutating func ended(
    _ account: AccountKey, _ state: AccountState, _ commit: Commit, _ topUps: [TopUpID: TopUp]
  ) -> [Violation] {
    let known = episodes.updateValue(state.episode, forKey: account)
    guard let known, !known.isArmed else { return [] }
    if state.episode.ordinal != known.ordinal {
      return [
        Violation(
          "4", "\(account.name) goes from episode \(known.ordinal) to \(state.episode.ordinal)")
      ]
    }
    guard state.episode.isArmed else { return [] }
    let own = topUps.values.filter { $0.account == account && $0.trigger.isAutomatic }
      .sorted { $0.id.rawValue < $1.id.rawValue }
    let open = own.first { !$0.state.isTerminal && !$0.isReopened }
    if let open {
      return [
        Violation("4", "episode \(known.ordinal) of \(account.name) ends, and \(open.id) has not")
      ]
    }
    if endedByTopUp(account, commit) || endedByLook(account, state, commit) { return [] }
    // Given up by a person, who wants nothing of what was put off any more.
    if commit.changes.count == 1, own.contains(where: \.isPutOff) { return [] }
    return [Violation("4", "episode \(known.ordinal) of \(account.name) ends by nothing")]
  }

  private func endedByTopUp(_ account: AccountKey, _ commit: Commit) -> Bool {
    let opens = commit.changes.contains { change in
      if case .openBreaker(account, _, _, _) = change { true } else { false }
    }
    return commit.changes.contains { change in
      guard case .moveTopUp(let topUp, _) = change, topUp.account == account,
        topUp.trigger.isAutomatic
      else { return false }
      return switch topUp.state {
      case .credited, .refunded, .reversed: true
      case .cancelled: !topUp.isPutOff || opens
      case .declined: opens
      default: false
      }
    }
  }

  private func endedByLook(
    _ account: AccountKey, _ state: AccountState, _ commit: Commit
  ) -> Bool {
    let missed = commit.changes.contains { change in
      if case .recordDecision(let decision) = change, decision.account == account,
        decision.skip == .scheduleMissed, let bytes = decision.record?.input,
        let input = try? DecisionCodec.decode(bytes)
      {
        input.schedule.due?.isBegun == true
      } else {
        false
      }
    }
    guard let rule = policies[account], let reading = state.reading else { return missed }
    return missed || reading.active > rule.threshold + rule.threshold / 10
  }

  // MARK: After a restart

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(
    _ topUps: [TopUp], _ snapshot: any StoreSnapshot, now: UnixTime
  ) throws(StoreError) {
    let settings = try snapshot.settings()
    set(.killSwitch, "\(settings.isKillSwitchOn)", now)
    set(.behind, "\(settings.behind != nil)", now)
    set(.rampBreaker, "\(try snapshot.rampStanding().isOpen)", now)
    for topUp in topUps { moved[topUp.id] = now }
    let accounts = Set(topUps.map(\.account)).union(policies.keys).union(episodes.keys)
    for account in accounts.sorted(by: { $0.name < $1.name }) {
      let stored = try snapshot.account(account)
      episodes[account] = stored.state.episode
      policies[account] = stored.policy
      set(.policy(account), "\(stored.policy?.version ?? 0)", now)
    }
    let payers = facts.keys.compactMap { ground in
      if case .consent(let payer) = ground { payer } else { nil }
    }
    for payer in payers.sorted(by: { "\($0)" < "\($1)" }) {
      set(.consent(payer), try snapshot.payer(payer).consent.map { "\($0)" } ?? "none", now)
    }
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() {
    facts = [:]
    moved = [:]
    episodes = [:]
  }
}
