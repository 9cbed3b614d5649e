// What people are told of a step (invariant 45): decided here, kept with the step or not at all.

extension Step {
  /// - Parameters:
  ///   - before: as it was.
  ///   - aftermath: what its end left on the account, where it has ended.
  package func notices(
    from before: TopUp, _ aftermath: Aftermath?, at now: UnixTime
  ) -> [Notice] {
    var kinds = topUp.told(since: before)
    if aftermath?.breakers.isEmpty == false { kinds.append(.breakerOpen) }
    return kinds.map { notice($0, from: before, aftermath, now) }
  }

  private func notice(
    _ kind: Notice.Kind, from before: TopUp, _ aftermath: Aftermath?, _ now: UnixTime
  ) -> Notice {
    var notice = Notice(
      kind, account: topUp.account, payer: topUp.payer, occasion: topUp.occasion,
      topUp: topUp.id, version: topUp.version, amount: topUp.amount,
      text: text(kind, from: before))
    switch kind {
    case .actionRequired: notice.card = topUp.attempt?.card.id
    case .declined:
      let refused = topUp.attempts.last { $0.decline != nil }
      notice.decline = refused?.decline?.verdict.declineClass
      notice.card = refused?.card.id
      notice.retryAt = aftermath?.state.retry(of: topUp, at: now)
    case .breakerOpen:
      let refused = topUp.attempts.last { attempt in
        aftermath?.breakers.contains { $0.fingerprint == attempt.card.fingerprint } == true
      }
      notice.decline = refused?.decline?.verdict.declineClass
      notice.card = refused?.card.id
    case .held: notice.retryAt = topUp.hold?.until
    case .capReached, .noCard, .noConsent, .credited, .refunded, .refundFailed, .disputed,
      .reversed, .reinstated, .needsReview, .cancelled, .blocked:
      break
    }
    return notice
  }

  private func text(_ kind: Notice.Kind, from before: TopUp) -> String {
    let amount = "\(topUp.amount)"
    switch kind {
    case .actionRequired:
      return "The card's bank asks the cardholder to confirm a payment of \(amount)."
    case .declined:
      let refused = topUp.attempts.last { $0.decline != nil }
      return refused?.decline?.personMessage(brand: nil, last4: nil)
        ?? "A payment of \(amount) could not be made."
    case .breakerOpen:
      return "A card is not charged for this account any more until it is replaced or corrected."
    case .credited: return "\(amount) was charged, and \(topUp.broughtText) reached the account."
    case .refunded:
      return "\(Money(minorUnits: topUp.books.refunded, topUp.amount.currency)) of a charge of "
        + "\(amount) was given back."
    case .refundFailed: return "A refund of a charge of \(amount) did not reach the card."
    case .disputed: return "The cardholder's bank disputes a charge of \(amount)."
    case .reversed: return "A charge of \(amount) was taken back, or written off."
    case .reinstated: return "What was taken back of a charge of \(amount) came back."
    case .held: return topUp.hold?.explanation ?? "A deposit waits."
    case .needsReview: return "A top-up of \(amount) waits for an operator."
    case .cancelled: return "A top-up of \(amount) ended before anything was charged: \(cause)."
    case .capReached, .noCard, .noConsent, .blocked: return cause
    }
  }
}

extension TopUp {
  /// What a kind of notice is told once of.
  package var occasion: Notice.Occasion { episode.map { .episode($0) } ?? .topUp(id) }

  /// The kinds of notice that the change from an earlier version makes, besides those that its
  /// account makes.
  package func told(since before: TopUp) -> [Notice.Kind] {
    var kinds = reversalKinds(since: before)
    if hasRefundFailed(since: before) { kinds.append(.refundFailed) }
    guard state != before.state else { return kinds }
    switch state {
    case .actionRequired: kinds.append(.actionRequired)
    case .declined: kinds.append(.declined)
    // An automatic one is decided anew; a person asked for the other, and is told.
    case .cancelled: if !isPutOff || !trigger.isAutomatic { kinds.append(.cancelled) }
    case .expired: if !trigger.isAutomatic { kinds.append(.cancelled) }
    case .depositHeld: kinds.append(.held)
    case .credited: if before.state != .reversed { kinds.append(.credited) }
    case .refunded: kinds.append(.refunded)
    case .needsReview:
      // One that was never made failed nowhere.
      let hasFailed = review?.resume == .refundFailed && refunds.last?.refund != nil
      let isTold = kinds.contains(.refundFailed)
      let kind: Notice.Kind = hasFailed || isTold ? .refundFailed : .needsReview
      if !kinds.contains(kind) { kinds.append(kind) }
    // An operator's word, where nobody took anything.
    case .reversed: if kinds.isEmpty { kinds.append(.reversed) }
    case .reserved, .charging, .chargeUnknown, .charged, .depositing, .depositUnknown,
      .orderCancelling, .refunding, .refundUnknown, .refundFailed:
      break
    }
    return kinds
  }

  /// Whether what had been given back came back, after the word that it had arrived.
  private func hasRefundFailed(since before: TopUp) -> Bool {
    zip(before.refunds, refunds).contains { $0.phase == .succeeded && $1.phase == .failed }
  }

  /// Each refund and dispute by its own id (invariant 38); one that the bank only asks about has
  /// taken nothing and is told all the same.
  private func reversalKinds(since before: TopUp) -> [Notice.Kind] {
    var kinds: [Notice.Kind] = []
    for reversal in reversals {
      let known = before.reversals.first { $0.id == reversal.id }
      let delta = reversal.taken - (known?.taken ?? 0)
      let isNews = delta > 0 || (known == nil && reversal.kind == .dispute)
      if isNews {
        kinds.append(reversal.kind == .dispute ? .disputed : .reversed)
      } else if delta < 0 {
        kinds.append(.reinstated)
      }
    }
    if hold?.cause == .dispute, before.hold?.cause != .dispute { kinds.append(.disputed) }
    return kinds.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// What its credit brought.
  fileprivate var broughtText: String {
    credits.map { "\($0) credits" } ?? Planck.text(deliveredTokens.units)
  }
}
