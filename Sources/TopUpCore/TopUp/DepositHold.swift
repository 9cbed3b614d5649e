/// A charge that waits before its deposit, which nothing can undo (facts/stripe §7).
///
/// While it waits, whatever puts the charge in doubt has it given back: no order is sent.
package struct DepositHold: Sendable, Hashable {
  package enum Cause: String, Sendable, Hashable, CaseIterable {
    /// The card has not paid for long enough.
    case newCard
    /// The processor rates the charge as risky.
    case risk
    /// The card's bank warned that the cardholder may not have paid.
    case fraudWarning
    /// The cardholder's bank disputes the charge, or asks about it.
    case dispute
  }

  package enum Phase: String, Sendable, Hashable, CaseIterable {
    case waiting
    /// Its time is over. A charge that turns out to be risky then is held anew.
    case over
    /// A person let the deposit go on: it is not held again.
    case waived
    /// The charge is given back instead.
    case refused
  }

  package var cause: Cause
  /// What the processor made of the charge, where it said so.
  package var risk: RiskLevel?
  package var since: UnixTime
  /// When it goes on by itself; nil when a person must decide.
  package var until: UnixTime?
  package var phase: Phase

  package init(
    cause: Cause, risk: RiskLevel?, since: UnixTime, until: UnixTime?, phase: Phase = .waiting
  ) {
    self.cause = cause
    self.risk = risk
    self.since = since
    self.until = until
    self.phase = phase
  }
}

extension DepositHold {
  /// Why it waits, for people.
  package var explanation: String {
    switch cause {
    case .newCard: "the card has not paid us for long enough"
    case .risk: "the processor rates the charge's risk as \(risk?.rawValue ?? "unknown")"
    case .fraudWarning: "the card's bank warned of fraud"
    case .dispute: "the charge is disputed"
    }
  }
}

extension TopUp {
  /// Why the deposit must wait now, by the rule it was decided under (invariant 47); nil when it may
  /// be ordered.
  ///
  /// - Parameter risk: the processor's word on the charge; nil while it was not shown.
  func holdDue(_ risk: RiskLevel?, _ now: UnixTime) -> DepositHold? {
    guard hold?.phase != .waived, let paid = attempts.last(where: { $0.phase == .succeeded })
    else { return nil }
    let charged = paid.paid ?? hold?.since ?? now
    if let level = risk, let least = holdRule.risk, level >= least {
      let until = holdRule.riskSpan.map { charged.advanced(by: $0) }
      if until.map({ now < $0 }) ?? true {
        return DepositHold(cause: .risk, risk: risk, since: now, until: until)
      }
    }
    guard paid.paid != nil else { return otherCardHold(risk, since: charged, now) }
    // Without a span the recorded card does not wait, also not for a clock that is behind
    // (invariant 48).
    guard let span = holdRule.newCard, span > .zero else { return nil }
    let until = (paid.card.provenSince ?? charged).advanced(by: span)
    guard now < until else { return nil }
    return DepositHold(cause: .newCard, risk: risk, since: now, until: until)
  }

  /// Of a card that is not the recorded one nothing is known: it waits as a new one does, and until a
  /// person decides where the rule has no span for those.
  private func otherCardHold(
    _ risk: RiskLevel?, since: UnixTime, _ now: UnixTime
  ) -> DepositHold? {
    guard let span = holdRule.newCard, span > .zero else {
      return DepositHold(cause: .newCard, risk: risk, since: since, until: nil)
    }
    let until = since.advanced(by: span)
    guard now < until else { return nil }
    return DepositHold(cause: .newCard, risk: risk, since: since, until: until)
  }

  /// Charged, and waiting.
  func holding(_ hold: DepositHold, _ now: UnixTime) -> TopUp {
    var topUp = moved(to: .depositHeld, now)
    topUp.hold = hold
    topUp.nextCheck = hold.until ?? now.advanced(by: Timings.reviewPeriod)
    return topUp
  }

  /// Its time is over: it goes on, and the deposit's own deadline begins.
  func holdEnded(_ now: UnixTime) -> Step? {
    guard state == .depositHeld, let until = hold?.until, now >= until else { return nil }
    return unseenFor(now) ?? Step(goingOn(.over, now), "held for long enough: going on")
  }

  /// What an operator does with it; the same record as for what is parked (invariant 52).
  func reviewedHold(_ action: ReviewAction, _ now: UnixTime) throws(ReviewRefusal) -> Step {
    switch action.verb {
    case .release:
      guard reversed == 0 else { throw .takenBack }
      return unseenFor(now) ?? Step(goingOn(.waived, now), "not held any longer")
    case .refund: return compensate(action.reason, now)
    case .resume, .resolve: throw .onHold
    }
  }

  /// The bank's warning comes before most disputes: what was not ordered yet is given back, an order
  /// that may still be stopped is, and what another does not deliver is not ordered again.
  func fraudWarned(_ now: UnixTime) -> Step? {
    var topUp = self
    topUp.hold = DepositHold(
      cause: .fraudWarning, risk: hold?.risk, since: hold?.since ?? now, until: nil,
      phase: .refused)
    let cause = "an early fraud warning came before the deposit"
    switch state {
    case .charged, .depositHeld: return topUp.compensate(cause, now)
    case .depositing where ordersOn, .depositUnknown where ordersOn:
      return topUp.compensate(cause, now)
    case .needsReview where ordersOn || isBeforeItsPrice: return topUp.compensate(cause, now)
    case .depositing, .depositUnknown, .orderCancelling, .needsReview:
      guard books.held > 0, topUp.hold != hold else { return nil }
      return Step(topUp, "an early fraud warning came: nothing more is ordered")
    case .reserved, .charging, .chargeUnknown, .actionRequired, .credited, .declined, .cancelled,
      .expired, .refunding, .refundUnknown, .refunded, .refundFailed, .reversed:
      return nil
    }
  }

  /// Whether a price is all that a person is waited for: nothing was ordered under it.
  var isBeforeItsPrice: Bool {
    state == .needsReview && review?.resume == .charged && review?.offer != nil
  }

  private func goingOn(_ phase: DepositHold.Phase, _ now: UnixTime) -> TopUp {
    var topUp = moved(to: .charged, now)
    topUp.hold?.phase = phase
    topUp.resumed = now
    return topUp
  }
}
