import TopUpCore

/// Inputs of decisions with anything in any field, ends of ranges more often than not.
struct ArbitraryInput {
  private var chance: SeededGenerator
  private let now: UnixTime

  init(seed: UInt64) {
    var chance = SeededGenerator(seed: seed)
    now = UnixTime(milliseconds: chance.spread(upTo: 4_000_000_000_000))
    self.chance = chance
  }

  mutating func make() -> DecisionInput {
    let account = account()
    let policy = maybe { $0.policy(of: account) }
    let state = state()
    let claim = maybe { $0.claim() }
    let reading = maybe { $0.reading() }
    let inFlight = list { other in
      DecisionInput.InFlight(
        id: TopUpID(other.text()), isAutomatic: other.flag(), pending: other.amount())
    }
    let cards = list { $0.card() }
    let consent = maybe { $0.consent() }
    let windows = maybe { $0.list { $0.window() } }
    var input = DecisionInput(
      account: account, policy: policy, state: state, claim: claim, reading: reading,
      inFlight: inFlight, cards: cards, consent: consent, windows: windows, quote: quoteState(),
      isKillSwitchOn: flag(), clocks: pick([.agree, .differ, .unknown]), eraSeconds: int(),
      now: now)
    input.storeIsBehind = maybe { $0.text() }
    input.ramp = ramp()
    input.leadTime = LeadTime(p95: span(), samples: Int(max(0, count())))
    for currency in [Currency.usd, .eur, .jpy] where flag() {
      let rate = PriceList.Rate(currency, creditsPerMinorUnit: amount())
      if let rate { _ = input.prices.add(rate) }
    }
    for name in ["a", "starter", "日本"] where flag() {
      let tier = PriceTier(name, price: money(), credits: amount(), bonus: amount())
      if let tier { _ = input.prices.add(tier) }
    }
    input.schedule = ScheduleView(due: maybe { $0.occurrence() }, next: maybe { $0.time() })
    return input
  }

  // MARK: Small things

