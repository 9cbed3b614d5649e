extension DecisionWriter {
  /// All fields in the order of their declaration, `now` before them.
  mutating func input(_ input: DecisionInput) {
    account(input.account)
    optional(input.policy) { writer, policy in writer.policy(policy, of: input.account) }
    state(input.state)
    optional(input.claim) { $0.claim($1) }
    optional(input.reading) { $0.reading($1) }
    list(input.inFlight) { writer, other in
      writer.text(other.id.rawValue)
      writer.flag(other.isAutomatic)
      writer.amount(other.pending)
    }
    list(input.cards) { $0.card($1) }
    optional(input.consent) { $0.consent($1) }
    optional(input.windows) { $0.windows($1) }
    int(input.owed)
    quoteState(input.quote)
    flag(input.isKillSwitchOn)
    switch input.clocks {
    case .agree: tag(0)
    case .differ: tag(1)
    case .unknown: tag(2)
    }
    optional(input.storeIsBehind) { $0.text($1) }
    ramp(input.ramp)
    leadTime(input.leadTime)
    optional(input.schedule.due) { $0.occurrence($1) }
    optional(input.schedule.next) { $0.time($1) }
    prices(input.prices)
    int(input.eraSeconds)
  }

  private mutating func prices(_ list: PriceList) {
    self.list(list.rates) { writer, rate in
      writer.currency(rate.currency)
      writer.amount(rate.creditsPerMinorUnit)
    }
    self.list(list.tiers) { writer, tier in
      writer.text(tier.name)
      writer.money(tier.price)
      writer.amount(tier.credits)
      writer.amount(tier.bonus)
    }
  }

  mutating func leadTime(_ leadTime: LeadTime) {
    span(leadTime.p95)
    int(Int64(leadTime.samples))
  }

  mutating func occurrence(_ occurrence: Occurrence) {
    text(occurrence.name)
    time(occurrence.moment)
    money(occurrence.amount)
    flag(occurrence.isBegun)
  }

  // MARK: The account and its rule

  private mutating func account(_ account: AccountKey) {
    switch account {
    case .ddc(let ddc):
      tag(0)
      raw(ddc.cluster.bytes)
      raw(ddc.owner.bytes)
    case .credits(let credits):
      tag(1)
      text(credits.tenant)
      text(credits.user)
    }
  }

  mutating func policy(_ policy: Policy, of account: AccountKey) {
    // A rule is its account's own.
    optional(policy.account == account ? nil : policy.account) { $0.account($1) }
    text(policy.payer.tenant)
    text(policy.payer.user)
    flag(policy.isEnabled)
    amount(policy.threshold)
    switch policy.amount {
    case .fixed(let money):
      tag(0)
      self.money(money)
    case .refillTo(let target, let currency):
      tag(1)
      amount(target)
      self.currency(currency)
    case .tier(let name, let currency):
      tag(2)
      text(name)
      self.currency(currency)
    }
    int(policy.minPerTopUp)
    int(policy.maxPerTopUp)
    cap(policy.day)
    cap(policy.month)
    text(policy.timeZone)
    amount(policy.rearmMargin)
    span(policy.cooldown)
    span(policy.lowCooldown)
    optional(policy.minRunway) { $0.span($1) }
    int(policy.slippageBasisPoints)
    list(policy.cards) { $0.text($1.rawValue) }
    int(policy.version)
    time(policy.updated)
    hold(policy.hold)
    text(policy.remainder.rawValue)
    text(policy.debt.rawValue)
    optional(policy.arriveBeforeEmpty) { $0.span($1) }
    list(policy.schedules) { writer, line in
      writer.int(Int64(line.dayOfMonth))
      writer.int(Int64(line.minuteOfDay))
      writer.money(line.amount)
      writer.time(line.since)
    }
  }

  private mutating func hold(_ rule: HoldRule) {
    optional(rule.newCard) { $0.span($1) }
    optional(rule.risk) { $0.text($1.rawValue) }
    optional(rule.riskSpan) { $0.span($1) }
  }

  private mutating func cap(_ cap: Policy.Cap) {
    optional(cap.count) { $0.int($1) }
    optional(cap.minorUnits) { $0.int($1) }
  }

  private mutating func state(_ state: AccountState) {
    int(state.episode.ordinal)
    flag(state.episode.isArmed)
    int(Int64(state.episode.topUps))
    int(Int64(state.episode.declines))
    optional(state.reading) { $0.reading($1) }
    uint(state.lastCreditHeight)
    optional(state.lastCredited) { $0.time($1) }
    optional(state.lastFinished) { $0.time($1) }
    optional(state.backOffUntil) { $0.time($1) }
    list(state.blocks) { writer, block in
      writer.text(block.cause.rawValue)
      writer.text(block.actor)
      writer.text(block.reason)
      writer.time(block.since)
    }
    int(state.version)
  }

  private mutating func claim(_ claim: LowBalanceClaim) {
    tag(UInt8(claim.severity.rawValue))
    amount(claim.unbilled)
    amount(claim.burnPerEra)
    int(claim.events)
    time(claim.severitySeen)
  }

  private mutating func reading(_ reading: KnownReading) {
    amount(reading.active)
    amount(reading.total)
    flag(reading.exists)
    uint(reading.block.number)
    text(reading.block.hash)
    time(reading.readAt)
  }

  // MARK: Who pays, and within what

  mutating func reference(_ card: CardReference) {
    text(card.id.rawValue)
    text(card.customer.rawValue)
    text(card.fingerprint)
    text(card.brand)
    text(card.last4)
    optional(card.provenSince) { $0.time($1) }
  }

  private mutating func card(_ choice: CardChoice) {
    reference(choice.card)
    flag(choice.isBreakerOpen)
    optional(choice.restsUntil) { $0.time($1) }
  }

  private mutating func consent(_ consent: Consent) {
    text(consent.textVersion)
    time(consent.agreed)
    optional(consent.maxPerCharge) { $0.money($1) }
    optional(consent.maxPerMonth) { $0.money($1) }
    text(consent.actor)
  }

  /// The keys first and the names after them: each is like the one before.
  mutating func windows(_ windows: [CapWindow]) {
    list(windows) { $0.text($1.key) }
    for window in windows { text(window.name) }
    for window in windows {
      cap(window.cap)
      int(window.usedCount)
      int(window.usedMinorUnits)
      time(window.ends)
      optional(window.rule) { writer, rule in
        switch rule.scope {
        case .service: writer.tag(0)
        case .tenant(let tenant):
          writer.tag(1)
          writer.text(tenant)
        }
        writer.currency(rule.currency)
        writer.int(rule.version)
      }
    }
  }

  // MARK: The ramp

  mutating func quote(_ quote: Quote) {
    text(quote.id.rawValue)
    int(quote.rateNano)
    money(quote.gross)
    money(quote.fee)
    money(quote.net)
    amount(quote.tokens.units)
    time(quote.created)
    time(quote.expires)
  }

  private mutating func quoteState(_ state: DecisionInput.QuoteState) {
    switch state {
    case .notAsked: tag(0)
    case .offered(let quote):
      tag(1)
      self.quote(quote)
    case .unavailable(let reason):
      tag(2)
      text(reason)
    }
  }

  private mutating func ramp(_ ramp: RampView) {
    int(Int64(ramp.standing.compensations))
    optional(ramp.standing.opened) { $0.time($1) }
    optional(ramp.standing.probesAt) { $0.time($1) }
    optional(ramp.standing.probe) { $0.text($1.rawValue) }
    text(ramp.standing.cause)
    int(ramp.standing.version)
    switch ramp.headroom {
    case .notAsked: tag(0)
    case .told(let headroom):
      tag(1)
      amount(headroom.said.units)
      amount(headroom.claimed.units)
      int(headroom.through)
    case .unavailable(let reason):
      tag(2)
      text(reason)
    }
    optional(ramp.price) { writer, price in
      writer.currency(price.currency)
      writer.int(price.rateNano)
      writer.time(price.accepted)
      writer.text(price.actor)
      writer.text(price.reason)
      writer.int(price.version)
    }
    int(ramp.terms.band.percent)
    span(ramp.terms.probeSpan)
  }
}
