internal import TopUpCore

/// Accounts whose next look was planned by a clock that was ahead: they are looked at now, and not as
/// much later as it was ahead (invariants 48, 51).
///
/// Who planned what is not stored, so that all that is planned for up to a horizon is gone through
/// once, by when it is due. A look too many decides what the one before it did.
struct Recall {
  /// Up to when the looks are planned that are brought forward.
  let horizon: UnixTime
  /// The last that was taken out of the store's order.
  private(set) var last: PlannedLook?
  /// Those that are still to be looked at, or to be looked at again after a look that failed.
  private(set) var accounts: [AccountKey] = []
  /// All that were taken out. What a look plans is behind the last one again, and is by the right
  /// clock: it is not brought forward, or a look that is planned again and again would be made at once
  /// each time.
  private var brought: Set<AccountKey> = []

  init(through horizon: UnixTime) { self.horizon = horizon }

  mutating func add(_ page: [PlannedLook]) {
    for look in page where brought.insert(look.account).inserted { accounts.append(look.account) }
    last = page.last ?? last
  }

  mutating func wasSeen(_ account: AccountKey) { accounts.removeAll { $0 == account } }
}
