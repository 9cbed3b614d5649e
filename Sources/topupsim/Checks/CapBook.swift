import TopUpCore

/// Counts by itself what every window of every level has seen, and holds each commit against the
/// caps that are in force by then (invariants 6, 7, 8).
struct CapBook {
  private struct Use {
    var count: Int64 = 0
    var minorUnits: Int64 = 0
  }

  private struct Held {
    var windows: [String]
    var minorUnits: Int64
  }

  private var inForce: [String: CapRule] = [:]
  /// Each version of an account's rule.
  private var policies: [AccountKey: [Int64: Policy]] = [:]
  /// What each payer agrees to, where that is known.
  private var consents: [Payer: Consent?] = [:]
  private var used: [String: Use] = [:]
  private var held: [TopUpID: Held] = [:]

  /// - Returns: what is wrong with a commit.
  mutating func faults(of commit: Commit) -> [String] {
    var faults: [String] = []
    for change in commit.changes {
      switch change {
      case .putPolicy(let policy, _):
        policies[policy.account, default: [:]][policy.version] = policy
      case .putConsent(let payer, let consent): consents[payer] = .some(consent)
      case .withdrawConsent(let payer, _): consents[payer] = .some(nil)
      case .putCaps(let rule): inForce[Self.name(rule.scope, rule.currency)] = rule
      case .reserve(let id, let windows, let minorUnits):
        faults += reserve(id, windows, minorUnits, commit)
      case .release(let id): release(id)
      default: break
      }
    }
    return faults
  }

  private static func name(_ scope: CapScope, _ currency: Currency) -> String {
    "\(scope.name):\(currency.code)"
  }

  private mutating func reserve(
    _ id: TopUpID, _ windows: [CapWindow], _ minorUnits: Int64, _ commit: Commit
  ) -> [String] {
    var faults = missing(id, windows, commit)
    for window in windows {
      used[window.key, default: Use()].count += 1
      used[window.key]?.minorUnits += minorUnits
      let use = used[window.key] ?? Use()
      if let most = window.cap.minorUnits, use.minorUnits > most {
        faults.append("\(id) takes \(window.key) to \(use.minorUnits) of \(most)")
      }
      if let most = window.cap.count, use.count > most {
        faults.append("\(id) is number \(use.count) of \(most) in \(window.key)")
      }
      if let rule = window.rule { faults += unlike(rule, window, id) }
    }
    held[id] = Held(windows: windows.map(\.key), minorUnits: minorUnits)
    return faults
  }

  /// Every level counts every charge, in the day and the month of the commit.
  private func missing(
    _ id: TopUpID, _ windows: [CapWindow], _ commit: Commit
  ) -> [String] {
    let begun = commit.changes.compactMap {
      if case .beginTopUp(let topUp, _) = $0, topUp.id == id { topUp } else { nil }
    }.first
    guard let begun else { return ["\(id) reserves and is not begun"] }
    var faults =
      missingOfAccount(begun, windows, commit) + missingOfPayer(begun, windows, commit)
    for scope in [CapScope.service, .tenant(begun.payer.tenant)] {
      let rule = inForce[Self.name(scope, begun.amount.currency)]
      for span in CalendarWindow.Span.allCases {
        let window = CalendarWindow(span, containing: commit.now, in: .utc)
        let key = CapWindow.key(of: rule ?? .unset(scope, begun.amount.currency), window)
        if !windows.contains(where: { $0.key == key }) {
          faults.append("\(id) is not counted in \(key)")
        }
      }
    }
    return faults
  }

  /// An automatic charge counts in its account's day and month, by the clocks of the account's zone and
  /// under the caps of its rule.
  private func missingOfAccount(
    _ begun: TopUp, _ windows: [CapWindow], _ commit: Commit
  ) -> [String] {
    guard begun.trigger.isAutomatic,
      let policy = policies[begun.account]?[begun.policyVersion],
      let rules = SimulatedZones.known(policy.timeZone)
    else { return [] }
    return [(CalendarWindow.Span.day, policy.day), (.month, policy.month)].flatMap { span, cap in
      let label = CalendarWindow(span, containing: commit.now, in: rules).label
      return uncounted(
        begun,
        "account:\(begun.account.name):\(span.rawValue):\(policy.timeZone):\(label)"
          + ":\(begun.amount.currency.code)", under: cap, windows)
    }
  }

