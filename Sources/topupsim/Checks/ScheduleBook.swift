import SimulatedWorld
import TopUpCore

/// What was charged for which occurrence of whose calendar, counted apart from the service: by the
/// world's clock, and from the rules as they were set (invariants 3, 47, 51).
struct ScheduleBook {
  /// How far a daemon's clock may be from the world's, and how long a commit may have been on its way.
  private static let grace = Duration.seconds(120)

  private struct Name: Hashable {
    let account: AccountKey
    let occurrence: String
  }

  private struct Line {
    let charge: ScheduledCharge
    /// When it was set, by the world's clock.
    let set: UnixTime
  }

  private var begun: [Name: [TopUpID]] = [:]
  private var letGo: Set<Name> = []
  private var rules: [AccountKey: Policy] = [:]
  private var lines: [AccountKey: [Line]] = [:]
  /// Accounts whose rule of that version may be another one in the store that was put in its place.
  private var stale: Set<AccountKey> = []
  /// Whether the daemons' clocks may be trusted.
  var clocksJump = false

  // MARK: Commits

  mutating func faults(of commit: Commit, now: UnixTime) -> [Violation] {
    var faults: [Violation] = []
    for change in commit.changes {
      switch change {
      case .putPolicy(let policy, _): set(policy, now)
      case .settleOccurrence(let account, let answer) where answer.episode == nil:
        faults += wasLetGo(Name(account: account, occurrence: answer.name), answer, now)
      case .beginTopUp(let topUp, _) where topUp.trigger == .schedule:
        faults += began(topUp, commit, now)
      default: break
      }
    }
    return faults
  }

  private mutating func set(_ policy: Policy, _ now: UnixTime) {
    let before = rules[policy.account]
    let isSame = before?.isEnabled == true && before?.timeZone == policy.timeZone
    let known = isSame ? lines[policy.account] ?? [] : []
    lines[policy.account] = policy.schedules.map { charge in
      known.first {
        $0.charge.sharesTime(with: charge) && $0.charge.amount == charge.amount
      } ?? Line(charge: charge, set: now)
    }
    rules[policy.account] = policy
  }

  private mutating func wasLetGo(
    _ name: Name, _ answer: StoredOccurrence, _ now: UnixTime
  ) -> [Violation] {
    letGo.insert(name)
    guard !clocksJump, now.since(answer.moment) < Occurrence.openFor - Self.grace else { return [] }
    return [Violation("51", "\(name.occurrence) was let go after \(now.since(answer.moment))")]
  }

  private mutating func began(_ topUp: TopUp, _ commit: Commit, _ now: UnixTime) -> [Violation] {
    let answers = commit.changes.compactMap { change -> StoredOccurrence? in
      if case .settleOccurrence(topUp.account, let answer) = change { answer } else { nil }
    }
    guard answers.count == 1, let answer = answers.first, answer.episode == topUp.episode else {
      return [Violation("3", "\(topUp.id) was begun by the calendar for \(answers.count) of it")]
    }
    let name = Name(account: topUp.account, occurrence: answer.name)
    let isFirst = begun[name]?.isEmpty ?? true
    begun[name, default: []].append(topUp.id)
    var faults: [Violation] = []
    if letGo.contains(name) {
      faults.append(Violation("3", "\(topUp.id) is for \(answer.name), which was let go"))
    }
    guard !clocksJump else { return faults }
    let late = now.since(answer.moment)
    if late < .zero - Self.grace || (isFirst && late > Occurrence.openFor + Self.grace) {
      faults.append(Violation("48", "\(topUp.id) comes \(late) after \(answer.name)"))
    }
    let line = lines[topUp.account]?.first { answer.name.hasSuffix(" \($0.charge.label)") }
    guard let line, line.charge.amount.minorUnits == topUp.amount.minorUnits - topUp.debtPart else {
      return faults + [Violation("47", "\(topUp.id) of \(topUp.amount) is on no line of the rule")]
    }
    if line.set > answer.moment.advanced(by: Self.grace) {
      faults.append(Violation("47", "\(topUp.id) is for \(answer.name), set at \(line.set)"))
    }
    return faults
  }

  // MARK: The truth

  /// - Parameter isCharged: whether the processor took money for a top-up.
  func doubled(_ isCharged: (TopUpID) -> Bool) -> [Violation] {
    begun.sorted { $0.key.occurrence < $1.key.occurrence }.compactMap { name, topUps in
      let charged = topUps.filter(isCharged)
      return charged.count > 1
        ? Violation("3", "\(charged) were all charged for \(name.occurrence)") : nil
    }
  }

  // MARK: After a restart

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(_ topUps: [TopUp], _ snapshot: any StoreSnapshot) throws(StoreError) {
    for topUp in topUps where topUp.trigger == .schedule {
      guard let episode = topUp.episode,
        let answer = try snapshot.occurrence(of: topUp.account, episode: episode)
      else { continue }
      let name = Name(account: topUp.account, occurrence: answer.name)
      if begun[name]?.contains(topUp.id) != true { begun[name, default: []].append(topUp.id) }
    }
    let accounts = Set(topUps.map(\.account)).union(rules.keys)
    for account in accounts.sorted(by: { $0.name < $1.name }) {
      guard let policy = try snapshot.account(account).policy,
        policy.version != rules[account]?.version || stale.contains(account)
      else { continue }
      rules[account] = policy
      lines[account] = policy.schedules.map { Line(charge: $0, set: $0.since) }
    }
    stale = []
  }

  mutating func restored() {
    begun = [:]
    letGo = []
    lines = [:]
    stale = Set(rules.keys)
  }
}
