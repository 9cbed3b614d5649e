import TopUpCore

/// What people have set and withdrawn, as it was committed: a daemon that opens the store again finds
/// each as it was, or as a commit would have it that nobody heard of (invariants 47, 50).
struct SettingsBook {
  private enum Setting: Hashable {
    case killSwitch
    case policy(AccountKey)
    case consent(Payer)
    /// Of one that was removed; not known of one that was put back since.
    case card(PaymentMethodID)
    case caps(CapScope, Currency)
    case ramp
    case price(Currency)
    case settledByHand(String)
  }

  private var known: [Setting: String] = [:]
  /// What commits wanted whose end nobody heard.
  private var wanted: [Setting: [String]] = [:]

  /// A commit is on its way to the disk.
  mutating func isTried(_ commit: Commit) {
    for (setting, value) in Self.settings(of: commit) {
      wanted[setting, default: []].append(value ?? "")
    }
  }

  /// One that surely did not arrive.
  mutating func isRefused(_ commit: Commit) {
    for (setting, value) in Self.settings(of: commit) {
      guard let index = wanted[setting]?.firstIndex(of: value ?? "") else { continue }
      wanted[setting]?.remove(at: index)
    }
  }

  mutating func committed(_ commit: Commit) {
    for (setting, value) in Self.settings(of: commit) {
      known[setting] = value
      wanted[setting] = nil
    }
  }

  /// - Returns: each setting and what it is now; nil where that is not followed.
  private static func settings(of commit: Commit) -> [(Setting, String?)] {
    commit.changes.compactMap { change in
      switch change {
      case .setKillSwitch(let isOn, _): (.killSwitch, "\(isOn)")
      case .putPolicy(let policy, _): (.policy(policy.account), "\(policy)")
      case .putConsent(let payer, let consent): (.consent(payer), "\(consent)")
      case .withdrawConsent(let payer, _): (.consent(payer), "none")
      case .removeCard(let id): (.card(id), "removed")
      case .putCard(let stored): (.card(stored.card.id), nil)
      case .putCaps(let rule): (.caps(rule.scope, rule.currency), "\(rule)")
      case .putRamp(let standing): (.ramp, "\(standing)")
      case .putPrice(let price): (.price(price.currency), "\(price)")
      case .settleByHand(let object, _): (.settledByHand(object), "true")
      default: nil
      }
    }
  }

  /// Where the store has something else; from then on that counts.
  mutating func load(_ snapshot: any StoreSnapshot) throws(StoreError) -> [Violation] {
    var faults: [Violation] = []
    for (setting, value) in known.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      let stored = try Self.stored(setting, snapshot)
      guard stored != value else { continue }
      let mayBe = wanted[setting] ?? []
      if !mayBe.contains(stored), !mayBe.contains("") {
        faults.append(Violation("47, 50", "\(setting) was set to \(value), and is \(stored)"))
      }
      known[setting] = stored
    }
    wanted = [:]
    return faults
  }

  private static func stored(
    _ setting: Setting, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> String {
    switch setting {
    case .killSwitch: return "\(try snapshot.settings().isKillSwitchOn)"
    case .policy(let account): return try snapshot.account(account).policy.map { "\($0)" } ?? "none"
    case .consent(let payer):
      return try snapshot.payer(payer).consent.map { "\($0)" } ?? "none"
    case .card(let id): return try snapshot.card(id) == nil ? "removed" : "there"
    case .caps(let scope, let currency):
      let rule = try snapshot.caps(of: scope).first { $0.currency == currency }
      return rule.map { "\($0)" } ?? "none"
    case .ramp: return "\(try snapshot.rampStanding())"
    case .price(let currency):
      let price = try snapshot.acceptedPrices().first { $0.currency == currency }
      return price.map { "\($0)" } ?? "none"
    case .settledByHand(let object): return "\(try snapshot.isSettledByHand(object))"
    }
  }
}
