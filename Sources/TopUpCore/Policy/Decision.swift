/// Everything that a decision looks at, as a value: the same input gives the same decision, byte
/// for byte (invariant 1).
package struct DecisionInput: Sendable, Hashable {
  package var account: AccountKey
  package var policy: Policy?
  package var state: AccountState
  package var claim: LowBalanceClaim?
  /// The finalized balance, read for this decision; nil when it could not be read. Of credits what
  /// the ledger says, read with all else: its height is the account's last entry.
  package var reading: KnownReading?
  /// Non-terminal top-ups of the account, with what each will bring.
  package var inFlight: [InFlight]
  package var cards: [CardChoice]
  package var consent: Consent?
  /// The windows the amount would be reserved in; nil when the counters could not be read.
  package var windows: [CapWindow]?
  /// The offer for the amount; nil before one was asked for.
  package var quote: QuoteState
  package var isKillSwitchOn: Bool
  package var clocks: ClockAgreement
  /// Why this store may not be the whole truth; nil when it is (invariant 50).
  package var storeIsBehind: String?
  /// What is known of the ramp; before it is, nothing is charged for it.
  package var ramp = RampView(
    standing: RampStanding(), headroom: .notAsked, price: nil, terms: RampTerms())
  /// How long a top-up takes, for what a balance must last.
  package var leadTime = LeadTime.unknown
  /// What the rule's calendar says now.
  package var schedule = ScheduleView.none
  /// What the account owes in the rule's currency, less what other top-ups in flight are to pay;
  /// minor units.
  package var owed: Int64 = 0
  /// What the tenant whose credits these are, or who pays, sells for.
  package var prices = PriceList()
  /// Seconds of one era, for the runway (domain §4).
  package var eraSeconds: Int64
  package var now: UnixTime

  /// How old a reading may be that decides anything (invariant 10).
  package static let readingAgeMax = Duration.seconds(60)

  package struct InFlight: Sendable, Hashable {
    package var id: TopUpID
    package var isAutomatic: Bool
    package var pending: Int128

    package init(id: TopUpID, isAutomatic: Bool, pending: Int128) {
      self.id = id
      self.isAutomatic = isAutomatic
      self.pending = pending
    }
  }

  package enum QuoteState: Sendable, Hashable {
    case notAsked
    case offered(Quote)
    case unavailable(String)
  }

  package init(
    account: AccountKey, policy: Policy?, state: AccountState, claim: LowBalanceClaim?,
    reading: KnownReading?, inFlight: [InFlight], cards: [CardChoice], consent: Consent?,
    windows: [CapWindow]?, quote: QuoteState, isKillSwitchOn: Bool, clocks: ClockAgreement,
    eraSeconds: Int64, now: UnixTime
  ) {
    self.account = account
    self.policy = policy
    self.state = state
    self.claim = claim
    self.reading = reading
    self.inFlight = inFlight
    self.cards = cards
    self.consent = consent
    self.windows = windows
    self.quote = quote
    self.isKillSwitchOn = isKillSwitchOn
    self.clocks = clocks
    self.eraSeconds = eraSeconds
    self.now = now
  }
}

/// What comes of it.
package enum Decision: Sendable, Hashable {
  /// Everything holds; the amount's price is needed before it can be decided.
  case needsQuote(QuoteRequest)
  case topUp(TopUpPlan)
  case skip(Skip)
}

/// A skip, with the figures behind it and when it is worth another look (invariant 51).
package struct Skip: Sendable, Hashable {
  package var cause: SkipCause
  package var effective: Int128?
  /// Whether the episode ends here: the balance was seen above the re-arm level.
  package var rearms: Bool
  /// Whether what sources claimed has its answer; until then the next look goes by it too.
  package var answersClaim: Bool
  /// When the account is looked at again without any event; nil when only a change helps.
  package var lookAgain: UnixTime?

  package init(
    _ cause: SkipCause, effective: Int128? = nil, rearms: Bool = false,
    answersClaim: Bool = false, lookAgain: UnixTime? = nil
  ) {
    self.cause = cause
    self.effective = effective
    self.rearms = rearms
    self.answersClaim = answersClaim
    self.lookAgain = lookAgain
  }

  package var reason: SkipReason { cause.reason }
  /// For people; made when it is asked for.
  package var explanation: String { cause.description }
}

/// A top-up that is to begin: what `DECIDED` says, before its reservation is made.
package struct TopUpPlan: Sendable, Hashable {
  /// What the account is funded for.
  package enum Grounds: Sendable, Hashable {
    case threshold(Int128)
    /// At the claimed use the balance lasts shorter than the rule wants; seconds.
    case runway(Int128, least: Int64)
    /// It would be empty before a top-up has come, or too soon after that.
    case arrival(Int128, LeadTime, margin: Duration)
    case schedule(Occurrence)
  }

  package var account: AccountKey
  package var payer: Payer
  package var grounds: Grounds
  package var episode: Int64?
  package var ordinal: Int
  package var amount: Money
  package var fee: Int64
  /// What of the amount pays a debt.
  package var debtPart: Int64 = 0
  package var quote: Quote?
  package var credits: Int128?
  package var cards: [CardReference]
  package var windows: [CapWindow]
  package var policyVersion: Int64
  package var slippageBasisPoints: Int64
  /// Nil where the balance was not asked for its word.
  package var effective: Int128?

  package init(
    account: AccountKey, payer: Payer, grounds: Grounds, episode: Int64?, ordinal: Int,
    amount: Money, fee: Int64, quote: Quote?, credits: Int128?, cards: [CardReference],
    windows: [CapWindow], policyVersion: Int64, slippageBasisPoints: Int64, effective: Int128?
  ) {
    self.account = account
    self.payer = payer
    self.grounds = grounds
    self.episode = episode
    self.ordinal = ordinal
    self.amount = amount
    self.fee = fee
    self.quote = quote
    self.credits = credits
    self.cards = cards
    self.windows = windows
    self.policyVersion = policyVersion
    self.slippageBasisPoints = slippageBasisPoints
    self.effective = effective
  }

  package var trigger: Trigger { grounds.trigger }

  /// Why the account is funded: what its trigger says, and nothing else. Made when asked for.
  package var explanation: String {
    let unit = account.unit
    let balance = effective.map { unit.text($0) } ?? "the balance"
    return switch grounds {
    case .threshold(let threshold):
      "\(balance) is not above the threshold of \(unit.text(threshold))"
    case .runway(let seconds, let least):
      "\(balance) lasts about \(seconds) s at the claimed use, less than \(least) s"
    case .arrival(let seconds, let leadTime, let margin):
      "\(balance) lasts about \(seconds) s at the claimed use, a top-up takes \(leadTime), and it "
        + "should arrive \(margin.components.seconds) s before the balance is empty"
    case .schedule(let occurrence):
      "the schedule charges \(occurrence.amount) for \(occurrence.name)"
    }
  }
}

extension TopUpPlan.Grounds {
  package var trigger: Trigger {
    switch self {
    case .threshold: .threshold
    case .runway, .arrival: .runway
    case .schedule: .schedule
    }
  }
}
