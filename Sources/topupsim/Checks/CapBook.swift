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
  /// The zone of each version of an account's rule.
  private var zones: [AccountKey: [Int64: String]] = [:]
  private var used: [String: Use] = [:]
  private var held: [TopUpID: Held] = [:]

  /// - Returns: what is wrong with a commit.
  mutating func faults(of commit: Commit) -> [String] {
    var faults: [String] = []
    for change in commit.changes {
      switch change {
      case .putPolicy(let policy, _):
        zones[policy.account, default: [:]][policy.version] = policy.timeZone
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
    var faults = missingOfAccount(begun, windows, commit)
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

  /// An automatic charge counts in its account's day and month, by the clocks of the account's zone.
  private func missingOfAccount(
    _ begun: TopUp, _ windows: [CapWindow], _ commit: Commit
  ) -> [String] {
    guard begun.trigger.isAutomatic, let zone = zones[begun.account]?[begun.policyVersion],
      let rules = SimulatedZones.known(zone)
    else { return [] }
    let date = "\(rules.date(at: commit.now))"
    let day = "account:\(begun.account.name):day:\(zone):\(date):\(begun.amount.currency.code)"
    return windows.contains { $0.key == day } ? [] : ["\(begun.id) is not counted in \(day)"]
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
