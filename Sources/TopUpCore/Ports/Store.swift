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
  func request(caller: String, key: String) throws(StoreError) -> StoredRequest?

  func payer(_ payer: Payer) throws(StoreError) -> StoredPayer
  /// Accounts whose policy names a payer, at most 1,000: those that a change of its cards concerns.
  func accounts(paidBy payer: Payer) throws(StoreError) -> [AccountKey]
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
  /// What stands taken back of an account's other top-ups, in minor units of whatever currency.
  func reversed(_ account: AccountKey, besides id: TopUpID) throws(StoreError) -> Int64
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
  func inboxWaiting(_ now: UnixTime, limit: Int) throws(StoreError) -> [InboxEvent]
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

// MARK: - What is stored

package struct StoredAccount: Sendable, Hashable {
  package var policy: Policy?
  package var state: AccountState
  /// What events claim that no look has answered yet: the next one goes by it, whenever it is due.
  package var claim: LowBalanceClaim?
  package var evaluation: Evaluation?

  package init(
    policy: Policy?, state: AccountState, claim: LowBalanceClaim?, evaluation: Evaluation?
  ) {
    self.policy = policy
    self.state = state
    self.claim = claim
    self.evaluation = evaluation
  }
}

/// An account that is to be looked at.
package struct Evaluation: Sendable, Hashable {
  package var due: UnixTime
  /// What events claim; nil for a look that no event caused (invariant 51).
  package var claim: LowBalanceClaim?
  /// Rises with each event folded in: a look clears only what it has seen.
  package var generation: Int64

  package init(due: UnixTime, claim: LowBalanceClaim?, generation: Int64) {
    self.due = due
    self.claim = claim
    self.generation = generation
  }
}

/// A top-up that has not ended, as far as it takes to plan its next look.
package struct UnfinishedTopUp: Sendable, Hashable {
  package var id: TopUpID
  /// Whether a person is waited for.
  package var isInReview: Bool
  package var nextCheck: UnixTime?

  package init(id: TopUpID, isInReview: Bool, nextCheck: UnixTime?) {
    self.id = id
    self.isInReview = isInReview
    self.nextCheck = nextCheck
  }
}

package struct TopUpQuery: Sendable, Hashable {
  package var account: AccountKey?
  package var states: Set<TopUpState>
  /// Only those that one of these tenants pays for; nil for everybody's.
  package var tenants: [String]?
  /// Only those before this one, by age.
  package var before: TopUpID?
  package var limit: Int

  package init(
    account: AccountKey? = nil, states: Set<TopUpState> = [], tenants: [String]? = nil,
    before: TopUpID? = nil, limit: Int
  ) {
    self.account = account
    self.states = states
    self.tenants = tenants
    self.before = before
    self.limit = limit
  }
}

package struct StoredTransition: Sendable, Hashable {
  package var version: Int64
  package var from: TopUpState?
  package var to: TopUpState
  package var cause: String
  package var at: UnixTime

  package init(
    version: Int64, from: TopUpState?, to: TopUpState, cause: String, at: UnixTime
  ) {
    self.version = version
    self.from = from
    self.to = to
    self.cause = cause
    self.at = at
  }
}

/// An entry as it stands in the ledger, with the balances it left.
package struct StoredEntry: Sendable, Hashable {
  package struct Leg: Sendable, Hashable {
    package var account: String
    package var asset: String
    package var amount: Int128
    package var balanceAfter: Int128

    package init(account: String, asset: String, amount: Int128, balanceAfter: Int128) {
      self.account = account
      self.asset = asset
      self.amount = amount
      self.balanceAfter = balanceAfter
    }
  }

  package var position: Int64
  package var topUp: TopUpID?
  package var description: String
  package var legs: [Leg]
  package var at: UnixTime

  package init(
    position: Int64, topUp: TopUpID?, description: String, legs: [Leg], at: UnixTime
  ) {
    self.position = position
    self.topUp = topUp
    self.description = description
    self.legs = legs
    self.at = at
  }
}

/// A caller's request that is remembered by its key (invariant 43).
package struct StoredRequest: Sendable, Hashable {
  package var caller: String
  package var key: String
  /// Of the request's content: another request under the key is told apart.
  package var digest: [UInt8]
  /// What it made: a top-up's id, a card's, a policy's version.
  package var result: String

  package init(caller: String, key: String, digest: [UInt8], result: String) {
    self.caller = caller
    self.key = key
    self.digest = digest
    self.result = result
  }
}

package struct StoredPayer: Sendable, Hashable {
  package var customer: CustomerID?
  /// In the order they are charged.
  package var cards: [StoredCard]
  package var consent: Consent?

  package init(customer: CustomerID?, cards: [StoredCard], consent: Consent?) {
    self.customer = customer
    self.cards = cards
    self.consent = consent
  }
}

package struct StoredCard: Sendable, Hashable {
  package var payer: Payer
  package var card: CardSnapshot
  /// 0 is charged first.
  package var rank: Int
  package var added: UnixTime

  package init(payer: Payer, card: CardSnapshot, rank: Int, added: UnixTime) {
    self.payer = payer
    self.card = card
    self.rank = rank
    self.added = added
  }
}

/// A card set-up that a person is to finish.
package struct StoredSetup: Sendable, Hashable {
  package var id: SetupIntentID
  package var payer: Payer
  package var makeDefault: Bool

  package init(id: SetupIntentID, payer: Payer, makeDefault: Bool) {
    self.id = id
    self.payer = payer
    self.makeDefault = makeDefault
  }
}

