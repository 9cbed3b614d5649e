// What an amount costs, and whether it fits.

extension DecisionInput {
  /// What the rule wants to buy; nil without a rule, or for an account that no ramp funds.
  ///
  /// A fixed amount below the least charge is raised to it; what a target costs is the whole gap in
  /// one charge.
  func wanted(_ known: Deliberation) -> QuoteRequest? {
    guard let policy, case .ddc(let account) = account else { return nil }
    let side: QuoteRequest.Side
    switch policy.amount {
    case .fixed(let money):
      side = .fiat(
        Money(minorUnits: max(money.minorUnits, policy.leastCharge), money.currency))
    case .refillTo(let target, let currency):
      guard let effective = known.effective else { return nil }
      side = .tokens(Planck(max(target.clampedDifference(effective), 1)), currency)
    }
    return QuoteRequest(side: side, cluster: account.cluster)
  }

  private var offer: Quote? { if case .offered(let quote) = quote { quote } else { nil } }

  /// What a condition on an offer says before there is one.
  private func unpriced(_ relation: Comparison.Relation, _ right: Operand) -> Comparison {
    Comparison(.absent, relation, right, .refuses(.noQuote("there is none")))
  }

  // MARK: The ramp and its price

  var rampTrusted: Comparison {
    let objection = ramp.objection(at: now)
    let word =
      objection != nil ? "open" : ramp.standing.isOpen ? "lets one through" : "closed"
    return Comparison(
      .text(word), .differs, .text("open"),
      objection.map { .refuses(.ramp($0)) } ?? .holds)
  }

  func quoteOffered(_ known: Deliberation) -> Comparison {
    let (word, outcome): (String, Comparison.Outcome) =
      switch (quote, ramp.headroom) {
      case (.notAsked, _), (_, .notAsked):
        ("not asked", wanted(known).map { .asks($0) } ?? .refuses(.creditsUnpriced))
      case (.unavailable(let reason), .told), (.unavailable(let reason), .unavailable):
        ("refused", .refuses(.noQuote(reason)))
      case (.offered, .told), (.offered, .unavailable): ("offered", .holds)
      }
    return Comparison(.text(word), .equals, .text("offered"), outcome)
  }

  var quoteInCurrency: Comparison {
    let wanted = policy.map { Operand.text($0.currency.code) } ?? .absent
    guard let currency = offer?.gross.currency else { return unpriced(.equals, wanted) }
    return Comparison(
      .text(currency.code), .equals, wanted, if: currency == policy?.currency,
      else: .quoteFlaw(.currency(currency)))
  }

  var quoteDelivers: Comparison {
    guard let tokens = offer?.tokens else { return unpriced(.above, .tokens(0)) }
    return Comparison(
      .tokens(tokens.units), .above, .tokens(0), if: tokens > .zero,
      else: .quoteFlaw(.nothingOffered))
  }

  var quoteFeeInRange: Comparison {
    guard let offer else { return unpriced(.partOf, .absent) }
    let (fee, gross) = (offer.fee, offer.gross)
    return Comparison(
      .money(fee), .partOf, .money(gross),
      if: fee.minorUnits >= 0 && fee.minorUnits < gross.minorUnits,
      else: .quoteFlaw(.fee(fee, of: gross)))
  }

  func quoteAsAsked(_ known: Deliberation) -> Comparison {
    guard let offer, let side = wanted(known)?.side else { return unpriced(.equals, .absent) }
    switch side {
    case .fiat(let money):
      return Comparison(
        .money(offer.gross), .equals, .money(money), if: offer.gross == money,
        else: .quoteFlaw(.otherAmount(offer.gross, asked: money)))
    case .tokens(let gap, _):
      return Comparison(
        .tokens(offer.tokens.units), .atLeast, .tokens(gap.units), if: offer.tokens >= gap,
        else: .quoteFlaw(.tooFewTokens(offer.tokens, asked: gap)))
    }
  }

