internal import TopUpCore

/// One state of the store, seen through a connection that is inside a read transaction.
///
/// Failures become the port's errors here; the queries stand in the files beside this one. A limit
/// below zero, which SQLite takes for none, is zero.
struct Snapshot: StoreSnapshot {
  let connection: Connection
  /// Nil where only the file is asked.
  var standings: StandingCache?
  /// How many groups of commits the file has in it.
  var group: UInt64 = 0

  func account(_ key: AccountKey) throws(StoreError) -> StoredAccount {
    try mapped { () throws(SQLiteError) in try connection.account(key) }
  }

  func balanceStanding(of account: AccountKey) throws(StoreError) -> BalanceStanding {
    guard let standings, case .ddc(let resting) = account else {
      return try storedBalanceStanding(of: account)
    }
    if let kept = standings.standing(of: resting, asOf: group) {
      assert((try? storedBalanceStanding(of: account)) == kept, "the file says otherwise")
      return kept
    }
    let stored = try storedBalanceStanding(of: account)
    standings.keep(stored, of: resting, asOf: group)
    return stored
  }

  private func storedBalanceStanding(of account: AccountKey) throws(StoreError) -> BalanceStanding {
    try mapped { () throws(SQLiteError) in try connection.balanceStanding(of: account) }
  }

  func intakeStanding(of account: AccountKey) throws(StoreError) -> IntakeStanding {
    try mapped { () throws(SQLiteError) in try connection.intakeStanding(of: account) }
  }

  func topUp(_ id: TopUpID) throws(StoreError) -> TopUp? {
    try mapped { () throws(SQLiteError) in
      guard let number = try connection.topUpNumber(id) else { return nil }
      return try connection.topUp(number)
    }
  }

  func topUps(_ query: TopUpQuery) throws(StoreError) -> [TopUp] {
    try mapped { () throws(SQLiteError) in try connection.topUps(query) }
  }

  func inFlight(_ account: AccountKey) throws(StoreError) -> [TopUp] {
    try mapped { () throws(SQLiteError) in try connection.inFlight(account) }
  }

  func unfinished(after: TopUpID?, limit: Int) throws(StoreError) -> [UnfinishedTopUp] {
    try mapped { () throws(SQLiteError) in try connection.unfinished(after, max(limit, 0)) }
  }

  func proposals(of id: TopUpID, version: Int64) throws(StoreError) -> [ReviewProposal] {
    try mapped { () throws(SQLiteError) in try connection.proposals(id, version) }
  }

  func transitions(of id: TopUpID) throws(StoreError) -> [StoredTransition] {
    try mapped { () throws(SQLiteError) in try connection.transitions(of: id) }
  }

  func entries(of id: TopUpID) throws(StoreError) -> [StoredEntry] {
    try mapped { () throws(SQLiteError) in try connection.entries(of: id) }
  }

  func entry(_ position: Int64) throws(StoreError) -> StoredEntry? {
    try mapped { () throws(SQLiteError) in try connection.entry(position) }
  }

  func entries(
    of account: AccountKey, before: Int64?, limit: Int
  ) throws(StoreError) -> [StoredEntry] {
    try mapped { () throws(SQLiteError) in
      try connection.entries(of: account, before, max(limit, 0))
    }
  }

  func balances(
    of account: AccountKey, at position: Int64
  ) throws(StoreError) -> [StoredBalance] {
    try mapped { () throws(SQLiteError) in try connection.balances(of: account, at: position) }
  }

  func request(caller: String, key: String) throws(StoreError) -> StoredRequest? {
    try mapped { () throws(SQLiteError) in try connection.request(caller, key) }
  }

  func payer(_ payer: Payer) throws(StoreError) -> StoredPayer {
    try mapped { () throws(SQLiteError) in try connection.payer(payer) }
  }

  func card(_ id: PaymentMethodID) throws(StoreError) -> StoredCard? {
    try mapped { () throws(SQLiteError) in try connection.card(id) }
  }

  func setup(_ id: SetupIntentID) throws(StoreError) -> StoredSetup? {
    try mapped { () throws(SQLiteError) in try connection.setup(id) }
  }

  func openBreakers(_ account: AccountKey) throws(StoreError) -> Set<String> {
    try mapped { () throws(SQLiteError) in try connection.openBreakers(account) }
  }

  func attempts(
    fingerprint: String, through: UnixTime, limit: Int
  ) throws(StoreError) -> [UnixTime] {
    try mapped { () throws(SQLiteError) in try connection.attempts(fingerprint, through, limit) }
  }

  func capUse(_ key: String) throws(StoreError) -> (count: Int64, minorUnits: Int64) {
    try mapped { () throws(SQLiteError) in try connection.capUse(key) }
  }

  func caps(of scope: CapScope) throws(StoreError) -> [CapRule] {
    try mapped { () throws(SQLiteError) in try connection.caps(of: scope) }
  }

