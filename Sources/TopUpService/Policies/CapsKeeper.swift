internal import TopUpCore

/// What an operator wants a tenant or the whole service to be charged at most.
struct CapsRequest: Sendable, Hashable {
  var scope: CapScope
  var currency: Currency
  var day: Policy.Cap
  var month: Policy.Cap
  var timeZone: String
  /// The version that it was made from, 0 for none.
  var expected: Int64
  var actor: String
  var reason: String
}

/// Caps in force, with what the windows of now have seen.
struct CapsInForce: Sendable, Hashable {
  var rule: CapRule
  var day: CapWindow
  var month: CapWindow
  var dayLabel: String
  var monthLabel: String
}

/// Sets and tells the caps of tenants and of the whole service; every change is a new version, with
/// who made it and why (invariants 6, 52).
struct CapsKeeper {
  let store: any Store
  let clock: any WallClock
  let zones: any TimeZones
  let fence: Int64

  /// A cap below what is used already stops further charges and breaks nothing: what is reserved
  /// keeps the cap it was reserved under (invariant 7).
  ///
  /// - Returns: the caps as they are in force; the same change made once more is the same version.
  /// - Throws: `versionConflict` when another change came in between.
  func set(_ request: CapsRequest) async throws(ServiceError) -> CapsInForce {
    guard zones.rules(of: request.timeZone) != nil else {
      throw .invalid([
        FieldViolation(
          "time_zone",
          "\(request.timeZone.cut(toBytes: 64)) is not a zone of this server's zone data")
      ])
    }
    let now = clock.now
    let rule = CapRule(
      scope: request.scope, currency: request.currency, day: request.day, month: request.month,
      timeZone: request.timeZone, version: request.expected &+ 1, set: now, actor: request.actor,
      reason: request.reason)
    let changes: [Change] = [
      .putCaps(rule),
      // Whoever was skipped for a cap is looked at again (invariant 51).
      .evaluateSkipped([.capReached], tenant: request.scope.tenant),
    ]
    do throws(StoreError) {
      try await store.commit(Commit(now: now, fence: fence, changes))
    } catch {
      guard case .conflict(.changed) = error else { throw .store(error) }
      let found = try inForce(request.scope, request.currency)
      // A repeat after a lost answer: it is what this change made.
      let isRepeat =
        found.version == rule.version && found.bounds(as: rule) && found.actor == rule.actor
        && found.reason == rule.reason
      guard isRepeat else {
        throw .versionConflict(expected: request.expected, found: found.version)
      }
    }
    return try telling(of: "the caps") { () throws(ServiceError) in
      try get(request.scope, request.currency)
    }
  }

  func get(_ scope: CapScope, _ currency: Currency) throws(ServiceError) -> CapsInForce {
    try described([try inForce(scope, currency)])[0]
  }

  /// Of each currency that has any.
  func all(of scope: CapScope) throws(ServiceError) -> [CapsInForce] {
    try described(try store.look { snapshot throws(StoreError) in try snapshot.caps(of: scope) })
  }

  private func inForce(_ scope: CapScope, _ currency: Currency) throws(ServiceError) -> CapRule {
    let rules = try store.look { snapshot throws(StoreError) in try snapshot.caps(of: scope) }
    return rules.first { $0.currency == currency } ?? .unset(scope, currency)
  }

  private func described(_ rules: [CapRule]) throws(ServiceError) -> [CapsInForce] {
    let now = clock.now
    let caps = CapWindows(zones)
    var described: [CapsInForce] = []
    for rule in rules {
      let found = try store.look { snapshot throws(StoreError) in
        try caps.windows(of: rule, now, snapshot)
      }
      guard let found, let zone = zones.rules(of: rule.timeZone) else {
        throw .store(.unavailable("no zone data for \(rule.timeZone)"))
      }
      described.append(
        CapsInForce(
          rule: rule, day: found[0], month: found[1],
          dayLabel: CalendarWindow(.day, containing: now, in: zone).label,
          monthLabel: CalendarWindow(.month, containing: now, in: zone).label))
    }
    return described
  }
}

extension CapScope {
  /// The tenant it is of; nil for the whole service.
  fileprivate var tenant: String? {
    switch self {
    case .service: nil
    case .tenant(let tenant): tenant
    }
  }
}