  /// Before the amount is looked at: a price that is wrong makes every amount wrong.
  var priceInBand: Comparison {
    let band = ramp.price.map {
      Operand.band($0, percent: ramp.terms.band.percent(around: $0, at: now))
    }
    guard let offer else { return unpriced(.within, band ?? .absent) }
    let price = Operand.price(offer.rateNano, offer.gross.currency)
    guard let band else { return Comparison(price, .within, .absent, .notNeeded) }
    let objection = ramp.priceObjection(to: offer, at: now)
    return Comparison(price, .within, band, objection.map { .refuses(.ramp($0)) } ?? .holds)
  }

  // MARK: Whether the amount fits

  /// A smaller charge is not possible: then the price of the least one is asked for.
  var amountChargeable: Comparison {
    guard let policy, case .ddc(let account) = account else {
      return unpriced(.atLeast, .absent)
    }
    let least = Money(minorUnits: policy.leastCharge, policy.currency)
    guard let gross = offer?.gross else { return unpriced(.atLeast, .money(least)) }
    let isEnough = gross.minorUnits >= least.minorUnits
    return Comparison(
      .money(gross), .atLeast, .money(least),
      isEnough ? .holds : .asks(QuoteRequest(side: .fiat(least), cluster: account.cluster)))
  }

  var amountWithinRule: Comparison {
    guard let policy else { return unpriced(.atMost, .absent) }
    let most = Money(
      minorUnits: min(policy.maxPerTopUp, Money.chargeMinorUnitsMax), policy.currency)
    guard let gross = offer?.gross else { return unpriced(.atMost, .money(most)) }
    return Comparison(
      .money(gross), .atMost, .money(most), if: gross.minorUnits <= most.minorUnits,
      else: .aboveRule(gross, most: most))
  }

  func within(_ limit: Money?) -> Comparison {
    let right = limit.map { Operand.money($0) } ?? .absent
    guard let gross = offer?.gross else { return unpriced(.atMost, right) }
    guard let limit else { return Comparison(.money(gross), .atMost, .absent, .notNeeded) }
    return Comparison(
      .money(gross), .atMost, right, if: limit.allows(gross),
      else: .aboveConsent(gross, limit: limit))
  }

  var capsRead: Comparison {
    Comparison(
      .text(windows == nil ? "not read" : "read"), .equals, .text("read"), if: windows != nil,
      else: .capsUnread)
  }

  /// Of many windows the one that tells: the first that is full, or else their number.
  var capsFit: Comparison {
    guard let gross = offer?.gross else { return unpriced(.atMost, .absent) }
    guard let windows else { return Comparison(.absent, .atMost, .absent, .refuses(.capsUnread)) }
    guard let objection = windows.objection(to: gross) else {
      let count = Operand.count(Int64(windows.count))
      return Comparison(count, .equals, count, .holds)
    }
    return Comparison(objection.window, gross)
  }

  var headroomTold: Comparison {
    switch ramp.headroom {
    case .told: Comparison(.text("told"), .equals, .text("told"), .holds)
    case .notAsked, .unavailable:
      Comparison(
        .text("not told"), .equals, .text("told"),
        ramp.untold.map { .refuses(.ramp($0)) } ?? .holds)
    }
  }

  var headroomFits: Comparison {
    guard case .told(let headroom) = ramp.headroom else {
      return Comparison(
        .absent, .atMost, .absent, ramp.untold.map { .refuses(.ramp($0)) } ?? .holds)
    }
    guard let offer else { return unpriced(.atMost, .tokens(headroom.free)) }
    let objection = ramp.headroomObjection(to: offer)
    return Comparison(
      .tokens(offer.tokens.units), .atMost, .tokens(headroom.free),
      objection.map { .refuses(.ramp($0)) } ?? .holds)
  }
}

extension Comparison {
  /// Whether an amount fits into one window.
  init(_ window: CapWindow, _ amount: Money) {
    self.init(
      .use(window, amount), .atMost, .cap(window.cap, amount.currency),
      if: window.fits(amount.minorUnits), else: .cap(CapObjection(window, amount)))
  }
}

extension Policy {
  /// The least that can be charged for it.
  fileprivate var leastCharge: Int64 { max(minPerTopUp, currency.chargeMinorUnitsMin) }
}
