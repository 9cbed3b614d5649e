/// One funding of one account: a value, changed only by ``applying(_:at:)``.
///
/// Holds no connection, clock or store. Its state and the phases of its attempt, order and refund
/// say which outside call comes next, so that a restart needs no path of its own.
package struct TopUp: Sendable, Hashable {
  package let id: TopUpID
  package let account: AccountKey
  package let payer: Payer
  package let trigger: Trigger
  /// The episode of the account (invariant 3); nil for a user's top-up.
  package let episode: Int64?
  /// What the card is charged; nothing changes it (invariant 47).
  package let amount: Money
  /// What of it is our fee and tax, fixed with the decision.
  package let fee: Int64
  package let tax: Int64
  /// What of the amount pays what the account owes, fixed with the decision (invariant 47); nothing
  /// is bought for it.
  package let debtPart: Int64
  /// The price it was decided at; nil for credits accounts.
  package let quote: Quote?
  /// Credits it grants, in the tenant's smallest unit; nil for DDC accounts.
  package let credits: Int128?
  package let onSession: Bool
  package let policyVersion: Int64
  package let slippageBasisPoints: Int64
  /// When the deposit waits, fixed with the decision (invariant 47).
  package let holdRule: HoldRule
  /// What becomes of what an order does not deliver, fixed with the decision (invariant 47).
  package let remainder: RemainderRule
  /// The cards to try, in order (invariant 20).
  package let cards: [CardReference]
  package let description: String
  package let created: UnixTime

  package var state: TopUpState
  /// Rises by one with each change; a write under an older one is refused.
  package var version: Int64
  package var books: Books
  package var attempts: [ChargeAttempt]
  package var orders: [DepositOrder]
  package var refunds: [RefundAttempt]
  /// What others took back of the charge.
  package var reversals: [Reversal]
  /// When it is looked at next without any event; nil when it is terminal.
  package var nextCheck: UnixTime?
  /// Looks without a change, for the back-off between them.
  package var looks: Int
  /// Why it waits for a person, and where it goes on.
  package var review: Review?
  package var updated: UnixTime
  /// Since when nothing new has been learnt: a call that is refused or lost, asked about, and made
  /// again is no news, however often the state changes with it (invariant 39).
  package var standsSince: UnixTime
  /// When a person last sent it on its way again: what was due before is due anew from then.
  package var resumed: UnixTime?
  /// Why the deposit waited, or waits; stays when that is over.
  package var hold: DepositHold?
  /// The tokens that a person accepted instead of those it was decided at.
  package var acceptedTokens: Planck?
  /// What a person says was delivered beyond what its orders show.
  package var wordTokens: Planck?
  /// Whether it had ended, and is open again for what was undone later: a refund that failed after
  /// all, or money that came back (invariant 37). It charges nothing any more, so that another
  /// automatic top-up of the account may be in flight beside it (invariant 2).
  package var isReopened = false
  /// Whether somebody wanted the charge back who was entitled to: that says nothing of the ramp
  /// (invariant 4).
  package var isRefundWished = false
  /// Whether an operator gave it back by word: nothing is ordered any more.
  package var isRefundOrdered = false
  /// Whether nobody gave the charge up: it was stopped by what forbids it now, or nobody came to it in
  /// time. Its account is decided anew, in the same episode (invariants 3, 47).
  package var isPutOff = false

  package struct Review: Sendable, Hashable {
    package var reason: String
    package var resume: TopUpState
    /// What the ramp offered, where the price moved too far to be taken without a person.
    package var offer: Planck?

    package init(reason: String, resume: TopUpState, offer: Planck? = nil) {
      self.reason = reason
      self.resume = resume
      self.offer = offer
    }
  }

  /// A top-up as it is decided: reserved, nothing sent.
  package init(
    id: TopUpID, account: AccountKey, payer: Payer, trigger: Trigger, episode: Int64?,
    amount: Money, fee: Int64, tax: Int64, quote: Quote?, credits: Int128?, onSession: Bool,
    policyVersion: Int64, slippageBasisPoints: Int64, cards: [CardReference],
    description: String, created: UnixTime, holdRule: HoldRule = .none,
    remainder: RemainderRule = .reorder, debtPart: Int64 = 0
  ) {
    self.debtPart = debtPart
    self.id = id
    self.account = account
    self.payer = payer
    self.trigger = trigger
    self.episode = episode
    self.amount = amount
    self.fee = fee
    self.tax = tax
    self.quote = quote
    self.credits = credits
    self.onSession = onSession
    self.policyVersion = policyVersion
    self.slippageBasisPoints = slippageBasisPoints
    self.holdRule = holdRule
    self.remainder = remainder
    self.cards = cards
    self.description = description
    self.created = created
    state = .reserved
    version = 1
    books = Books()
    attempts = []
    orders = []
    refunds = []
    reversals = []
    nextCheck = created
    looks = 0
    updated = created
    standsSince = created
  }

  /// The fee at the orders' own quotes, or as it was decided (invariant 32).
  package var feeDue: Int64 {
    guard let order else { return fee }
    return books.fee + (order.phase == .completed ? 0 : order.quote.fee.minorUnits)
  }

  /// What reaches the account, in minor units: the amount less fee, tax and what pays a debt.
  package var net: Int64 { amount.minorUnits - debtPart - feeDue - tax }

  /// What it is still to pay of the account's debt: pledged till it is charged.
  package var pledged: Int64 { books.charged == 0 && !state.isTerminal ? debtPart : 0 }

  /// The attempt that is under way, or the last one.
  package var attempt: ChargeAttempt? { attempts.last }
  /// The order that is under way, or the last one.
  package var order: DepositOrder? { orders.last }

  /// Tokens that its credit will bring, while it is on its way (invariant 10).
  package var pendingTokens: Planck {
    guard state.countsAsPending else { return .zero }
    if let order, order.phase == .completed { return missingTokens ?? .zero }
    return order?.quote.tokens ?? quote?.tokens ?? .zero
  }

  /// What its credit will bring in the account's own unit, while it is on its way (invariant 10):
  /// credits come all at once, and what is settled has come.
  package var pending: Int128 {
    switch account {
    case .ddc: pendingTokens.units
    case .credits: state.countsAsPending && settled == 0 ? credits ?? 0 : 0
    }
  }

  /// Whether it is what sources told the rule of: what a person buys beside the rule is not.
  package var answersClaim: Bool { state == .credited && trigger.isAutomatic }

  /// Tokens that have reached the account, by the orders' evidence or a person's.
  package var deliveredTokens: Planck {
    orders.reduce(wordTokens ?? .zero) { sum, order in
      order.phase == .completed
        ? Planck(sum.units.clampedSum(order.seen?.credited.units ?? 0)) : sum
    }
  }
}