  func rampStanding() throws(StoreError) -> RampStanding {
    try mapped { () throws(SQLiteError) in try connection.rampStanding() }
  }

  func headroomClaims() throws(StoreError) -> Headroom.Claims {
    try mapped { () throws(SQLiteError) in try connection.headroomClaims() }
  }

  func acceptedPrices() throws(StoreError) -> [AcceptedPrice] {
    try mapped { () throws(SQLiteError) in try connection.acceptedPrices() }
  }

  func reservations(of id: TopUpID) throws(StoreError) -> [StoredReservation] {
    try mapped { () throws(SQLiteError) in try connection.reservations(of: id) }
  }

  func dueEvaluations(_ now: UnixTime, limit: Int) throws(StoreError) -> [AccountKey] {
    try mapped { () throws(SQLiteError) in try connection.dueEvaluations(now, max(limit, 0)) }
  }

  func plannedLooks(
    after last: PlannedLook?, through horizon: UnixTime, limit: Int
  ) throws(StoreError) -> [PlannedLook] {
    try mapped { () throws(SQLiteError) in
      try connection.plannedLooks(last, horizon, max(limit, 0))
    }
  }

  func lookDue(_ account: AccountKey) throws(StoreError) -> UnixTime? {
    try mapped { () throws(SQLiteError) in try connection.lookDue(account) }
  }

  func nextEvaluation(after now: UnixTime) throws(StoreError) -> UnixTime? {
    try mapped { () throws(SQLiteError) in try connection.nextEvaluation(after: now) }
  }

  func decisions(
    of account: AccountKey, before: Int64?, limit: Int
  ) throws(StoreError) -> [StoredDecision] {
    try mapped { () throws(SQLiteError) in
      try connection.decisions(of: account, before, max(limit, 0))
    }
  }

  func decision(
    of account: AccountKey, asOf moment: UnixTime
  ) throws(StoreError) -> StoredDecision? {
    try mapped { () throws(SQLiteError) in try connection.decision(of: account, asOf: moment) }
  }

  func decisionLog(
    of account: AccountKey?, after position: Int64, limit: Int
  ) throws(StoreError) -> [StoredDecision] {
    try mapped { () throws(SQLiteError) in
      try connection.decisionLog(of: account, position, max(limit, 0))
    }
  }

  func decisionLog(
    of account: AccountKey, since moment: UnixTime, limit: Int
  ) throws(StoreError) -> [StoredDecision] {
    try mapped { () throws(SQLiteError) in
      try connection.decisionLog(of: account, since: moment, max(limit, 0))
    }
  }

  func shadow(of account: AccountKey) throws(StoreError) -> StoredShadow? {
    try mapped { () throws(SQLiteError) in try connection.shadow(of: account) }
  }

  func shadowDifferences(
    of account: AccountKey, before position: Int64?, limit: Int
  ) throws(StoreError) -> [StoredShadowDifference] {
    try mapped { () throws(SQLiteError) in
      try connection.shadowDifferences(of: account, position, max(limit, 0))
    }
  }

  func intentOwner(_ intent: PaymentIntentID) throws(StoreError) -> TopUpID? {
    try mapped { () throws(SQLiteError) in try connection.intentOwner(intent) }
  }

  func outsideMarks() throws(StoreError) -> OutsideMarks {
    try mapped { () throws(SQLiteError) in try connection.outsideMarks() }
  }

  func inboxWaiting(
    _ now: UnixTime, orBeyond beyond: UnixTime, limit: Int
  ) throws(StoreError) -> [InboxEvent] {
    try mapped { () throws(SQLiteError) in
      try connection.inboxWaiting(now, beyond, max(limit, 0))
    }
  }

  func inbox(stuckOnly: Bool, after: String?, limit: Int) throws(StoreError) -> [StoredInboxEvent] {
    try mapped { () throws(SQLiteError) in try connection.inbox(stuckOnly, after, max(limit, 0)) }
  }

  func sourceHighWater(_ source: SourceID) throws(StoreError) -> UInt64 {
    try mapped { () throws(SQLiteError) in try connection.highWater(source) }
  }

  func reportedEvent(_ source: String, id: [UInt8]) throws(StoreError) -> [UInt8]? {
    try mapped { () throws(SQLiteError) in try connection.reportedEvent(source, id) }
  }

  func settings() throws(StoreError) -> StoreSettings {
    try mapped { () throws(SQLiteError) in try connection.settings() }
  }

  func head() throws(StoreError) -> LedgerHead {
    try mapped { () throws(SQLiteError) in try connection.ledgerHead() }
  }

  func counts() throws(StoreError) -> StoreCounts {
    try mapped { () throws(SQLiteError) in try connection.counts() }
  }

  func verdict(
    against head: LedgerHead?, while isWanted: () -> Bool
  ) throws(StoreError) -> StoreVerdict {
    let verdict = Verification(connection).verdict(against: head, while: isWanted)
    guard isWanted() else { throw .unavailable("the verification was given up") }
    return verdict
  }
}
