/// The rule by which an account is funded by itself; every change is a new version.
package struct Policy: Sendable, Hashable {
  /// How much to buy.
  package enum AmountRule: Sendable, Hashable {
    case fixed(Money)
    /// What brings the balance up to this many of its smallest units.
    case refillTo(Int128, Currency)
    /// A tier of the seller's price list by its name, in a currency: its price, and where credits are
    /// bought what it grants.
    case tier(String, Currency)
  }

  /// A bound on what one calendar window may see; nil leaves it open.
  package struct Cap: Sendable, Hashable {
    package var count: Int64?
    package var minorUnits: Int64?

    package init(count: Int64? = nil, minorUnits: Int64? = nil) {
      self.count = count
      self.minorUnits = minorUnits
    }
  }

  package var account: AccountKey
  package var payer: Payer
  package var isEnabled: Bool
  /// At or below it the balance is low; planck or credits.
  package var threshold: Int128
  package var amount: AmountRule
  package var minPerTopUp: Int64
  package var maxPerTopUp: Int64
  package var day: Cap
  package var month: Cap
  /// IANA name; its windows are computed outside the core's decision.
  package var timeZone: String
  /// How far above the threshold re-arms, beyond a tenth of it (domain §11, rule 5).
  package var rearmMargin: Int128
  package var cooldown: Duration
  package var lowCooldown: Duration
  package var minRunway: Duration?
  /// How long before the balance is empty a top-up that begins now should have arrived; nil where
  /// that does not make a balance low.
  package var arriveBeforeEmpty: Duration?
  /// What is charged by the calendar, whatever the balance.
  package var schedules: [ScheduledCharge]
  package var slippageBasisPoints: Int64
  /// Which charges wait before their deposit.
  package var hold: HoldRule
  package var remainder: RemainderRule
  /// What becomes of what is taken back after it was delivered.
  package var debt: DebtRule
  /// The cards to try, in order; the payer's own order when empty.
  package var cards: [PaymentMethodID]
  package var version: Int64
  package var updated: UnixTime

  package init(
    account: AccountKey, payer: Payer, isEnabled: Bool, threshold: Int128, amount: AmountRule,
    minPerTopUp: Int64, maxPerTopUp: Int64, day: Cap, month: Cap, timeZone: String,
    rearmMargin: Int128, cooldown: Duration, lowCooldown: Duration, minRunway: Duration?,
    slippageBasisPoints: Int64, cards: [PaymentMethodID], version: Int64, updated: UnixTime,
    hold: HoldRule = HoldRule(), remainder: RemainderRule = .reorder,
    arriveBeforeEmpty: Duration? = nil, schedules: [ScheduledCharge] = [], debt: DebtRule = .block
  ) {
    self.account = account
    self.payer = payer
    self.isEnabled = isEnabled
    self.threshold = threshold
    self.amount = amount
    self.minPerTopUp = minPerTopUp
    self.maxPerTopUp = maxPerTopUp
    self.day = day
    self.month = month
    self.timeZone = timeZone
    self.rearmMargin = rearmMargin
    self.cooldown = cooldown
    self.lowCooldown = lowCooldown
    self.minRunway = minRunway
    self.arriveBeforeEmpty = arriveBeforeEmpty
    self.schedules = schedules
    self.slippageBasisPoints = slippageBasisPoints
    self.hold = hold
    self.remainder = remainder
    self.debt = debt
    self.cards = cards
    self.version = version
    self.updated = updated
  }

  /// What it charges in.
  package var currency: Currency {
    switch amount {
    case .fixed(let money): money.currency
    case .refillTo(_, let currency), .tier(_, let currency): currency
    }
  }

  /// A balance above this ends the episode: threshold + max(a tenth, the margin).
  package var rearmLevel: Int128 {
    let tenth = threshold / 10
    let (level, overflow) = threshold.addingReportingOverflow(max(tenth, rearmMargin))
    return overflow ? .max : level
  }
}
