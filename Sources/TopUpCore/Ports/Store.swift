/// The durable state of the service: SQLite, or a sibling.
///
/// Reads are snapshots; writes are whole ``Commit``s, applied together or not at all. The pattern
/// everywhere is: read, decide purely, commit under the versions that were read, and begin again on
/// a conflict. No outside call is ever made inside (invariant 31).
package protocol Store: Sendable {
  /// Reads one consistent state, on the caller's thread. Short: a point look-up or one page; what is
  /// long says so, and is not done on a loop.
  func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value

  /// Applies a commit and returns when it is durable.
  ///
  /// - Throws: ``StoreError/conflict(_:)`` when a condition did not hold and nothing was written;
  ///   ``StoreError/inDoubt(_:)`` when only a restart can tell (invariant 49).
  func commit(_ commit: Commit) async throws(StoreError)
}

/// What a store failed at.
package enum StoreError: Error, Sendable, Hashable {
  case conflict(Conflict)
  /// Whether the commit was kept is not known; its keys find out (invariant 49).
  case inDoubt(String)
  /// No room: nothing was written.
  case full
  /// What was read cannot be: the file is damaged, or was changed from outside.
  case corrupt(String)
  /// Locked, closed, or from a newer version of this program.
  case unavailable(String)
}

/// Which condition of a commit did not hold.
package enum Conflict: Sendable, Hashable {
  /// Somebody changed the top-up, account or policy since it was read.
  case changed(String)
  /// An automatic top-up of the account is in flight (invariant 2).
  case inFlight
  /// A window would pass its cap (invariant 7).
  case capReached(String)
  /// The caller's key was used before (invariant 43).
  case keyUsed
  /// A newer writer took over (invariant 41).
  case fenced
  /// The thing named is not there.
  case missing(String)
  /// A rule of the store forbids it, and would again: another top-up's intent or chain event, a key
  /// that stands for another request, books that do not balance. A repeat does not help.
  case forbidden(String)
}

