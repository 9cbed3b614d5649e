internal import ProtobufRuntime
internal import TopUpAPI
internal import TopUpCore

// How messages become values of the core; every fault is gathered with its field.

extension RequestReader {
  mutating func account(_ account: TopUpAPI.Account?, _ field: String = "account") -> AccountKey? {
    switch account?.kind {
    case .ddc(let ddc):
      let cluster = cluster(ddc.clusterID, "\(field).ddc.cluster_id")
      let owner = owner(ddc.owner, "\(field).ddc.owner")
      guard let cluster, let owner else { return nil }
      return .ddc(TopUpCore.DDCAccount(cluster: cluster, owner: owner))
    case .credits(let credits):
      return .credits(
        TopUpCore.CreditsAccount(
          tenant: name(credits.tenant, "\(field).credits.tenant"),
          user: name(credits.user, "\(field).credits.user")))
    case nil:
      reject(FieldViolation(field, "is required: ddc or credits"))
      return nil
    }
  }

  mutating func payer(_ payer: TopUpAPI.Payer?, _ field: String = "payer") -> TopUpCore.Payer? {
    guard let payer else {
      reject(FieldViolation(field, "is required"))
      return nil
    }
    return TopUpCore.Payer(
      tenant: name(payer.tenant, "\(field).tenant"), user: name(payer.user, "\(field).user"))
  }

  mutating func charge(_ money: TopUpAPI.Money?, _ field: String) -> TopUpCore.Money? {
    guard let money else {
      reject(FieldViolation(field, "is required"))
      return nil
    }
    return charge(minorUnits: money.minorUnits, currency: money.currency, field)
  }

  mutating func refund(_ money: TopUpAPI.Money, _ field: String) -> TopUpCore.Money? {
    refund(minorUnits: money.minorUnits, currency: money.currency, field)
  }

  mutating func consent(
    _ consent: TopUpAPI.Consent, _ field: String, at now: UnixTime
  ) -> TopUpCore.Consent {
    let text = name(consent.textVersion, "\(field).text_version")
    let perCharge = consent.maxPerCharge.flatMap { charge($0, "\(field).max_per_charge") }
    let perMonth = consent.maxPerMonth.flatMap { charge($0, "\(field).max_per_month") }
    let agreed = moment(consent.agreedAt, "\(field).agreed_at") ?? now
    if agreed > now.advanced(by: Self.skewMax) {
      reject(FieldViolation("\(field).agreed_at", "lies in the future"))
    }
    return TopUpCore.Consent(
      textVersion: text, agreed: agreed,
      maxPerCharge: perCharge, maxPerMonth: perMonth,
      actor: optionalName(consent.actor?.name ?? "", "\(field).actor.name"))
  }

  /// How far ahead of ours a caller's clock may be.
  private static var skewMax: Duration { .seconds(300) }

  /// A moment that protobuf's timestamps can name: years 1 to 9999, and a fraction of a second.
  mutating func moment(_ timestamp: ProtobufTimestamp?, _ field: String) -> UnixTime? {
    guard let timestamp else { return nil }
    guard (-62_135_596_800...253_402_300_799).contains(timestamp.seconds),
      (0...999_999_999).contains(timestamp.nanos)
    else {
      reject(FieldViolation(field, "must lie in the years 1 to 9999, with nanos below a second"))
      return nil
    }
    return UnixTime(timestamp)
  }

  mutating func span(
    _ duration: ProtobufDuration?, _ field: String, or standard: Duration
  ) -> Duration {
    guard let duration else { return standard }
    let span = Duration(duration)
    guard span >= .zero, span <= .seconds(366 * 86_400) else {
      reject(FieldViolation(field, "must be from zero to a year"))
      return standard
    }
    return span
  }

  /// Who does something, and why: both are required.
  mutating func person(_ actor: ActorMessage?) -> (name: String, reason: String) {
    (name(actor?.name ?? "", "actor.name"), sentence(actor?.reason ?? "", "actor.reason"))
  }

  /// Who does something, where a call can do without.
  mutating func optionalName(_ text: String, _ field: String) -> String {
    text.isEmpty ? text : name(text, field)
  }

  /// Who does something and why, for the record, where a call can do without.
  ///
  /// - Parameter caller: who it is where nobody is named.
  mutating func signature(of actor: ActorMessage?, or caller: String) -> String {
    let name = optionalName(actor?.name ?? "", "actor.name")
    let who = name.isEmpty ? caller : name
    guard let reason = actor?.reason, !reason.isEmpty else { return who }
    return "\(who): \(sentence(reason, "actor.reason"))"
  }

  mutating func pageSize(_ size: Int32) -> Int {
    guard (0...200).contains(size) else {
      reject(FieldViolation("page_size", "must be 1 to 200, or 0 for 50"))
      return 50
    }
    return size == 0 ? 50 : Int(size)
  }

