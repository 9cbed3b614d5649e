// What is charged, and what it buys: by the ramp's offer, or by the tenant's price list.

/// A charge as it would be decided.
struct Purchase {
  var gross: Money
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

  /// Whose price list counts: credits belong to their tenant, a charge in money to its payer's.
  package var seller: String {
    switch account {
    case .credits(let credits): credits.tenant
    case .ddc: policy?.payer.tenant ?? ""
    }
  }

  /// Nil where there is no price yet.
  func purchase(_ known: Deliberation) -> Purchase? {
    switch account {
    case .ddc:
      offer.map { Purchase(gross: $0.gross, fee: $0.fee.minorUnits, quote: $0, credits: nil) }
    case .credits: creditPurchase(known)
    }
  }

  /// At the tenant's rate. An amount below the least charge is raised to it and buys the more; what a
  /// target costs is the whole gap in one charge, rounded up.
  private func creditPurchase(_ known: Deliberation) -> Purchase? {
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
      }
    }
    let gross = Money(minorUnits: max(minorUnits, leastCharge), policy.currency)
    // What would be more than an amount can be is far above what a card can be charged.
    return Purchase(
      gross: gross, fee: 0, quote: nil, credits: rate.credits(for: gross.minorUnits) ?? .max)
  }

  // MARK: Whether there is a price

  /// Asked before the balance: a rule that can never charge shows as soon as it is set.
  func priceListed<Values>() -> Condition<Values> {
    guard case .credits = account else {
      return Condition(.text("by quote"), .equals, .text("listed"), .notNeeded)
    }
    guard let policy else {
      return Condition(.absent, .equals, .text("listed"), .refuses(.noPolicy))
    }
    let gap: PriceGap? =
      prices.rate(policy.currency) == nil ? .rate(tenant: seller, policy.currency) : nil
    return Condition(
      .text(gap == nil ? "listed" : "not listed"), .equals, .text("listed"),
      gap.map { .refuses(.unpriced($0)) } ?? .holds)
  }
}