  private mutating func flag() -> Bool { Bool.random(using: &chance) }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: values.indices, using: &chance)]
  }

  private mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
    flag() ? make(&self) : nil
  }

  private mutating func list<Value>(_ make: (inout Self) -> Value) -> [Value] {
    (0..<Int.random(in: 0...4, using: &chance)).map { _ in make(&self) }
  }

  private mutating func int() -> Int64 {
    let some = chance.spread(upTo: .max)
    return pick([0, 1, -1, 50, .max, .min, some, -some])
  }

  private mutating func amount() -> Int128 {
    let some = Int128(int()) * Int128(chance.spread(upTo: .max))
    return pick([0, 1, -1, .max, .min, some])
  }

  private mutating func count() -> Int64 { chance.spread(upTo: 1_000_000) - 1 }
  private mutating func time() -> UnixTime { UnixTime(milliseconds: int()) }

  private mutating func span() -> Duration {
    pick([
      .zero, .seconds(3_600), .milliseconds(-1_500), .nanoseconds(chance.spread(upTo: .max)),
    ])
  }

  /// Alike and unlike, empty, in hex, and in more than one script.
  private mutating func text() -> String {
    let digits = Hex.prefixedText((0..<32).map { _ in UInt8.random(in: 0...255, using: &chance) })
    return pick([
      "", "a", "account:ddc:07:day:UTC:2026-11-21:USD", "account:ddc:07:month:UTC:2026-11:USD",
      digits, "0x", "0xABCD", "0xabc", "Zürich", "Zu\u{308}rich", "日本", "\(int())",
    ])
  }

  private mutating func money() -> Money {
    Money(minorUnits: int(), pick([Currency.usd, .eur, .jpy]))
  }

  // MARK: The parts

  private mutating func account() -> AccountKey {
    flag() ? .ddc(Sample.dragon) : .credits(CreditsAccount(tenant: text(), user: text()))
  }

  private mutating func cap() -> Policy.Cap {
    Policy.Cap(count: maybe { $0.int() }, minorUnits: maybe { $0.int() })
  }

  private mutating func policy(of own: AccountKey) -> Policy {
    Policy(
      account: flag() ? own : account(), payer: Payer(tenant: text(), user: text()),
      isEnabled: flag(), threshold: amount(),
      amount: pick([.fixed(money()), .refillTo(amount(), .eur), .tier(text(), .usd)]),
      minPerTopUp: int(),
      maxPerTopUp: int(), day: cap(), month: cap(), timeZone: text(), rearmMargin: amount(),
      cooldown: span(), lowCooldown: span(), minRunway: maybe { $0.span() },
      slippageBasisPoints: int(), cards: list { PaymentMethodID($0.text()) }, version: int(),
      updated: time(),
      hold: HoldRule(
        newCard: maybe { $0.span() }, risk: maybe { $0.pick(RiskLevel.allCases) },
        riskSpan: maybe { $0.span() }), remainder: pick(RemainderRule.allCases),
      arriveBeforeEmpty: maybe { $0.span() },
      schedules: list { other in
        ScheduledCharge(
          dayOfMonth: other.pick([1, 15, 31]), minuteOfDay: other.pick([0, 570, 1_439]),
          amount: other.money(), since: other.time())
      }, debt: pick(DebtRule.allCases))
  }

  private mutating func occurrence() -> Occurrence {
    Occurrence(name: text(), moment: time(), amount: money(), isBegun: flag())
  }

  private mutating func state() -> AccountState {
    AccountState(
      episode: .init(
        ordinal: count(), isArmed: flag(), topUps: Int(count()), declines: Int(count())),
      reading: maybe { $0.reading() }, lastCreditHeight: UInt64(bitPattern: int()),
      lastCredited: maybe { $0.time() }, lastFinished: maybe { $0.time() },
      backOffUntil: maybe { $0.time() },
      blocks: list { other in
        AccountBlock(
          other.pick(AccountBlock.Cause.allCases), actor: other.text(), reason: other.text(),
          since: other.time())
      }, version: int())
  }

  private mutating func claim() -> LowBalanceClaim {
    LowBalanceClaim(
      severity: pick(LowBalanceClaim.Severity.allCases), unbilled: amount(),
      burnPerEra: amount(), events: int(), severitySeen: time())
  }

  private mutating func reading() -> KnownReading {
    KnownReading(
      active: amount(), total: amount(), exists: flag(),
      block: BlockReference(number: UInt64(bitPattern: int()), hash: text()), readAt: time())
  }

  private mutating func card() -> CardChoice {
    CardChoice(
      card: CardReference(
        id: PaymentMethodID(text()), customer: CustomerID(text()), fingerprint: text(),
        brand: text(), last4: text(), provenSince: maybe { $0.time() }),
      isBreakerOpen: flag(), restsUntil: maybe { $0.time() })
  }

  private mutating func consent() -> Consent {
    Consent(
      textVersion: text(), agreed: time(), maxPerCharge: maybe { $0.money() },
      maxPerMonth: maybe { $0.money() }, actor: text())
  }

  private mutating func window() -> CapWindow {
    CapWindow(
      key: text(), name: text(), cap: cap(), usedCount: int(), usedMinorUnits: int(),
      ends: time(),
      rule: maybe { other in
        CapRule.Reference(
          scope: other.flag() ? .service : .tenant(other.text()), currency: .usd,
          version: other.int())
      })
  }

  private mutating func quoteState() -> DecisionInput.QuoteState {
    let quote = Quote(
      id: QuoteID(text()), rateNano: int(), gross: money(), fee: money(), net: money(),
      tokens: Planck(max(0, amount())), created: time(), expires: time())
    return pick([.notAsked, .offered(quote), .unavailable(text())])
  }

  private mutating func ramp() -> RampView {
    let standing = RampStanding(
      compensations: Int(count()), opened: maybe { $0.time() }, probesAt: maybe { $0.time() },
      probe: maybe { TopUpID($0.text()) }, cause: text(), version: int())
    let told = Headroom(
      said: Planck(max(0, amount())), claimed: Planck(max(0, amount())), through: int())
    let price = maybe { other in
      AcceptedPrice(
        currency: .usd, rateNano: other.int(), accepted: other.time(), actor: other.text(),
        reason: other.text(), version: other.int())
    }
    var terms = RampTerms()
    terms.band = PriceBand(percent: int())
    terms.probeSpan = span()
    return RampView(
      standing: standing, headroom: pick([.notAsked, .told(told), .unavailable(text())]),
      price: price, terms: terms)
  }
}
