extension DecisionWriter {
  /// What came of a decision; its words are made from it and are not in it.
  mutating func decision(_ decision: Decision) {
    switch decision {
    case .skip(let skip):
      tag(0)
      text(skip.reason.rawValue)
      optional(skip.effective) { $0.amount($1) }
      flag(skip.rearms)
      flag(skip.answersClaim)
      optional(skip.lookAgain) { $0.time($1) }
    case .topUp(let plan):
      tag(1)
      self.plan(plan)
    case .needsQuote(let request):
      tag(2)
      switch request.side {
      case .fiat(let money):
        tag(0)
        self.money(money)
      case .tokens(let tokens, let currency):
        tag(1)
        amount(tokens.units)
        self.currency(currency)
      }
      raw(request.cluster.bytes)
    }
  }

  private mutating func plan(_ plan: TopUpPlan) {
    text(plan.payer.tenant)
    text(plan.payer.user)
    switch plan.grounds {
    case .threshold(let threshold):
      tag(0)
      amount(threshold)
    case .runway(let seconds, let least):
      tag(1)
      amount(seconds)
      int(least)
    case .arrival(let seconds, let leadTime, let margin):
      tag(2)
      amount(seconds)
      self.leadTime(leadTime)
      span(margin)
    case .schedule(let occurrence):
      tag(3)
      self.occurrence(occurrence)
    }
    optional(plan.episode) { $0.int($1) }
    int(Int64(plan.ordinal))
    money(plan.amount)
    int(plan.fee)
    int(plan.debtPart)
    optional(plan.quote) { $0.quote($1) }
    optional(plan.credits) { $0.amount($1) }
    list(plan.cards) { $0.reference($1) }
    windows(plan.windows)
    int(plan.policyVersion)
    int(plan.slippageBasisPoints)
    optional(plan.effective) { $0.amount($1) }
  }
}
