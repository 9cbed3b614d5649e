// What a store holds, as it is read.

package struct StoredAccount: Sendable, Hashable {
  package var policy: Policy?
  package var state: AccountState
  /// What events claim that no look has answered yet: the next one goes by it, whenever it is due.
  package var claim: LowBalanceClaim?
  package var evaluation: Evaluation?
  /// The rule that is tried beside its own; nil also where it cannot be read, for it is no part of
  /// what is decided.
  package var shadow: ShadowPolicy?

  package init(
    policy: Policy?, state: AccountState, claim: LowBalanceClaim?, evaluation: Evaluation?,
    shadow: ShadowPolicy? = nil
  ) {
    self.policy = policy
    self.state = state
    self.claim = claim
    self.evaluation = evaluation
    self.shadow = shadow
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
  /// The position of the entry that it corrects (invariant 25).
  package var corrects: Int64?

  package init(
    position: Int64, topUp: TopUpID?, description: String, legs: [Leg], at: UnixTime,
    corrects: Int64? = nil
  ) {
    self.corrects = corrects
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

  /// The rank of a new card that comes after all there are by then.
  package static let lastRank = Int.max

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

  /// By the name's bytes (``ExactText``).
  package static func == (one: SourceID, other: SourceID) -> Bool {
    one.epoch == other.epoch && one.name.isExactly(other.name)
  }

  package func hash(into hasher: inout Hasher) {
    name.hashExactly(into: &hasher)
    hasher.combine(epoch)
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

/// When an account is to be looked at next.
package struct PlannedLook: Sendable, Hashable {
  package let account: AccountKey
  package let due: UnixTime
  /// Tells those of one moment apart.
  package let place: Int64

  package init(account: AccountKey, due: UnixTime, place: Int64) {
    self.account = account
    self.due = due
    self.place = place
  }
}