  /// What a payer is charged without being present counts in their month, under what they agreed to.
  private func missingOfPayer(
    _ begun: TopUp, _ windows: [CapWindow], _ commit: Commit
  ) -> [String] {
    guard !begun.onSession, let consent = consents[begun.payer] else { return [] }
    let month = CalendarWindow(.month, containing: commit.now, in: .utc)
    let key = CapWindow.payerMonthKey(begun.payer, month, begun.amount.currency)
    let faults = uncounted(
      begun, key, under: Policy.Cap(minorUnits: consent?.maxPerMonth?.minorUnits), windows)
    guard let consent else { return faults + ["\(begun.id) is begun, and nobody agrees to it"] }
    if let most = consent.maxPerCharge, begun.amount.minorUnits > most.minorUnits {
      return faults + ["\(begun.id) is \(begun.amount), agreed is \(most)"]
    }
    return faults
  }

  private func uncounted(
    _ begun: TopUp, _ key: String, under cap: Policy.Cap, _ windows: [CapWindow]
  ) -> [String] {
    guard let window = windows.first(where: { $0.key == key }) else {
      return ["\(begun.id) is not counted in \(key)"]
    }
    return window.cap == cap
      ? [] : ["\(begun.id) is counted in \(key) under \(window.cap), and it is \(cap)"]
  }

  /// The cap is that of the rule in force, not of an older one.
  private func unlike(
    _ rule: CapRule.Reference, _ window: CapWindow, _ id: TopUpID
  ) -> [String] {
    let known =
      inForce[Self.name(rule.scope, rule.currency)] ?? .unset(rule.scope, rule.currency)
    let cap = window.key.hasPrefix("\(rule.scope.name):day:") ? known.day : known.month
    return known.version == rule.version && cap == window.cap
      ? []
      : [
        "\(id) reserves under caps \(rule.version) of \(rule.scope.name), in force "
          + "are \(known.version)"
      ]
  }

  private mutating func release(_ id: TopUpID) {
    guard let reservation = held.removeValue(forKey: id) else { return }
    for key in reservation.windows {
      used[key]?.count -= 1
      used[key]?.minorUnits -= reservation.minorUnits
    }
  }

  // MARK: After a restart

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  ///
  /// - Returns: counters that are not what their reservations say.
  mutating func load(
    _ topUps: [TopUp], _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [String] {
    (inForce, used, held) = ([:], [:], [:])
    for payer in consents.keys {
      consents[payer] = .some(try snapshot.payer(payer).consent)
    }
    for account in policies.keys {
      if let policy = try snapshot.account(account).policy {
        policies[account]?[policy.version] = policy
      }
    }
    for scope in [CapScope.service] + Deeds.tenants.map({ .tenant($0) }) {
      for rule in try snapshot.caps(of: scope) { inForce[Self.name(scope, rule.currency)] = rule }
    }
    for topUp in topUps {
      let live = try snapshot.reservations(of: topUp.id).filter { $0.released == nil }
      guard let first = live.first else { continue }
      held[topUp.id] = Held(windows: live.map(\.window), minorUnits: first.minorUnits)
      for reservation in live {
        used[reservation.window, default: Use()].count += 1
        used[reservation.window]?.minorUnits += reservation.minorUnits
      }
    }
    var faults: [String] = []
    for (key, use) in used.sorted(by: { $0.key < $1.key }) {
      let stored = try snapshot.capUse(key)
      if stored.count != use.count || stored.minorUnits != use.minorUnits {
        faults.append("\(key) counts \(stored) and holds \(use)")
      }
    }
    return faults
  }
}
