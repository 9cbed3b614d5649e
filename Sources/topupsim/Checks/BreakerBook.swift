import TopUpCore

/// Which cards are refused for which accounts, and by what each is let go again (invariant 18).
struct BreakerBook {
  /// Whoever read before a breaker opened may begin by then; nobody later.
  private static let grace = Duration.seconds(10)
  private static let declinesMax = 4

  private struct Breaker {
    /// By the world's clock.
    var opened: UnixTime
    var awaitsCorrection: Bool
  }

  private var open: [AccountKey: [String: Breaker]] = [:]

  /// - Parameters:
  ///   - before: the top-ups as they were before the commit.
  ///   - now: by the world's clock.
  mutating func faults(
    of commit: Commit, _ before: [TopUpID: TopUp], now: UnixTime
  ) -> [Violation] {
    var faults: [Violation] = []
    for change in commit.changes {
      switch change {
      case .beginTopUp(let topUp, _): faults += begun(topUp, now)
      case .openBreaker(let account, let fingerprint, _, let awaitsCorrection):
        let known = open[account]?[fingerprint]
        open[account, default: [:]][fingerprint] = Breaker(
          opened: known?.opened ?? now,
          awaitsCorrection: awaitsCorrection && known?.awaitsCorrection ?? true)
      case .clearBreaker(let account, let fingerprint, let actor):
        if !mayClear(account, fingerprint, actor, commit) {
          faults.append(
            Violation("18", "\(fingerprint) is let go for \(account.name) by \(actor)"))
        }
        open[account]?[fingerprint] = nil
      case .putCard(let card): corrected(card.card.fingerprint)
      default: break
      }
    }
    for case .moveTopUp(let topUp, _) in commit.changes
    where topUp.state.isTerminal && before[topUp.id]?.state.isTerminal == false
      && topUp.state != .expired && !topUp.isReopened
      && (topUp.trigger.isAutomatic || topUp.state == .credited)
    { faults += unopened(topUp) + unopenedAtLast(topUp, before) }
    return faults
  }

  /// Data that were typed in anew let those go that wait for that: which accounts, the store knows.
  private mutating func corrected(_ fingerprint: String) {
    for account in open.keys where open[account]?[fingerprint]?.awaitsCorrection == true {
      open[account]?[fingerprint] = nil
    }
  }

  /// A charge that succeeded with the card, or somebody by name and with a reason.
  private func mayClear(
    _ account: AccountKey, _ fingerprint: String, _ actor: String, _ commit: Commit
  ) -> Bool {
    guard actor == "charge" else { return actor.contains(": ") }
    return commit.changes.contains { change in
      guard case .moveTopUp(let topUp, _) = change else { return false }
      return topUp.account == account
        && topUp.attempts.contains {
          $0.phase == .succeeded && $0.card.fingerprint == fingerprint
        }
    }
  }

  private func begun(_ topUp: TopUp, _ now: UnixTime) -> [Violation] {
    topUp.cards.compactMap { card in
      guard let breaker = open[topUp.account]?[card.fingerprint],
        now.since(breaker.opened) > Self.grace
      else { return nil }
      return Violation("18", "\(topUp.id) is begun with \(card.fingerprint), which is refused")
    }
  }

  /// A card that was declined for good is refused from then on, unless it paid in the end.
  private func unopened(_ topUp: TopUp) -> [Violation] {
    topUp.attempts.compactMap { attempt in
      guard attempt.decline?.verdict.declineClass.breaksImmediately == true,
        open[topUp.account]?[attempt.card.fingerprint] == nil
      else { return nil }
      return Violation(
        "18", "\(topUp.id) was declined for good with \(attempt.card.fingerprint), and it is free")
    }
  }

  /// The fourth top-up of an episode that ends in declines has its card refused (invariant 18).
  private func unopenedAtLast(_ topUp: TopUp, _ before: [TopUpID: TopUp]) -> [Violation] {
    guard topUp.state == .declined, topUp.isDeclined, let episode = topUp.episode else { return [] }
    let earlier = before.values.count {
      $0.id != topUp.id && $0.account == topUp.account && $0.episode == episode
        && $0.state == .declined && $0.isDeclined
    }
    guard earlier >= Self.declinesMax - 1 else { return [] }
    let isRefused = topUp.attempts.contains {
      open[topUp.account]?[$0.card.fingerprint] != nil
    }
    return isRefused
      ? []
      : [
        Violation(
          "18",
          "\(topUp.id) is decline \(earlier + 1) of episode \(episode), and no card is refused"
        )
      ]
  }

  // MARK: After a restart

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(
    _ topUps: [TopUp], _ snapshot: any StoreSnapshot, now: UnixTime
  ) throws(StoreError) {
    let accounts = Set(topUps.map(\.account)).union(open.keys)
    for account in accounts.sorted(by: { $0.name < $1.name }) {
      let known = open[account] ?? [:]
      open[account] = [:]
      for fingerprint in try snapshot.openBreakers(account) {
        open[account, default: [:]][fingerprint] =
          known[fingerprint] ?? Breaker(opened: now, awaitsCorrection: true)
      }
    }
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() { open = [:] }
}

extension TopUp {
  /// Whether a card of it was declined in a way that counts.
  fileprivate var isDeclined: Bool {
    attempts.contains { $0.decline?.verdict.declineClass.countsTowardsBreaker ?? false }
  }
}