  /// States to filter by; none stands for all. One that no top-up is in would match nothing: it is
  /// refused, so that it is not taken for no filter.
  mutating func states(_ states: [TopUpAPI.TopUpState]) -> Set<TopUpCore.TopUpState> {
    let known = TopUpCore.TopUpState.allCases.filter { states.contains($0.api) }
    if let stranger = states.first(where: { state in !known.contains { $0.api == state } }) {
      let name = stranger.protoName ?? "this number"
      reject(FieldViolation("states", "\(name) is no state that a top-up can be in"))
    }
    return Set(known)
  }

  /// A page token that is a position in the ledger or the decision log.
  mutating func position(_ token: String) -> Int64? {
    if token.isEmpty { return nil }
    guard let position = Int64(token), position > 0 else {
      reject(FieldViolation("page_token", "is not one that this method gave"))
      return nil
    }
    return position
  }

  /// The head that a ledger is held against; nil for none.
  mutating func ledgerHead(position: Int64, digest: [UInt8]) -> LedgerHead? {
    if position == 0, digest.isEmpty { return nil }
    if position <= 0 {
      reject(FieldViolation("head_position", "must be above zero, with head_digest"))
    }
    if digest.count != EntryDigest.bytes {
      reject(
        FieldViolation("head_digest", "must be \(EntryDigest.bytes) bytes, with head_position"))
    }
    return LedgerHead(position: position, digest: digest)
  }

  /// Positions of entries between two, inclusive; 0 stands for the ledger's own end on its side.
  mutating func positions(from: Int64, to: Int64) -> ClosedRange<Int64> {
    if from < 0 { reject(FieldViolation("from_position", "must not be below zero")) }
    if to < 0 { reject(FieldViolation("to_position", "must not be below zero")) }
    if to > 0, from > to {
      reject(FieldViolation("to_position", "must not be below from_position"))
      return 1...1
    }
    return max(1, from)...(to > 0 ? to : .max)
  }
}

// MARK: - Policies

extension RequestReader {
  mutating func policy(_ message: TopUpAPI.Policy?) -> TopUpCore.Policy? {
    guard let message else {
      reject(FieldViolation("policy", "is required"))
      return nil
    }
    let account = account(message.account, "policy.account")
    let payer = payer(message.payer, "policy.payer")
    let threshold = units(message.threshold, "policy.threshold")
    let rule = amountRule(message, account, payer)
    let margin = units(message.rearmMargin, "policy.rearm_margin", isOptional: true)
    let cards = policyCards(message.paymentMethodIDs)
    guard let account, let payer, let threshold, let rule, let margin else { return nil }
    let currency: Currency
    switch rule {
    case .fixed(let money): currency = money.currency
    case .tier(_, let sold): currency = sold
    case .refillTo(let target, let money):
      currency = money
      if target <= threshold {
        reject(FieldViolation("policy.refill_to", "must be above the threshold"))
      }
    }
    let bounds = bounds(message, currency)
    if message.enabled, case .tier(let name, let sold) = rule {
      fits(tier(name, sold, of: account.seller(to: payer)), bounds)
    }
    let day = cap(message.day, currency, "policy.day")
    let month = cap(message.month, currency, "policy.month")
    let lines = schedules(message.schedules, currency, bounds)
    if message.enabled { priced(lines, currency, account, payer) }
    let slippage = message.slippageBasisPoints ?? 200
    if !(0...5_000).contains(slippage) {
      reject(FieldViolation("policy.slippage_basis_points", "must be 0 to 5000"))
    }
    return TopUpCore.Policy(
      account: account, payer: payer, isEnabled: message.enabled, threshold: threshold,
      amount: rule, minPerTopUp: bounds.lowerBound, maxPerTopUp: bounds.upperBound, day: day,
      month: month, timeZone: message.timeZone.isEmpty ? "UTC" : message.timeZone,
      rearmMargin: margin,
      cooldown: span(message.cooldown, "policy.cooldown", or: .seconds(3_600)),
      lowCooldown: span(message.lowCooldown, "policy.low_cooldown", or: .seconds(300)),
      minRunway: message.minRunway.map { span($0, "policy.min_runway", or: .zero) },
      slippageBasisPoints: Int64(slippage),
      cards: cards, version: 0,
      updated: UnixTime(milliseconds: 0), hold: holdRule(message),
      remainder: remainderRule(message),
      arriveBeforeEmpty: message.arriveBeforeEmpty.map {
        span($0, "policy.arrive_before_empty", or: .zero)
      }, schedules: lines, debt: debtRule(message))
  }

  /// The cards that a rule may charge, at most as many as anybody tries one after the other: each is a
  /// row of every version, and read with each look.
  private mutating func policyCards(_ ids: some Collection<String>) -> [PaymentMethodID] {
    let (field, most) = ("policy.payment_method_ids", 32)
    guard ids.count <= most else {
      reject(FieldViolation(field, "must be at most \(most)"))
      return []
    }
    var cards: [PaymentMethodID] = []
    for (index, id) in ids.enumerated() {
      let place = "\(field)[\(index)]"
      guard let card = paymentMethod(id, place) else { continue }
      if cards.contains(card) {
        reject(FieldViolation(place, "is named before"))
      } else {
        cards.append(card)
      }
    }
    return cards
  }

