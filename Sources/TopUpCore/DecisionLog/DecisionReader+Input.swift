extension DecisionReader {
  /// What ``DecisionWriter/input(_:)`` wrote.
  mutating func input() throws(DecisionCodecError) -> DecisionInput {
    let account = try account()
    let policy = try optional { reader throws(DecisionCodecError) in
      try reader.policy(of: account)
    }
    let state = try state()
    let claim = try optional { reader throws(DecisionCodecError) in try reader.claim() }
    let reading = try optional { reader throws(DecisionCodecError) in try reader.reading() }
    let inFlight = try list { reader throws(DecisionCodecError) in
      DecisionInput.InFlight(
        id: TopUpID(try reader.text()), isAutomatic: try reader.flag(),
        pending: try reader.amount())
    }
    let cards = try list { reader throws(DecisionCodecError) in try reader.card() }
    let consent = try optional { reader throws(DecisionCodecError) in try reader.consent() }
    let windows = try optional { reader throws(DecisionCodecError) in try reader.windows() }
    let owed = try int()
    let quote = try quoteState()
    let isKillSwitchOn = try flag()
    let clocks = try clocks()
    let behind = try optional { reader throws(DecisionCodecError) in try reader.text() }
    let ramp = try ramp()
    let leadTime = LeadTime(p95: try span(), samples: Int(try count()))
    let schedule = ScheduleView(
      due: try optional { reader throws(DecisionCodecError) in try reader.occurrence() },
      next: try optionalTime())
    let prices = try prices()
    var input = DecisionInput(
      account: account, policy: policy, state: state, claim: claim, reading: reading,
      inFlight: inFlight, cards: cards, consent: consent, windows: windows, quote: quote,
      isKillSwitchOn: isKillSwitchOn, clocks: clocks, eraSeconds: try int(), now: now)
    input.storeIsBehind = behind
    input.owed = owed
    input.ramp = ramp
    input.leadTime = leadTime
    input.schedule = schedule
    input.prices = prices
    return input
  }

  /// One that nobody could have set is none.
  private mutating func prices() throws(DecisionCodecError) -> PriceList {
    var prices = PriceList()
    let rates = try list { reader throws(DecisionCodecError) in
      PriceList.Rate(try reader.currency(), creditsPerMinorUnit: try reader.amount())
    }
    for rate in rates {
      guard let rate, prices.add(rate) else { throw .impossible("rate") }
    }
    let tiers = try list { reader throws(DecisionCodecError) in
      PriceTier(
        try reader.text(), price: try reader.money(), credits: try reader.amount(),
        bonus: try reader.amount())
    }
    for tier in tiers {
      guard let tier, prices.add(tier) else { throw .impossible("tier") }
    }
    return prices
  }

  private mutating func occurrence() throws(DecisionCodecError) -> Occurrence {
    Occurrence(
      name: try text(), moment: try time(), amount: try money(), isBegun: try flag())
  }

  private mutating func clocks() throws(DecisionCodecError) -> ClockAgreement {
    switch try tag() {
    case 0: .agree
    case 1: .differ
    case 2: .unknown
    default: throw .impossible("clocks")
    }
  }

  // MARK: The account and its rule

  private mutating func account() throws(DecisionCodecError) -> AccountKey {
    switch try tag() {
    case 0:
      guard let cluster = ClusterID(try raw(20)), let owner = AccountID32(try raw(32)) else {
        throw .impossible("account")
      }
      return .ddc(DDCAccount(cluster: cluster, owner: owner))
    case 1: return .credits(CreditsAccount(tenant: try text(), user: try text()))
    default: throw .impossible("account")
    }
  }

  mutating func policy(
    of account: AccountKey
  ) throws(DecisionCodecError) -> Policy {
    let other = try optional { reader throws(DecisionCodecError) in try reader.account() }
    let payer = Payer(tenant: try text(), user: try text())
    let isEnabled = try flag()
    let threshold = try amount()
    let amount: Policy.AmountRule
    switch try tag() {
    case 0: amount = .fixed(try money())
    case 1: amount = .refillTo(try self.amount(), try currency())
    case 2: amount = .tier(try text(), try currency())
    default: throw .impossible("amount")
    }
    var policy = Policy(
      account: other ?? account, payer: payer, isEnabled: isEnabled, threshold: threshold,
      amount: amount, minPerTopUp: try int(), maxPerTopUp: try int(), day: try cap(),
      month: try cap(), timeZone: try text(), rearmMargin: try self.amount(),
      cooldown: try span(), lowCooldown: try span(),
      minRunway: try optional { reader throws(DecisionCodecError) in try reader.span() },
      slippageBasisPoints: try int(),
      cards: try list { reader throws(DecisionCodecError) in
        PaymentMethodID(try reader.text())
      }, version: try int(), updated: try time(), hold: try hold(), remainder: try remainder())
    policy.debt = try debt()
    policy.arriveBeforeEmpty = try optional { reader throws(DecisionCodecError) in
      try reader.span()
    }
    policy.schedules = try list { reader throws(DecisionCodecError) in try reader.line() }
    return policy
  }

  /// As a calendar has them: what is beyond names no day and no minute.
  private mutating func line() throws(DecisionCodecError) -> ScheduledCharge {
    let (day, minute) = (try int(), try int())
    guard 1...31 ~= day, 0..<1440 ~= minute else { throw .impossible("schedule") }
    return ScheduledCharge(
      dayOfMonth: Int(day), minuteOfDay: Int(minute), amount: try money(), since: try time())
  }

  private mutating func hold() throws(DecisionCodecError) -> HoldRule {
    HoldRule(
      newCard: try optional { reader throws(DecisionCodecError) in try reader.span() },
      risk: try optional { reader throws(DecisionCodecError) in try reader.risk() },
      riskSpan: try optional { reader throws(DecisionCodecError) in try reader.span() })
  }

  private mutating func risk() throws(DecisionCodecError) -> RiskLevel {
    guard let risk = RiskLevel(rawValue: try text()) else { throw .impossible("risk") }
    return risk
  }

  private mutating func remainder() throws(DecisionCodecError) -> RemainderRule {
    guard let rule = RemainderRule(rawValue: try text()) else { throw .impossible("remainder") }
    return rule
  }

  private mutating func debt() throws(DecisionCodecError) -> DebtRule {
    guard let rule = DebtRule(rawValue: try text()) else { throw .impossible("debt rule") }
    return rule
  }

  private mutating func cap() throws(DecisionCodecError) -> Policy.Cap {
    let count = try optional { reader throws(DecisionCodecError) in try reader.int() }
    let minorUnits = try optional { reader throws(DecisionCodecError) in try reader.int() }
    return Policy.Cap(count: count, minorUnits: minorUnits)
  }

  private mutating func state() throws(DecisionCodecError) -> AccountState {
    let episode = AccountState.Episode(
      ordinal: try count(), isArmed: try flag(), topUps: Int(try count()),
      declines: Int(try count()))
    return AccountState(
      episode: episode,
      reading: try optional { reader throws(DecisionCodecError) in try reader.reading() },
      lastCreditHeight: try uint(), lastCredited: try optionalTime(),
      lastFinished: try optionalTime(), backOffUntil: try optionalTime(),
      blocks: try list { reader throws(DecisionCodecError) in try reader.block() },
      version: try int())
  }

  private mutating func block() throws(DecisionCodecError) -> AccountBlock {
    guard let cause = AccountBlock.Cause(rawValue: try text()) else { throw .impossible("block") }
    return AccountBlock(cause, actor: try text(), reason: try text(), since: try time())
  }

  private mutating func optionalTime() throws(DecisionCodecError) -> UnixTime? {
    try optional { reader throws(DecisionCodecError) in try reader.time() }
  }

  private mutating func claim() throws(DecisionCodecError) -> LowBalanceClaim {
    guard let severity = LowBalanceClaim.Severity(rawValue: Int(try tag())) else {
      throw .impossible("severity")
    }
    return LowBalanceClaim(
      severity: severity, unbilled: try amount(), burnPerEra: try amount(), events: try int(),
      severitySeen: try time())
  }

  private mutating func reading() throws(DecisionCodecError) -> KnownReading {
    KnownReading(
      active: try amount(), total: try amount(), exists: try flag(),
      block: BlockReference(number: try uint(), hash: try text()), readAt: try time())
  }

  // MARK: Who pays, and within what

  private mutating func card() throws(DecisionCodecError) -> CardChoice {
    let card = CardReference(
      id: PaymentMethodID(try text()), customer: CustomerID(try text()),
      fingerprint: try text(), brand: try text(), last4: try text(),
      provenSince: try optionalTime())
    return CardChoice(card: card, isBreakerOpen: try flag(), restsUntil: try optionalTime())
  }

  private mutating func consent() throws(DecisionCodecError) -> Consent {
    Consent(
      textVersion: try text(), agreed: try time(),
      maxPerCharge: try optional { reader throws(DecisionCodecError) in try reader.money() },
      maxPerMonth: try optional { reader throws(DecisionCodecError) in try reader.money() },
      actor: try text())
  }

  private mutating func windows() throws(DecisionCodecError) -> [CapWindow] {
    let keys = try list { reader throws(DecisionCodecError) in try reader.text() }
    var names: [String] = []
    for _ in keys { names.append(try text()) }
    var windows: [CapWindow] = []
    for (key, name) in zip(keys, names) {
      windows.append(
        CapWindow(
          key: key, name: name, cap: try cap(), usedCount: try int(), usedMinorUnits: try int(),
          ends: try time(),
          rule: try optional { reader throws(DecisionCodecError) in try reader.rule() }))
    }
    return windows
  }

  private mutating func rule() throws(DecisionCodecError) -> CapRule.Reference {
    let scope: CapScope
    switch try tag() {
    case 0: scope = .service
    case 1: scope = .tenant(try text())
    default: throw .impossible("scope")
    }
    return CapRule.Reference(scope: scope, currency: try currency(), version: try int())
  }

  // MARK: The ramp

  private mutating func quoteState() throws(DecisionCodecError) -> DecisionInput.QuoteState {
    switch try tag() {
    case 0: return .notAsked
    case 1:
      return .offered(
        Quote(
          id: QuoteID(try text()), rateNano: try int(), gross: try money(), fee: try money(),
          net: try money(), tokens: try tokens(), created: try time(),
          expires: try time()))
    case 2: return .unavailable(try text())
    default: throw .impossible("quote")
    }
  }

  private mutating func ramp() throws(DecisionCodecError) -> RampView {
    let standing = RampStanding(
      compensations: Int(try count()), opened: try optionalTime(), probesAt: try optionalTime(),
      probe: try optional { reader throws(DecisionCodecError) in TopUpID(try reader.text()) },
      cause: try text(), version: try int())
    let headroom: Headroom.Known
    switch try tag() {
    case 0: headroom = .notAsked
    case 1:
      headroom = .told(
        Headroom(said: try tokens(), claimed: try tokens(), through: try int()))
    case 2: headroom = .unavailable(try text())
    default: throw .impossible("headroom")
    }
    let price = try optional { reader throws(DecisionCodecError) in
      AcceptedPrice(
        currency: try reader.currency(), rateNano: try reader.int(),
        accepted: try reader.time(), actor: try reader.text(), reason: try reader.text(),
        version: try reader.int())
    }
    var terms = RampTerms()
    // A band that would be brought into its range is not written so, and refused as not canonical.
    terms.band = PriceBand(percent: try int())
    terms.probeSpan = try span()
    return RampView(standing: standing, headroom: headroom, price: price, terms: terms)
  }

  /// None are below zero, so that two of them have a difference.
  private mutating func tokens() throws(DecisionCodecError) -> Planck {
    let units = try amount()
    guard units >= 0 else { throw .impossible("tokens") }
    return Planck(units)
  }
}
