/// A rule that is tried beside an account's own: each look is decided by both, and only the account's
/// own acts. One version of it.
package struct ShadowPolicy: Sendable, Hashable {
  package var account: AccountKey
  /// Nil where the trial was ended.
  package var policy: Policy?
  /// From 1 on.
  package var version: Int64
  package var set: UnixTime
  package var actor: String
  package var reason: String

  package init(
    account: AccountKey, policy: Policy?, version: Int64, set: UnixTime, actor: String,
    reason: String
  ) {
    self.account = account
    self.policy = policy
    self.version = version
    self.set = set
    self.actor = actor
    self.reason = reason
  }

  /// What a look notes of it, in the commit that keeps what was decided; it can fail that commit in
  /// no way.
  ///
  /// - Parameter live: what the account's own rule decided on the input.
  /// - Returns: nil where no rule is tried.
  package func change(beside live: Decision, on input: DecisionInput) -> Change? {
    guard let policy else { return nil }
    let difference = ShadowDifference(
      at: input.now, live: live, shadow: input.decided(under: policy))
    return .noteShadow(account, version: version, difference)
  }
}
