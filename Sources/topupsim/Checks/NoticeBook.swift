import TopUpCore

/// What people were told, counted by itself from what is committed: once on each occasion, with what
/// it tells of, and of nothing that was not committed (invariant 45).
struct NoticeBook {
  private struct Key: Hashable {
    let account: AccountKey
    let occasion: Notice.Occasion
    let kind: Notice.Kind

    init(account: AccountKey, occasion: Notice.Occasion, kind: Notice.Kind) {
      self.account = account
      self.occasion = occasion
      self.kind = kind
    }

    init(_ notice: Notice) {
      self.init(account: notice.account, occasion: notice.occasion, kind: notice.kind)
    }

    init(_ topUp: TopUp, _ kind: Notice.Kind) {
      let occasion: Notice.Occasion = topUp.episode.map { .episode($0) } ?? .topUp(topUp.id)
      self.init(account: topUp.account, occasion: occasion, kind: kind)
    }
  }

  /// Each with when it was, by the daemons' clocks, and what they showed last.
  private var told: [Key: UnixTime] = [:]
  /// What an older copy of the store may have told too, and may have removed since.
  private var earlier: [Key: UnixTime] = [:]
  private var now = UnixTime(milliseconds: 0)
  /// Notices are kept for so long at least, less what a clock may be off.
  private static let kept = NoticeLimits.retention - .seconds(2 * 86_400)
  /// What a reader was shown, by its name: each position once, in order.
  private var shown: [String: [StoredNotice.Shown]] = [:]

  /// - Parameter before: the top-ups before the commit.
  /// - Returns: what is wrong with it.
  mutating func faults(of commit: Commit, _ before: [TopUpID: TopUp]) -> [String] {
    var faults: [String] = []
    var moved: [TopUpID: TopUp] = [:]
    var accounts: Set<AccountKey> = []
    now = max(now, commit.now)
    for change in commit.changes {
      switch change {
      case .moveTopUp(let topUp, _): moved[topUp.id] = topUp
      case .putAccount(let account, _): accounts.insert(account)
      default: break
      }
    }
    for case .tell(let notice) in commit.changes {
      if told[Key(notice)] == nil { told[Key(notice)] = firstTold(Key(notice), commit.now) }
      if let id = notice.topUp {
        if moved[id]?.version != notice.version {
          faults.append("\(notice.kind) of \(id) is told, which did not move to it")
        }
      } else if !accounts.contains(notice.account) {
        faults.append("\(notice.kind) of \(notice.account) is told without its decision")
      }
    }
    for (id, after) in moved {
      guard let known = before[id], known.state != after.state else { continue }
      let wanted = Self.kinds(of: after, from: known)
      let isTold = wanted.contains { told[Key(after, $0)] != nil }
      if !wanted.isEmpty, !isTold {
        faults.append("nobody was told that \(id) is \(after.state)")
      }
    }
    for case .recordDecision(let decision) in commit.changes {
      guard let kind = Self.kind(of: decision.skip) else { continue }
      let episodes = [decision.episode, decision.episode + 1]
      let isTold = episodes.contains {
        told[Key(account: decision.account, occasion: .episode($0), kind: kind)] != nil
      }
      if !isTold { faults.append("nobody was told of \(kind) on \(decision.account)") }
    }
    return faults
  }

  /// What was told so long ago that its notice is gone is noted still, and told to nobody again.
  private func firstTold(_ key: Key, _ now: UnixTime) -> UnixTime {
    guard let at = earlier[key], now.since(at) >= Self.kept else { return now }
    return at
  }

  /// One of these must have been told when a top-up comes to a state; none where there is none.
  private static func kinds(of after: TopUp, from before: TopUp) -> [Notice.Kind] {
    switch after.state {
    case .actionRequired: [.actionRequired]
    case .declined: [.declined]
    // What is put off is decided anew.
    case .cancelled: after.isPutOff && after.episode != nil ? [] : [.cancelled]
    case .credited: before.state == .reversed ? [.reinstated] : [.credited]
    case .refunded: [.refunded]
    case .depositHeld: [.held]
    case .needsReview: [.needsReview, .refundFailed]
    case .reversed: [.reversed, .disputed]
    case .expired: after.episode == nil ? [.cancelled] : []
    case .reserved, .charging, .chargeUnknown, .charged, .depositing, .depositUnknown,
      .orderCancelling, .refunding, .refundUnknown, .refundFailed:
      []
    }
  }

