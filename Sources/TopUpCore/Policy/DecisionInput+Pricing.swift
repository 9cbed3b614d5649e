// What an amount costs, and whether it fits.

extension DecisionInput {
  /// What the rule wants to buy; nil without a rule or a balance.
  ///
  /// A fixed amount below the least charge is raised to it; what a target costs is the whole gap in
  /// one charge.
  private func wanted(_ known: Deliberation) -> QuoteRequest.Side? {
    if case .schedule(let occurrence) = known.grounds { return fiat(occurrence.amount) }
    switch policy?.amount {
    case .fixed(let money): return fiat(money)
    case .refillTo(let target, let currency):
      return known.effective.map {
        .tokens(Planck(max(target.clampedDifference($0), 1)), currency)
      }
    // As it is: what is below the least charge is refused, for a tier has one price.
    case .tier: return tier.map { .fiat($0.price) }
    case nil: return nil
    }
  }

  private func fiat(_ money: Money) -> QuoteRequest.Side {
    .fiat(Money(minorUnits: max(money.minorUnits, leastGross), money.currency))
  }

  /// What is charged to pay the account's debt beside what is bought: all of it or nothing, never a
  /// smaller part (invariant 27).
  var debtPart: Int64 { policy?.debt == .net ? max(0, owed) : 0 }

  /// The least that is to be bought: with what pays the debt it is the least charge.
  var leastGross: Int64 { max(leastCharge.clamped(less: debtPart), 1) }

  /// Nil for an account that no ramp funds.
  private func request(_ side: QuoteRequest.Side) -> QuoteRequest? {
    guard case .ddc(let account) = account else { return nil }
    return QuoteRequest(side: side, cluster: account.cluster)
  }

  /// The least that can be charged by the rule; 0 without one.
  var leastCharge: Int64 {
    guard let least = policy?.minPerTopUp, let currency = policy?.currency else { return 0 }
    return max(least, currency.chargeMinorUnitsMin)
  }

  var offer: Quote? { if case .offered(let quote) = quote { quote } else { nil } }

  /// What a condition on an offer says before there is one.
  private func unpriced<Values>(
    _ relation: Relation, _ right: @autoclosure () -> Operand
  ) -> Condition<Values> {
    Condition(.absent, relation, right(), .refuses(.noQuote("there is none")))
  }

  // MARK: The ramp and its price

  func rampTrusted<Values>() -> Condition<Values> {
    let objection = ramp.objection(at: now)
    let word =
      objection != nil ? "open" : ramp.standing.isOpen ? "lets one through" : "closed"
    return Condition(
      .text(word), .differs, .text("open"),
      objection.map { .refuses(.ramp($0)) } ?? .holds)
  }

  func quoteOffered<Values>(_ known: Deliberation) -> Condition<Values> {
    let (word, outcome): (String, ConditionOutcome) =
      switch (quote, ramp.headroom) {
      case (.notAsked, _), (_, .notAsked):
        (
          "not asked",
          wanted(known).flatMap { request($0) }.map { .asks($0) }
            ?? .refuses(.noQuote("it was not asked for one"))
        )
      case (.unavailable(let reason), .told), (.unavailable(let reason), .unavailable):
        ("refused", .refuses(.noQuote(reason)))
      case (.offered, .told), (.offered, .unavailable): ("offered", .holds)
      }
    return Condition(.text(word), .equals, .text("offered"), outcome)
  }

  func quoteInCurrency<Values>() -> Condition<Values> {
    let wanted = policy?.currency
    guard let currency = offer?.gross.currency else {
      return unpriced(.equals, wanted.map { .text($0.code) } ?? .absent)
    }
    return Condition(
      .text(currency.code), .equals, wanted.map { .text($0.code) } ?? .absent,
      if: currency == wanted, else: .quoteFlaw(.currency(currency)))
  }

  func quoteDelivers<Values>() -> Condition<Values> {
    guard let tokens = offer?.tokens else { return unpriced(.above, .tokens(0)) }
    return Condition(
      .tokens(tokens.units), .above, .tokens(0), if: tokens > .zero,
      else: .quoteFlaw(.nothingOffered))
  }

  func quoteFeeInRange<Values>() -> Condition<Values> {
    guard let fee = offer?.fee, let gross = offer?.gross else { return unpriced(.partOf, .absent) }
    return Condition(
      .money(fee), .partOf, .money(gross),
      if: fee.minorUnits >= 0 && fee.minorUnits < gross.minorUnits,
      else: .quoteFlaw(.fee(fee, of: gross)))
  }

  func quoteAsAsked<Values>(_ known: Deliberation) -> Condition<Values> {
    guard let gross = offer?.gross, let tokens = offer?.tokens, let side = wanted(known) else {
      return unpriced(.equals, .absent)
    }
    switch side {
    case .fiat(let money):
      return Condition(
        .money(gross), .equals, .money(money), if: gross == money,
        else: .quoteFlaw(.otherAmount(gross, asked: money)))
    case .tokens(let gap, _):
      return Condition(
        .tokens(tokens.units), .atLeast, .tokens(gap.units), if: tokens >= gap,
        else: .quoteFlaw(.tooFewTokens(tokens, asked: gap)))
    }
  }

