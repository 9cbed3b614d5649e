extension DecisionInput {
  /// Decides as another rule would have, on what was looked at then.
  ///
  /// Each decision stands for itself: what that rule would have charged before has not changed
  /// balance, episode, cooldown or counters. Of the cards those count that were looked at. Where
  /// another price is needed than the one that was offered, it is estimated from that offer, or from
  /// the price that was accepted last; where it was not asked what the ramp can deliver, it is taken
  /// for enough. Of its calendar those lines count that were due.
  package func decided(under policy: Policy) -> Decision {
    var input = self
    input.policy = policy
    if !policy.cards.isEmpty {
      input.cards = policy.cards.compactMap { id in cards.first { $0.card.id == id } }
    }
    input.windows = windows.map { $0.map { $0.bounded(by: policy, of: account) } }
    input.schedule.due = schedule.due.flatMap { policy.sameOccurrence(as: $0) }
    // An offer for another amount is none for this one.
    let isAsAsked =
      policy.amount == self.policy?.amount && policy.minPerTopUp == self.policy?.minPerTopUp
      && input.schedule.due == schedule.due
    if case .offered = quote, !isAsAsked { input.quote = .notAsked }
    let price = KnownPrice(self, policy.currency)
    // One price for the amount, one more where that is less than can be charged.
    for _ in 0..<2 {
      let decision = decide(input)
      guard case .needsQuote(let request) = decision else { return decision }
      if input.ramp.headroom == .notAsked {
        input.ramp.headroom = .told(
          Headroom(said: Planck(.max), claimed: .zero, through: 0))
      }
      if let quote = price?.quote(request.side, at: now) {
        input.quote = .offered(quote)
      } else {
        input.quote = .unavailable("none was known then")
      }
    }
    return decide(input)
  }
}

extension Policy {
  /// What the rule charges for an occurrence that was due; nil where it has no such line.
  fileprivate func sameOccurrence(as due: Occurrence) -> Occurrence? {
    guard let line = schedules.first(where: { due.name.hasSuffix(" \($0.label)") }) else {
      return nil
    }
    var occurrence = due
    occurrence.amount = line.amount
    return occurrence
  }
}

extension CapWindow {
  /// The account's own windows hold the caps of its rule.
  fileprivate func bounded(by policy: Policy, of account: AccountKey) -> CapWindow {
    // A name may hold any sign, so that it is taken off first.
    let own = "account:\(account.name):"
    guard key.utf8.starts(with: own.utf8) else { return self }
    let span = key.utf8.dropFirst(own.utf8.count).prefix { $0 != UInt8(ascii: ":") }
    var window = self
    window.cap =
      span.elementsEqual(CalendarWindow.Span.day.rawValue.utf8) ? policy.day : policy.month
    return window
  }
}

/// What was known of the ramp's price at a decision.
private struct KnownPrice {
  /// So that the price of one minor unit is told with six more digits.
  private static let sample: Int64 = 1_000_000

  private let rate: Rate
  /// Of what is charged, the ramp's part.
  private let fee: (part: Int64, whole: Int64)

  init?(_ input: DecisionInput, _ currency: Currency) {
    if case .offered(let quote) = input.quote, quote.gross.currency == currency,
      quote.fee.minorUnits >= 0, quote.fee.minorUnits < quote.gross.minorUnits,
      let rate = Rate(nanoPerCERE: quote.rateNano, currency)
    {
      self.rate = rate
      fee = (quote.fee.minorUnits, quote.gross.minorUnits)
    } else if let price = input.ramp.price, price.currency == currency,
      let rate = Rate(nanoPerCERE: price.rateNano, currency)
    {
      self.rate = rate
      fee = (0, 1)
    } else {
      return nil
    }
  }

  /// Nil where no amount of money says it.
  func quote(_ side: QuoteRequest.Side, at now: UnixTime) -> Quote? {
    switch side {
    case .fiat(let gross):
      let part = Int128(gross.minorUnits) * Int128(fee.part) / Int128(fee.whole)
      return Int64(exactly: part).flatMap { quote(gross: gross.minorUnits, fee: $0, at: now) }
    case .tokens(let tokens, _):
      guard let cost = cost(of: tokens), let net = Int64(exactly: cost) else { return nil }
      let left = Int128(fee.whole) - Int128(fee.part)
      let whole = (Int128(net) * Int128(fee.whole) - 1) / left + 1
      return Int64(exactly: whole).flatMap { quote(gross: $0, fee: $0 - net, at: now) }
    }
  }

  /// The least that buys so many tokens, or a minor unit more.
  private func cost(of tokens: Planck) -> Int128? {
    let sample = Money(minorUnits: Self.sample, rate.currency)
    guard let bought = try? rate.tokens(for: sample), bought > .zero else { return nil }
    let (product, overflow) = tokens.units.multipliedReportingOverflow(by: Int128(Self.sample))
    return overflow ? nil : (product - 1) / bought.units + 1
  }

  private func quote(gross: Int64, fee: Int64, at now: UnixTime) -> Quote? {
    let net = Money(minorUnits: gross - fee, rate.currency)
    guard let tokens = try? rate.tokens(for: net) else { return nil }
    return Quote(
      id: QuoteID("estimated"), rateNano: rate.nanoPerCERE,
      gross: Money(minorUnits: gross, rate.currency), fee: Money(minorUnits: fee, rate.currency),
      net: net, tokens: tokens, created: now, expires: now)
  }
}