  private mutating func debtRule(_ message: TopUpAPI.Policy) -> TopUpCore.DebtRule {
    switch message.debtRule {
    case .unspecified, .block: return .block
    case .forgive: return .forgive
    case .net: return .net
    case .unrecognized:
      reject(FieldViolation("policy.debt_rule", "is none that is known here"))
      return .block
    }
  }

  private mutating func remainderRule(_ message: TopUpAPI.Policy) -> RemainderRule {
    switch message.remainder {
    case .unspecified, .reorder: return .reorder
    case .refund: return .refund
    case .unrecognized:
      reject(FieldViolation("policy.remainder", "is none that is known here"))
      return .reorder
    }
  }

  private mutating func holdRule(_ message: TopUpAPI.Policy) -> HoldRule {
    var rule = HoldRule()
    rule.newCard = message.newCardHold.map { hold($0, "policy.new_card_hold") }
    rule.riskSpan = message.riskHoldSpan.map { hold($0, "policy.risk_hold_span") }
    switch message.riskHold {
    case .unspecified, .elevated: rule.risk = .elevated
    case .highest: rule.risk = .highest
    case .never: rule.risk = nil
    case .unrecognized: reject(FieldViolation("policy.risk_hold", "is none that is known here"))
    }
    return rule
  }

  private mutating func hold(_ duration: ProtobufDuration, _ field: String) -> Duration {
    let span = Duration(duration)
    guard span >= .zero, span <= HoldRule.spanMax else {
      reject(FieldViolation(field, "must be from zero to 30 days"))
      return .zero
    }
    return span
  }

  /// A tier that the rule's own bounds shut out would never be bought.
  private mutating func fits(_ tier: TopUpCore.PriceTier?, _ bounds: ClosedRange<Int64>) {
    guard let tier else { return }
    if tier.price.minorUnits < bounds.lowerBound {
      reject(
        FieldViolation(
          "policy.min_per_top_up", "is above the tier's price of \(tier.price)"))
    } else if tier.price.minorUnits > bounds.upperBound {
      reject(
        FieldViolation(
          "policy.max_per_top_up", "is below the tier's price of \(tier.price)"))
    }
  }

  private mutating func amountRule(
    _ message: TopUpAPI.Policy, _ account: AccountKey?, _ payer: TopUpCore.Payer?
  ) -> TopUpCore.Policy.AmountRule? {
    switch message.amount {
    case .fixed(let money): return charge(money, "policy.fixed").map { .fixed($0) }
    case .refillTo(let target):
      let units = units(target, "policy.refill_to")
      let currency = currency(message.currency, "policy.currency")
      guard let units, let currency else { return nil }
      return .refillTo(units, currency)
    case .tier(let name):
      guard let account, let payer else { return nil }
      return tierRule(name, message, of: account.seller(to: payer))
    case nil:
      reject(FieldViolation("policy.amount", "is required: fixed, refill_to or tier"))
      return nil
    }
  }

  /// A rule that is off buys nothing: it may name a tier that the list has no more, or nobody could
  /// switch it off (invariant 47). The list is asked when it is switched on again.
  private mutating func tierRule(
    _ name: String, _ message: TopUpAPI.Policy, of seller: String
  ) -> TopUpCore.Policy.AmountRule? {
    if !message.enabled, !message.currency.isEmpty {
      let name = self.name(name, "policy.tier")
      return currency(message.currency, "policy.currency").map { .tier(name, $0) }
    }
    return tier(name, in: message.currency, of: seller, "policy.tier", "policy.currency")
      .map { .tier($0.name, $0.price.currency) }
  }

  private mutating func bounds(
    _ message: TopUpAPI.Policy, _ currency: Currency
  ) -> ClosedRange<Int64> {
    let least = bound(message.minPerTopUp, currency, "policy.min_per_top_up")
    let most = bound(message.maxPerTopUp, currency, "policy.max_per_top_up")
    let range = (least ?? 0, most ?? TopUpCore.Money.chargeMinorUnitsMax)
    guard range.0 <= range.1 else {
      reject(FieldViolation("policy.max_per_top_up", "is below the least"))
      return 0...0
    }
    return range.0...range.1
  }

  private mutating func bound(
    _ money: TopUpAPI.Money?, _ currency: Currency, _ field: String
  ) -> Int64? {
    guard let money else { return nil }
    guard money.currency == currency.code, money.minorUnits >= 0 else {
      reject(FieldViolation(field, "must not be negative, and in \(currency.code)"))
      return nil
    }
    return money.minorUnits
  }

  mutating func cap(
    _ cap: TopUpAPI.Cap?, _ currency: Currency, _ field: String
  ) -> TopUpCore.Policy.Cap {
    guard let cap else { return TopUpCore.Policy.Cap() }
    if cap.count < 0 { reject(FieldViolation("\(field).count", "must not be negative")) }
    return TopUpCore.Policy.Cap(
      count: cap.count > 0 ? Int64(cap.count) : nil,
      minorUnits: bound(cap.amount, currency, "\(field).amount"))
  }
}