/// One consistent state of the store.
package protocol StoreSnapshot {
  func account(_ key: AccountKey) throws(StoreError) -> StoredAccount
  /// Of an account nobody has heard of: nothing known, nothing on its way.
  func balanceStanding(of account: AccountKey) throws(StoreError) -> BalanceStanding
  func intakeStanding(of account: AccountKey) throws(StoreError) -> IntakeStanding
  func topUp(_ id: TopUpID) throws(StoreError) -> TopUp?
  /// Newest first.
  func topUps(_ query: TopUpQuery) throws(StoreError) -> [TopUp]
  /// Non-terminal top-ups of an account.
  func inFlight(_ account: AccountKey) throws(StoreError) -> [TopUp]
  /// Every non-terminal top-up, oldest first, from after an id: what a start picks up. Not whole: a
  /// start has a hundred thousand of them to plan, and each is read when its turn comes.
  func unfinished(after: TopUpID?, limit: Int) throws(StoreError) -> [UnfinishedTopUp]
  /// What persons want done with a top-up as it is at a version, and no second one agreed to yet.
  func proposals(of id: TopUpID, version: Int64) throws(StoreError) -> [ReviewProposal]
  func transitions(of id: TopUpID) throws(StoreError) -> [StoredTransition]
  func entries(of id: TopUpID) throws(StoreError) -> [StoredEntry]
  /// The entry at a position, whosever it is.
  func entry(_ position: Int64) throws(StoreError) -> StoredEntry?
  /// Entries with a posting on an account's own ledger accounts, newest first.
  func entries(of account: AccountKey, before: Int64?, limit: Int) throws(StoreError)
    -> [StoredEntry]
  /// What an account's own ledger accounts stood at after the entry at a position, by name; without
  /// those that had no posting by then. Long: walks the account's postings back to there.
  func balances(of account: AccountKey, at position: Int64) throws(StoreError) -> [StoredBalance]
  /// What one ledger account stands at now.
  func balance(of account: LedgerAccount) throws(StoreError) -> Int128
  func creditMovement(_ id: String) throws(StoreError) -> StoredCreditMovement?
  /// In the order of their positions, after one of them; of an account, or of these tenants' payers
  /// alone, where they are named.
  func notices(_ query: NoticeQuery) throws(StoreError) -> [StoredNotice]
  /// Which notices are kept.
  func noticeRange() throws(StoreError) -> NoticeRange
  func request(caller: String, key: String) throws(StoreError) -> StoredRequest?

  func payer(_ payer: Payer) throws(StoreError) -> StoredPayer
  func card(_ id: PaymentMethodID) throws(StoreError) -> StoredCard?
  func setup(_ id: SetupIntentID) throws(StoreError) -> StoredSetup?
  /// Fingerprints of a payer's cards with an open breaker on an account that the payer pays or has
  /// paid for.
  func refusedCards(of payer: Payer) throws(StoreError) -> Set<String>
  func openBreakers(_ account: AccountKey) throws(StoreError) -> Set<String>
  /// When a card was tried, over all accounts, the newest first.
  func attempts(fingerprint: String, through: UnixTime, limit: Int) throws(StoreError) -> [UnixTime]
  /// When a card first paid for a payer, by a charge that was neither disputed nor given back as
  /// doubtful; nil when it never did.
  func provenSince(fingerprint: String, of payer: Payer) throws(StoreError) -> UnixTime?
  func capUse(_ key: String) throws(StoreError) -> (count: Int64, minorUnits: Int64)
  /// The caps of a scope that are in force, in each currency that has any, by its code.
  func caps(of scope: CapScope) throws(StoreError) -> [CapRule]
  /// How the ramp stands, as last put.
  func rampStanding() throws(StoreError) -> RampStanding
  /// What top-ups in flight will be ordered for and the ramp has not been seen to take on.
  func headroomClaims() throws(StoreError) -> Headroom.Claims
  /// The prices that quotes are held against, by their currencies' codes.
  func acceptedPrices() throws(StoreError) -> [AcceptedPrice]
  /// What a top-up has reserved, each with the cap that was in force (invariant 7).
  func reservations(of id: TopUpID) throws(StoreError) -> [StoredReservation]

  /// Accounts due for a look, the longest due first.
  func dueEvaluations(_ now: UnixTime, limit: Int) throws(StoreError) -> [AccountKey]
  /// Looks that are planned up to a moment, those that are due first, after one of them.
  func plannedLooks(
    after last: PlannedLook?, through horizon: UnixTime, limit: Int
  ) throws(StoreError) -> [PlannedLook]
  /// When an account is to be looked at; nil when it waits for nothing.
  func lookDue(_ account: AccountKey) throws(StoreError) -> UnixTime?
  /// When the next account falls due that is not due yet.
  func nextEvaluation(after now: UnixTime) throws(StoreError) -> UnixTime?
  func decisions(of account: AccountKey, before: Int64?, limit: Int) throws(StoreError)
    -> [StoredDecision]
  /// An account's last one that is no later than a moment, with its record.
  func decision(of account: AccountKey, asOf moment: UnixTime) throws(StoreError) -> StoredDecision?
  /// Everybody's or an account's, the oldest first, with their records.
  func decisionLog(
    of account: AccountKey?, after position: Int64, limit: Int
  ) throws(StoreError) -> [StoredDecision]
  /// An account's since a moment, the newest first, with their records.
  func decisionLog(
    of account: AccountKey, since moment: UnixTime, limit: Int
  ) throws(StoreError) -> [StoredDecision]
  /// The rule that is, or was last, tried beside an account's own.
  func shadow(of account: AccountKey) throws(StoreError) -> StoredShadow?
  /// What it would have done otherwise, the newest first.
  func shadowDifferences(
    of account: AccountKey, before position: Int64?, limit: Int
  ) throws(StoreError) -> [StoredShadowDifference]
  /// How long automatic top-ups took, the newest first.
  func leadTimes(limit: Int) throws(StoreError) -> [Duration]
  /// The answer to an occurrence; nil where it has none.
  func occurrence(_ name: String, of account: AccountKey) throws(StoreError) -> StoredOccurrence?
  /// The newest, by its moment, that has an answer.
  func lastOccurrence(of account: AccountKey) throws(StoreError) -> StoredOccurrence?
  /// The newest that an episode is for.
  func occurrence(of account: AccountKey, episode: Int64) throws(StoreError) -> StoredOccurrence?
  /// What an account owes in each currency in which it owes anything, by their codes (invariant 27).
  func debts(of account: AccountKey) throws(StoreError) -> [StoredDebt]
  /// The top-ups of an account for which something is owed, the oldest first.
  func owing(_ account: AccountKey) throws(StoreError) -> [TopUp]
  /// What a person wants to be forgiven of what an account owes since an entry.
  func debtReleaseProposal(
    of account: AccountKey, since position: Int64
  ) throws(StoreError) -> DebtReleaseProposal?
  func intentOwner(_ intent: PaymentIntentID) throws(StoreError) -> TopUpID?
  /// The link with a token of this digest.
  func authenticationLink(digest: [UInt8]) throws(StoreError) -> AuthenticationLink?
  func inboxEvent(_ id: String) throws(StoreError) -> StoredInboxEvent?
  /// What is noted of a movement at the processor.
  func movement(_ id: String) throws(StoreError) -> ProcessorMovement?
  /// Those since a moment that are noted, oldest first, after one of them.
  func movements(
    since: UnixTime, after: ProcessorMovement?, limit: Int
  ) throws(StoreError) -> [ProcessorMovement]
  /// Whose charge, refund or dispute something is.
  func movementOwner(_ source: String) throws(StoreError) -> TopUpID?
  /// How far what the processor and the ramp have to tell has been gone through.
  func outsideMarks() throws(StoreError) -> OutsideMarks
  /// Events that are to be tried now, those due longest first.
  ///
  /// - Parameter beyond: one that is due after that is tried now too: a clock that was wrong put it
  ///   there (invariant 48).
  func inboxWaiting(
    _ now: UnixTime, orBeyond beyond: UnixTime, limit: Int
  ) throws(StoreError) -> [InboxEvent]
  func inbox(stuckOnly: Bool, after: String?, limit: Int) throws(StoreError) -> [StoredInboxEvent]

  func sourceHighWater(_ source: SourceID) throws(StoreError) -> UInt64
  func reportedEvent(_ source: String, id: [UInt8]) throws(StoreError) -> [UInt8]?
  func settings() throws(StoreError) -> StoreSettings
  /// Whether a person has settled what an alarm was about.
  func isSettledByHand(_ object: String) throws(StoreError) -> Bool
  func head() throws(StoreError) -> LedgerHead
  func counts() throws(StoreError) -> StoreCounts
  /// Recomputes everything that can be recomputed. Long: reads the whole store.
  ///
  /// - Parameters:
  ///   - head: as it was exported at some time: shows a tail that was cut off, which the chain alone
  ///     cannot.
  ///   - isWanted: asked now and then; when it says no, the rest is not looked at.
  /// - Throws: ``StoreError/unavailable(_:)`` when it was not wanted to the end. What cannot be read
  ///   is a fault like any other, not thrown.
  func verdict(
    against head: LedgerHead?, while isWanted: () -> Bool
  ) throws(StoreError) -> StoreVerdict
}
