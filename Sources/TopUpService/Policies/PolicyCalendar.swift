internal import TopUpCore

/// What a rule's calendar says at a look: which occurrence waits for its answer, and when the next one
/// comes (invariants 3, 48, 51).
struct PolicyCalendar {
  /// How soon a zone is looked for again that is not known: what is due then is not forgotten.
  private static let zoneRetry = Duration.seconds(60)

  private let zones: any TimeZones

  init(_ zones: any TimeZones) { self.zones = zones }

  func view(
    of policy: Policy, _ state: AccountState, _ now: UnixTime, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> ScheduleView {
    guard policy.isEnabled, !policy.schedules.isEmpty else { return .none }
    guard let zone = zones.rules(of: policy.timeZone) else {
      return ScheduleView(next: now.advanced(by: Self.zoneRetry))
    }
    return ScheduleView(
      due: try due(policy, state, now, zone, snapshot),
      next: policy.nextOccurrence(after: now, in: zone))
  }

  /// What an open episode is for comes first: it has begun.
  private func due(
    _ policy: Policy, _ state: AccountState, _ now: UnixTime, _ zone: TimeZoneRules,
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> Occurrence? {
    let account = policy.account
    // An older copy of a store may have forgotten what was charged up to there (invariant 50).
    let settled = try snapshot.settings().settledThrough
    if !state.episode.isArmed,
      let open = try snapshot.occurrence(of: account, episode: state.episode.ordinal),
      settled.map({ open.moment > $0 }) ?? true,
      let pursued = policy.pursued(open, in: zone)
    {
      return pursued
    }
    let answered = try snapshot.lastOccurrence(of: account)?.moment
    let last = max(
      answered ?? UnixTime(milliseconds: 0),
      settled?.advanced(by: .milliseconds(1)) ?? UnixTime(milliseconds: 0))
    // From the last one on and not after it: two lines may share a moment. What has its answer is
    // known by its name, wherever clocks and zones have moved its moment to.
    for occurrence in policy.occurrences(from: last, through: now, in: zone)
    where try snapshot.occurrence(occurrence.name, of: account) == nil {
      return occurrence
    }
    return nil
  }
}
