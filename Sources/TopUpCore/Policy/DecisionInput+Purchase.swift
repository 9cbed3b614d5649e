// What is charged, and what it buys: by the ramp's offer, or by the tenant's price list.

/// What is bought, and for what charge, as it would be decided.
struct Purchase {
  /// What is bought.
  var gross: Money
  /// What is charged: beside that, what the account owes and pays with it.
  var charge: Money
  /// Our part of it.
  var fee: Int64
  /// The ramp's offer; nil for credits.
  var quote: Quote?
  /// What is granted; nil for an account that a ramp funds.
  var credits: Int128?
}

extension DecisionInput {
  /// The conditions of an account of this kind, in order: no ramp funds credits.
  var predicates: [DecisionPredicate] {
    switch account {
    case .ddc: DecisionPredicate.inOrder
    case .credits: DecisionPredicate.inOrderOfCredits
    }
  }

  /// The tier that the rule names and the list has. What the calendar asks for is no tier.
  var tier: PriceTier? {
    guard schedule.due == nil, case .tier(let name, let currency) = policy?.amount else {
      return nil
    }
    return prices.tier(name, currency)
  }

  /// Nil where there is no price yet.
  func purchase(_ known: Deliberation) -> Purchase? {
    switch account {
    case .ddc:
      offer.map { purchase(for: $0.gross, fee: $0.fee.minorUnits, quote: $0) }
    case .credits: creditPurchase(known)
    }
  }

  /// A tier as it is, or at the tenant's rate: an amount below the least charge is raised to it and
  /// buys the more; what a target costs is the whole gap in one charge, rounded up.
  private func creditPurchase(_ known: Deliberation) -> Purchase? {
    if let tier { return purchase(for: tier.price, credits: tier.granted) }
    guard let policy, let rate = prices.rate(policy.currency) else { return nil }
    let minorUnits: Int64
    if case .schedule(let occurrence) = known.grounds {
      minorUnits = occurrence.amount.minorUnits
    } else {
      switch policy.amount {
      case .fixed(let money): minorUnits = money.minorUnits
      case .refillTo(let target, _):
        guard let effective = known.effective else { return nil }
        minorUnits = rate.cost(of: max(target.clampedDifference(effective), 1))
      // One that is not in the list any more is never guessed.
      case .tier: return nil
      }
    }
    let gross = Money(minorUnits: max(minorUnits, leastGross), policy.currency)
    // What would be more than an amount can be is far above what a card can be charged.
    return purchase(for: gross, credits: rate.credits(for: gross.minorUnits) ?? .max)
  }

  private func purchase(
    for gross: Money, fee: Int64 = 0, quote: Quote? = nil, credits: Int128? = nil
  ) -> Purchase {
    let (sum, overflow) = gross.minorUnits.addingReportingOverflow(debtPart)
    let charge = Money(minorUnits: overflow ? .max : sum, gross.currency)
    return Purchase(gross: gross, charge: charge, fee: fee, quote: quote, credits: credits)
  }

  // MARK: Whether there is a price

  /// Asked before the balance: a rule that can never charge shows as soon as it is set.
  func priceListed<Values>() -> Condition<Values> {
    guard let policy else {
      return Condition(.absent, .equals, .text("listed"), .refuses(.noPolicy))
    }
    // It is let go for its lateness: at no price, so that none that is missing keeps it for ever.
    guard !isLapsed else {
      return Condition(.text("none wanted"), .equals, .text("listed"), .notNeeded)
    }
    guard isListed(policy) else {
      return Condition(.text("by quote"), .equals, .text("listed"), .notNeeded)
    }
    let gap = gap(for: policy)
    return Condition(
      .text(gap == nil ? "listed" : "not listed"), .equals, .text("listed"),
      gap.map { .refuses(.unpriced($0)) } ?? .holds)
  }

  /// Whether what is wanted now is priced by the list.
  private func isListed(_ policy: Policy) -> Bool {
    if case .credits = account { return true }
    guard schedule.due == nil, case .tier = policy.amount else { return false }
    return true
  }

  private func gap(for policy: Policy) -> PriceGap? {
    let tenant = account.seller(to: policy.payer)
    if schedule.due == nil, case .tier(let name, let currency) = policy.amount {
      return tier == nil ? .tier(name, tenant: tenant, currency, known: prices.names) : nil
    }
    return prices.rate(policy.currency) == nil ? .rate(tenant: tenant, policy.currency) : nil
  }
}