  private static func kind(of skip: SkipReason?) -> Notice.Kind? {
    switch skip {
    case .capReached: .capReached
    case .noPaymentMethod: .noCard
    case .noConsent: .noConsent
    default: nil
    }
  }

  // MARK: Readers

  /// A reader was shown a notice.
  ///
  /// - Returns: what is wrong: it had that one before, or one behind it.
  mutating func wasShown(_ notice: StoredNotice.Shown, to reader: String) -> String? {
    defer { shown[reader, default: []].append(notice) }
    guard let last = shown[reader]?.last, notice.position <= last.position else { return nil }
    return "\(reader) was shown \(notice.position) after \(last.position)"
  }

  // MARK: The store

  /// Holds a store that was opened anew against what was told, and takes over what it has: a commit
  /// that nobody heard of is as good as any other.
  mutating func load(_ snapshot: any StoreSnapshot) throws(StoreError) -> [String] {
    var faults: [String] = []
    var stored: [Key: UnixTime] = [:]
    var last: Int64 = 0
    for row in try Self.all(snapshot) {
      if stored.updateValue(row.at, forKey: Key(row.notice)) != nil {
        faults.append("\(row.notice.kind) is told twice on \(row.notice.occasion.name)")
      }
      if row.position <= last { faults.append("position \(row.position) after \(last)") }
      last = row.position
    }
    for (key, at) in told where stored[key] == nil && now.since(at) < Self.kept {
      faults.append("\(key.kind) was told on \(key.occasion.name), and is not there")
    }
    told.merge(stored) { first, _ in first }
    return faults.sorted()
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() {
    earlier.merge(told) { first, _ in first }
    (told, shown) = ([:], [:])
  }

  /// What is kept is what was told, each of a transition that is there; and who came again and again
  /// saw each exactly once, up to where it is.
  ///
  /// - Parameters:
  ///   - cursors: where each reader is.
  ///   - settled: what is older must have been seen.
  func differences(
    _ snapshot: any StoreSnapshot, cursors: [String: Int64], settled: UnixTime
  ) throws(StoreError) -> [String] {
    var faults: [String] = []
    let rows = try Self.all(snapshot)
    let stored = Set(rows.map { Key($0.notice) })
    let wanted = told.filter { now.since($0.value) < Self.kept }
    if rows.count != stored.count || !stored.isSubset(of: told.keys)
      || !stored.isSuperset(of: wanted.keys)
    {
      let missing = wanted.keys.filter { !stored.contains($0) }.map { "\($0)" }.sorted().first
      faults.append(
        "\(rows.count) notices are kept, and \(wanted.count) were told of late, \(missing ?? "")")
    }
    for row in rows {
      guard let id = row.notice.topUp else { continue }
      let steps = try snapshot.transitions(of: id)
      if !steps.contains(where: { $0.version == row.notice.version }) {
        faults.append("\(row.notice.kind) tells of a step of \(id) that is not there")
      }
    }
    for (reader, cursor) in cursors.sorted(by: { $0.key < $1.key }) {
      let wanted = rows.filter { $0.position <= cursor }.map(\.shown)
      // Whatever is not kept any more was shown while it was.
      let seen = (shown[reader] ?? []).filter { $0.position >= rows.first?.position ?? .max }
      if seen != wanted {
        faults.append(
          "\(reader) is at \(cursor) and was shown \(seen.count) notices of \(wanted.count)")
      }
      if let missed = rows.first(where: { $0.position > cursor && $0.at < settled }) {
        faults.append("\(reader) has never seen \(missed.position)")
      }
    }
    return faults
  }

  private static func all(_ snapshot: any StoreSnapshot) throws(StoreError) -> [StoredNotice] {
    try snapshot.notices(NoticeQuery(limit: 100_000))
  }
}

extension StoredNotice {
  /// As much of it as a reader keeps.
  struct Shown: Hashable {
    let position: Int64
    let topUp: String
    let text: String
  }

  fileprivate var shown: Shown {
    Shown(position: position, topUp: notice.topUp?.rawValue ?? "", text: notice.text)
  }
}