  /// Before the amount is looked at: a price that is wrong makes every amount wrong.
  func priceInBand<Values>() -> Condition<Values> {
    guard let offer else { return unpriced(.within, band) }
    let outcome: ConditionOutcome =
      switch ramp.priceObjection(to: offer, at: now) {
      case let objection?: .refuses(.ramp(objection))
      case nil: ramp.price == nil ? .notNeeded : .holds
      }
    return Condition(.price(offer.rateNano, offer.gross.currency), .within, band, outcome)
  }

  private var band: Operand {
    ramp.price.map { .band($0, percent: ramp.terms.band.percent(around: $0, at: now)) }
      ?? .absent
  }

  // MARK: Whether the amount fits

  /// A smaller charge is not possible: then the price of the least one is asked for.
  func amountChargeable<Values>(_ known: Deliberation) -> Condition<Values> {
    guard let currency = policy?.currency else { return unpriced(.atLeast, .absent) }
    let least = Money(minorUnits: leastGross, currency)
    guard let gross = purchase(known)?.gross else { return unpriced(.atLeast, .money(least)) }
    let outcome: ConditionOutcome =
      gross.minorUnits >= least.minorUnits
      ? .holds
      : (tier == nil ? request(.fiat(least)) : nil).map { .asks($0) }
        ?? .refuses(.belowRule(gross, least: least))
    return Condition(.money(gross), .atLeast, .money(least), outcome)
  }

  /// A charge that the rule does not allow pays no smaller part of the debt instead.
  func debtPayable<Values>(_ known: Deliberation) -> Condition<Values> {
    guard let currency = policy?.currency, let bound = policy?.maxPerTopUp else {
      return unpriced(.atMost, .absent)
    }
    let most = Money(minorUnits: min(bound, Money.chargeMinorUnitsMax), currency)
    guard debtPart > 0 else { return Condition(.absent, .atMost, .money(most), .notNeeded) }
    let owed = Money(minorUnits: debtPart, currency)
    guard let charge = purchase(known)?.charge else { return unpriced(.atMost, .money(most)) }
    return Condition(
      .charge(charge, owed: owed), .atMost, .money(most),
      if: charge.minorUnits <= most.minorUnits,
      else: .debtTooLarge(charge, owed: owed, most: most))
  }

  func amountWithinRule<Values>(_ known: Deliberation) -> Condition<Values> {
    guard let currency = policy?.currency, let bound = policy?.maxPerTopUp else {
      return unpriced(.atMost, .absent)
    }
    let most = Money(minorUnits: min(bound, Money.chargeMinorUnitsMax), currency)
    guard let gross = purchase(known)?.charge else { return unpriced(.atMost, .money(most)) }
    return Condition(
      .money(gross), .atMost, .money(most), if: gross.minorUnits <= most.minorUnits,
      else: .aboveRule(gross, most: most))
  }

  func within<Values>(_ limit: Money?, _ known: Deliberation) -> Condition<Values> {
    guard let gross = purchase(known)?.charge else {
      return unpriced(.atMost, limit.map { .money($0) } ?? .absent)
    }
    guard let limit else { return Condition(.money(gross), .atMost, .absent, .notNeeded) }
    return Condition(
      .money(gross), .atMost, .money(limit), if: limit.allows(gross),
      else: .aboveConsent(gross, limit: limit))
  }

  func capsRead<Values>() -> Condition<Values> {
    Condition(
      .text(windows == nil ? "not read" : "read"), .equals, .text("read"), if: windows != nil,
      else: .capsUnread)
  }

  /// Of many windows the one that tells: the first that is full, or else their number.
  func capsFit<Values>(_ known: Deliberation) -> Condition<Values> {
    guard let gross = purchase(known)?.charge else { return unpriced(.atMost, .absent) }
    guard let windows else { return Condition(.absent, .atMost, .absent, .refuses(.capsUnread)) }
    guard let objection = windows.objection(to: gross) else {
      let count = Int64(windows.count)
      return Condition(.count(count), .equals, .count(count), .holds)
    }
    return Condition(objection.window, gross)
  }

  func headroomTold<Values>() -> Condition<Values> {
    switch ramp.headroom {
    case .told: Condition(.text("told"), .equals, .text("told"), .holds)
    case .notAsked, .unavailable:
      Condition(
        .text("not told"), .equals, .text("told"),
        ramp.untold.map { .refuses(.ramp($0)) } ?? .holds)
    }
  }

  func headroomFits<Values>() -> Condition<Values> {
    guard case .told(let headroom) = ramp.headroom else {
      return Condition(
        .absent, .atMost, .absent, ramp.untold.map { .refuses(.ramp($0)) } ?? .holds)
    }
    guard let tokens = offer?.tokens else { return unpriced(.atMost, .tokens(headroom.free)) }
    return Condition(
      .tokens(tokens.units), .atMost, .tokens(headroom.free),
      if: tokens.units <= headroom.free, else: .ramp(.headroom(headroom, tokens)))
  }
}

extension Condition {
  /// Whether an amount fits into one window.
  init(_ window: CapWindow, _ amount: Money) {
    self.init(
      .use(window, amount), .atMost, .cap(window.cap, amount.currency),
      if: window.fits(amount.minorUnits), else: .cap(CapObjection(window, amount)))
  }
}

extension Int64 {
  /// This less another, both at least zero.
  fileprivate func clamped(less other: Int64) -> Int64 { other >= self ? 0 : self - other }
}