package struct StoredDecision: Sendable, Hashable {
  package var position: Int64
  package var account: AccountKey
  package var at: UnixTime
  package var topUp: TopUpID?
  package var skip: SkipReason?
  package var explanation: String
  package var effective: Int128?
  package var block: UInt64
  package var policyVersion: Int64
  package var episode: Int64
  package var events: Int64
  /// What it looked at and what came of it; nil where only the row was asked for.
  package var record: DecisionRecord?

  package init(
    position: Int64 = 0, account: AccountKey, at: UnixTime, topUp: TopUpID?, skip: SkipReason?,
    explanation: String, effective: Int128?, block: UInt64, policyVersion: Int64, episode: Int64,
    events: Int64, record: DecisionRecord? = nil
  ) {
    self.position = position
    self.account = account
    self.at = at
    self.topUp = topUp
    self.skip = skip
    self.explanation = explanation
    self.effective = effective
    self.block = block
    self.policyVersion = policyVersion
    self.episode = episode
    self.events = events
    self.record = record
  }
}

/// A webhook event on its way: received is one fact, applied another (invariant 35).
package struct InboxEvent: Sendable, Hashable {
  /// The processor's id of it.
  package var id: String
  package var type: String
  package var object: String
  package var intent: PaymentIntentID?
  package var body: [UInt8]
  package var received: UnixTime

  package init(
    id: String, type: String, object: String, intent: PaymentIntentID?, body: [UInt8],
    received: UnixTime
  ) {
    self.id = id
    self.type = type
    self.object = object
    self.intent = intent
    self.body = body
    self.received = received
  }
}

package struct StoredInboxEvent: Sendable, Hashable {
  package var event: InboxEvent
  package var applied: UnixTime?
  package var tries: Int
  package var lastError: String?
  /// Since when it is tried no more; nil while it is, and once it is applied.
  package var givenUp: UnixTime?

  package init(
    event: InboxEvent, applied: UnixTime?, tries: Int, lastError: String?, givenUp: UnixTime? = nil
  ) {
    self.givenUp = givenUp
    self.event = event
    self.applied = applied
    self.tries = tries
    self.lastError = lastError
  }
}

/// A source of low-balance events in one life of it.
package struct SourceID: Sendable, Hashable {
  package var name: String
  package var epoch: UInt64

  package init(name: String, epoch: UInt64) {
    self.name = name
    self.epoch = epoch
  }
}

package struct StoreSettings: Sendable, Hashable {
  /// This store's own id, named on the processor's customers (invariant 50).
  package var storeID: String
  package var isKillSwitchOn: Bool
  package var fence: Int64
  /// Why this file is not the whole truth of its store; nil when it is, as far as is known
  /// (invariant 50).
  package var behind: String?
  /// Up to when, by the processor's clock, what this file does not have was settled by persons; nil
  /// where it never was behind.
  package var settledThrough: UnixTime?

  package init(
    storeID: String, isKillSwitchOn: Bool, fence: Int64, behind: String? = nil,
    settledThrough: UnixTime? = nil
  ) {
    self.behind = behind
    self.settledThrough = settledThrough
    self.storeID = storeID
    self.isKillSwitchOn = isKillSwitchOn
    self.fence = fence
  }
}

/// How far the lists of the processor and the ramp have been gone through.
package struct OutsideMarks: Sendable, Hashable {
  /// By the processor's clock; nil before the first time.
  package var eventsThrough: UnixTime?
  /// The ramp's own; nil before its first order.
  package var ordersCursor: String?

  package init(eventsThrough: UnixTime? = nil, ordersCursor: String? = nil) {
    self.eventsThrough = eventsThrough
    self.ordersCursor = ordersCursor
  }
}

/// What one ledger account stood at after an entry.
package struct StoredBalance: Sendable, Hashable {
  /// The ledger account's name.
  package var account: String
  package var asset: String
  package var balance: Int128
  /// The last entry that changed it.
  package var position: Int64

  package init(account: String, asset: String, balance: Int128, position: Int64) {
    self.account = account
    self.asset = asset
    self.balance = balance
    self.position = position
  }
}

/// What one top-up has reserved in one window.
package struct StoredReservation: Sendable, Hashable {
  /// The window's key.
  package var window: String
  /// As it was when the reservation was made.
  package var cap: Policy.Cap
  package var minorUnits: Int64
  package var made: UnixTime
  package var released: UnixTime?

  package init(
    window: String, cap: Policy.Cap, minorUnits: Int64, made: UnixTime, released: UnixTime?
  ) {
    self.window = window
    self.cap = cap
    self.minorUnits = minorUnits
    self.made = made
    self.released = released
  }
}

package struct StoreCounts: Sendable, Hashable {
  package var unfinished: Int64
  package var inReview: Int64
  /// Events that are tried again by themselves.
  package var inboxWaiting: Int64
  /// Events that are tried no more.
  package var inboxGivenUp: Int64

  package init(
    unfinished: Int64, inReview: Int64, inboxWaiting: Int64, inboxGivenUp: Int64 = 0
  ) {
    self.inboxGivenUp = inboxGivenUp
    self.unfinished = unfinished
    self.inReview = inReview
    self.inboxWaiting = inboxWaiting
  }
}
