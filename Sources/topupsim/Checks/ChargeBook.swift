import SimulatedWorld
import TopUpCore

/// What forbids a charge, as it was committed and since when, and what each card has been through
/// (invariants 17, 18, 19, 47).
struct ChargeBook {
  /// Who read before a change was committed may have sent by then; nobody later.
  private static let grace = Duration.seconds(10)
  /// What the networks fine above; the service's own ceiling is lower.
  private static let attemptsMax = 15
  private static let attemptsSpan = Duration.seconds(30 * 86_400)
  /// After the first, second and third decline in a row.
  private static let waits: [Duration] = [.seconds(3_600), .seconds(21_600), .seconds(86_400)]

  private enum Ban: Hashable {
    case killSwitch
    case policyOff(AccountKey)
    case noConsent(Payer)
    case removed(PaymentMethodID)
  }

  private var bans: [Ban: UnixTime] = [:]
  /// The intents that were confirmed with a card, with the first time of each.
  private var confirms: [String: [PaymentIntentID: UnixTime]] = [:]
  /// Since when it is recorded that a top-up was paid: until then its card proves nothing.
  private var heard: [TopUpID: UnixTime] = [:]
  /// Whether the daemons' clocks may be trusted to have waited.
  var clocksJump = false

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
      case .setKillSwitch(let isOn, _): set(.killSwitch, isOn, now)
      case .putPolicy(let policy, _): set(.policyOff(policy.account), !policy.isEnabled, now)
      case .putConsent(let payer, _): set(.noConsent(payer), false, now)
      case .withdrawConsent(let payer, _): set(.noConsent(payer), true, now)
      case .putCard(let card): set(.removed(card.card.id), false, now)
      case .removeCard(let id): set(.removed(id), true, now)
      case .openBreaker(let account, let fingerprint, _, _):
        faults += opened(account, fingerprint, commit)
      case .beginTopUp(let topUp, _): faults += begun(topUp, topUps)
      case .moveTopUp(let topUp, _): hear(topUp, now)
      default: break
      }
    }
    return faults
  }

  private mutating func set(_ ban: Ban, _ isOn: Bool, _ now: UnixTime) {
    if !isOn { bans[ban] = nil } else if bans[ban] == nil { bans[ban] = now }
  }

  private mutating func hear(_ topUp: TopUp, _ now: UnixTime) {
    guard heard[topUp.id] == nil, topUp.books.charged > 0 else { return }
    heard[topUp.id] = now
  }

  /// Whether the charge of `other` was recorded when an attempt of another top-up was begun.
  func isHeard(_ other: TopUpID, by started: UnixTime) -> Bool {
    heard[other].map { $0 <= started } ?? false
  }

  /// Nothing but a card's own decline opens its breaker: no outage does (invariant 17).
  private func opened(
    _ account: AccountKey, _ fingerprint: String, _ commit: Commit
  ) -> [Violation] {
    let isDeclined = commit.changes.contains { change in
      guard case .moveTopUp(let topUp, _) = change, topUp.account == account else { return false }
      return topUp.attempts.contains {
        $0.card.fingerprint == fingerprint
          && $0.decline.map { $0.verdict.declineClass.countsTowardsBreaker } ?? false
      }
    }
    return isDeclined
      ? [] : [Violation("17", "the breaker of \(fingerprint) opens, and nothing declined it")]
  }

  /// Within an episode a card is tried again only after 1 h, 6 h, 24 h, and not a fifth time
  /// (invariant 18).
  private func begun(_ topUp: TopUp, _ topUps: [TopUpID: TopUp]) -> [Violation] {
    guard !clocksJump, let episode = topUp.episode else { return [] }
    let declined = topUps.values.filter {
      $0.account == topUp.account && $0.episode == episode && $0.id != topUp.id
        && $0.state == .declined
    }
    guard let last = declined.map(\.updated).max() else { return [] }
    // What was declined for an outage counts for nothing, and waits an hour each time.
    let counted = declined.count { topUp in
      topUp.attempts.contains { $0.decline?.verdict.declineClass.countsTowardsBreaker ?? false }
    }
    if counted > Self.waits.count {
      return [
        Violation("18", "\(topUp.id) follows \(counted) declines in episode \(episode)")
      ]
    }
    let isOutage = counted < declined.count
    let least = isOutage ? Self.waits[0] : Self.waits[counted - 1]
    guard topUp.created.since(last) < least else { return [] }
    return [
      Violation(
        "18", "\(topUp.id) follows \(declined.count) declines after \(topUp.created.since(last))")
    ]
  }

  // MARK: Calls

  /// A card is about to be charged.
  mutating func confirms(
    _ intent: PaymentIntentID, _ attempt: ChargeAttempt, of topUp: TopUp, now: UnixTime
  ) -> [Violation] {
    var faults: [Violation] = []
    var forbidden: [Ban] = [.killSwitch, .removed(attempt.card.id)]
    if !topUp.onSession { forbidden.append(.noConsent(topUp.payer)) }
    if topUp.trigger.isAutomatic { forbidden.append(.policyOff(topUp.account)) }
    for ban in forbidden {
      guard let since = bans[ban], now.since(since) > Self.grace else { continue }
      faults.append(Violation("47", "\(topUp.id) is confirmed, and \(ban) since \(since)"))
    }
    let fingerprint = attempt.card.fingerprint
    if confirms[fingerprint]?[intent] == nil { confirms[fingerprint, default: [:]][intent] = now }
    let recent = (confirms[fingerprint] ?? [:]).values.count {
      now.since($0) < Self.attemptsSpan
    }
    if recent > Self.attemptsMax {
      faults.append(Violation("19", "\(fingerprint) is tried \(recent) times in 30 days"))
    }
    return faults
  }

  // MARK: After a restart

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(
    _ topUps: [TopUp], _ snapshot: any StoreSnapshot, now: UnixTime
  ) throws(StoreError) {
    for topUp in topUps { hear(topUp, now) }
    let isStopped = try snapshot.settings().isKillSwitchOn
    if isStopped != (bans[.killSwitch] != nil) { set(.killSwitch, isStopped, now) }
    for ban in bans.keys {
      let holds =
        switch ban {
        case .killSwitch: isStopped
        case .policyOff(let account): try snapshot.account(account).policy?.isEnabled != true
        case .noConsent(let payer): try snapshot.payer(payer).consent == nil
        case .removed(let card): try snapshot.card(card) == nil
        }
      if !holds { bans[ban] = nil }
    }
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() {
    bans = [:]
    heard = [:]
  }
}
