internal import TopUpCore

/// What an operator wants to be tried beside an account's own rule.
struct ShadowRequest: Sendable, Hashable {
  var account: AccountKey
  /// Nil to end the trial.
  var policy: Policy?
  /// The version that it was made from, 0 for none.
  var expected: Int64
  var actor: String
  var reason: String
}

/// Sets and tells the rules that are tried; every change is a new version, with who made it and why
/// (invariant 52).
struct ShadowKeeper {
  let store: any Store
  let clock: any WallClock
  let fence: Int64

  /// - Returns: the trial as it is; the same change made once more is the same version.
  /// - Throws: `versionConflict` when another change came in between, `invalid` for a rule that what
  ///   the account's own looks at cannot decide.
  func set(_ request: ShadowRequest) async throws(ServiceError) -> StoredShadow {
    let now = clock.now
    var policy = request.policy
    if let wanted = policy {
      try check(wanted)
      policy?.version = 0
      policy?.updated = now
    }
    let shadow = ShadowPolicy(
      account: request.account, policy: policy, version: request.expected &+ 1, set: now,
      actor: request.actor, reason: request.reason)
    do throws(StoreError) {
      try await store.commit(Commit(now: now, fence: fence, [.putShadow(shadow)]))
    } catch {
      guard case .conflict(.changed) = error else { throw .store(error) }
      let found = try stored(request.account)
      guard let found, found.shadow.isRepeated(by: shadow) else {
        throw .versionConflict(expected: request.expected, found: found?.shadow.version ?? 0)
      }
    }
    return try telling(of: "the trial") { () throws(ServiceError) in try get(request.account) }
  }

  /// - Throws: `notFound` where none was ever tried.
  func get(_ account: AccountKey) throws(ServiceError) -> StoredShadow {
    guard let found = try stored(account) else {
      throw .notFound(resource: "shadow policy", name: account.name)
    }
    return found
  }

  /// A rule that pays otherwise would be decided on cards and counters that are not its own.
  ///
  /// - Throws: `invalid` with what differs, `notFound` for an account without a rule.
  func check(_ policy: Policy) throws(ServiceError) {
    let account = try store.look { snapshot throws(StoreError) in
      try snapshot.account(policy.account)
    }
    guard let live = account.policy else {
      throw .notFound(resource: "policy", name: policy.account.name)
    }
    // Whose rule it is, is not told to who may not know.
    guard policy.payer == live.payer else {
      throw .invalid([FieldViolation("policy.payer", "must be the payer of the rule in force")])
    }
    var violations: [FieldViolation] = []
    if policy.currency != live.currency {
      violations.append(
        FieldViolation(
          "policy.currency", "must be \(live.currency.code), as of the rule in force"))
    }
    if policy.timeZone != live.timeZone {
      violations.append(
        FieldViolation(
          "policy.time_zone", "must be \(live.timeZone), as of the rule in force"))
    }
    for (index, line) in policy.schedules.enumerated()
    where !live.schedules.contains(where: { $0.sharesTime(with: line) }) {
      violations.append(
        FieldViolation(
          "policy.schedules[\(index)]",
          "must be on a day and minute of the rule in force: no other is looked at"))
    }
    guard violations.isEmpty else { throw .invalid(violations) }
  }

  private func stored(_ account: AccountKey) throws(ServiceError) -> StoredShadow? {
    try store.look { snapshot throws(StoreError) in try snapshot.shadow(of: account) }
  }
}

extension ShadowPolicy {
  /// Whether another says the same, whenever it was said: a repeat after a lost answer.
  fileprivate func isRepeated(by other: ShadowPolicy) -> Bool {
    var same = other
    same.set = set
    if let updated = policy?.updated { same.policy?.updated = updated }
    return same == self
  }
}
