extension TopUp {
  /// What an event does to this top-up.
  ///
  /// - Returns: nil for a legal late or repeated event, which changes nothing.
  /// - Throws: ``TransitionError`` for an event that contradicts what is recorded.
  package func applying(
    _ event: TopUpEvent, at now: UnixTime
  ) throws(TransitionError) -> Step? {
    guard var step = try follow(event, now) else { return nil }
    if step.isWaiting { return step }
    precondition(step.topUp.books.balance, "the books of \(id) do not balance (invariant 24)")
    stamp(&step.topUp, now)
    if step.topUp.state.isTerminal {
      step.topUp.nextCheck = nil
    } else if state.isTerminal {
      step.topUp.isReopened = true
    }
    return step
  }

  private func follow(
    _ event: TopUpEvent, _ now: UnixTime
  ) throws(TransitionError) -> Step? {
    switch event {
    case .chargeStarted: chargeStarted(now)
    case .chargeForbidden(let reason): chargeForbidden(reason, now)
    case .intentSeen(let intent): try intentSeen(intent, now)
    case .intentNotFound: intentNotFound(now)
    case .quoted(let quote): quoted(quote, now)
    case .reread(let intent): try reread(intent, now)
    case .orderSeen(let order): try orderSeen(order, now)
    case .orderNotFound: orderNotFound(now)
    case .overtaken(let reason): overtaken(reason, now)
    case .finalitySeen(let block): finalitySeen(block, now)
    case .refundsSeen(let refunds): try refundsSeen(refunds, now)
    case .refundWithheld(let reason): refundWithheld(reason, now)
    case .reversalsSeen(let seen): try reversalsSeen(seen, now)
    case .fraudWarned: fraudWarned(now)
    case .refused(let refusal): refused(refusal, now)
    case .inDoubt(let reason): inDoubt(reason, now)
    case .notSent(let reason): waiting(Timings.ask(looks), "not sent: \(reason)", now)
    case .cancelRequested(let reason): cancelRequested(reason, now)
    case .refundWished(let wish): try refundWished(wish, now)
    case .reviewed(let action): try reviewed(action, now)
    case .debtReleased(let release): debtReleased(release)
    case .timePassed: timePassed(now)
    }
  }

  /// What a restart makes of it: every POST that may have been sent is in doubt (invariant 15).
  ///
  /// Not a transition: nothing is known that was not known before. The same value comes out of the
  /// store after any crash.
  package func afterRestart() -> TopUp {
    var copy = self
    // An order that is to be sent once more was sent before.
    let isSending = state == .depositing && order?.phase == .sending
    guard isSending || next()?.isPost == true else { return copy }
    switch state {
    case .charging: copy.state = .chargeUnknown
    case .depositing: copy.state = .depositUnknown
    case .refunding: copy.state = .refundUnknown
    case .reserved, .chargeUnknown, .actionRequired, .charged, .depositHeld, .depositUnknown,
      .credited, .declined, .cancelled, .expired, .orderCancelling, .refundUnknown, .refunded,
      .refundFailed, .reversed, .needsReview:
      return copy  // Cancelling an order leaves a tombstone however often it is asked (33).
    }
    copy.looks = 0
    copy.nextCheck = updated
    return copy
  }

  /// The same, to have its charge read again before its order is sent, for that has to wait
  /// (invariant 32).
  package func readingAgain() -> TopUp {
    guard let order, order.phase == .sending else { return self }
    var copy = self
    copy.orders[order.number - 1].needsReread = true
    return copy
  }

  /// Parks the top-up after an event that contradicts its record; nil when it is parked already.
  package func contradicted(_ error: TransitionError, at now: UnixTime) -> Step? {
    guard state != .needsReview, !state.isTerminal, case .contradicts(let reason) = error else {
      return nil
    }
    var step = parked(reason, resume: state, now)
    stamp(&step.topUp, now)
    return step
  }

  /// What every committed change bears.
  private func stamp(_ topUp: inout TopUp, _ now: UnixTime) {
    topUp.version = version + 1
    topUp.updated = now
    topUp.standsSince = topUp.position == position ? standsSince : now
  }

  /// How far the legs have come. The same before and after a call that went into doubt and out of
  /// it again.
  private var position: Position {
    let orders = orders.map { order in
      var order = order
      order.notFoundSince = nil
      order.needsReread = false
      // A cancel that is refused, asked about and sent again.
      if state == .orderCancelling, order.phase == .open { order.phase = .cancelling }
      return order
    }
    let refunds = refunds.map { refund in
      var refund = refund
      refund.notFoundSince = nil
      return refund
    }
    return Position(
      state: state.outOfDoubt, attempts: attempts, orders: orders, refunds: refunds,
      reversals: reversals)
  }

  private struct Position: Equatable {
    let state: TopUpState
    let attempts: [ChargeAttempt]
    let orders: [DepositOrder]
    let refunds: [RefundAttempt]
    let reversals: [Reversal]
  }

  // MARK: What every leg shares

  /// A change of nothing but the next look.
  func waiting(_ span: Duration, _ cause: String, _ now: UnixTime) -> Step? {
    guard !state.isTerminal else { return nil }
    var topUp = self
    topUp.looks += 1
    // However long another asks us to wait.
    topUp.nextCheck = now.advanced(by: min(span, Timings.reviewPeriod))
    if let order { topUp.orders[order.number - 1].needsReread = order.phase == .sending }
    var step = Step(topUp, cause)
    step.isWaiting = true
    return step
  }

  /// The same top-up in another state, to be looked at once more at once.
  func moved(to state: TopUpState, _ now: UnixTime) -> TopUp {
    var topUp = self
    topUp.state = state
    topUp.looks = 0
    topUp.nextCheck = now
    topUp.review = nil
    return topUp
  }

  /// Parked for a person, with the reason and the next look (invariant 39).
  func parked(
    _ reason: String, resume: TopUpState, offer: Planck? = nil, _ now: UnixTime
  ) -> Step {
    var topUp = moved(to: .needsReview, now)
    topUp.review = Review(reason: reason, resume: resume, offer: offer)
    topUp.nextCheck = now.advanced(by: Timings.reviewPeriod)
    return Step(topUp, "needs review: \(reason)")
  }

  private func refused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    switch state {
    case .charging, .chargeUnknown, .actionRequired: chargeRefused(refusal, now)
    case .charged, .depositing, .depositUnknown, .orderCancelling: depositRefused(refusal, now)
    case .refunding, .refundUnknown: refundRefused(refusal, now)
    case .needsReview: waiting(Timings.reviewPeriod, "refused: \(refusal.code)", now)
    case .reserved, .depositHeld, .credited, .declined, .cancelled, .expired, .refunded,
      .refundFailed, .reversed:
      nil
    }
  }

  private func inDoubt(_ reason: String, _ now: UnixTime) -> Step? {
    let doubtful: TopUpState
    switch state {
    case .charging: doubtful = .chargeUnknown
    case .depositing: doubtful = .depositUnknown
    case .refunding: doubtful = .refundUnknown
    case .chargeUnknown, .actionRequired, .charged, .depositUnknown, .orderCancelling,
      .refundUnknown:
      return waiting(Timings.ask(looks), "no answer: \(reason)", now)
    case .needsReview: return waiting(Timings.reviewPeriod, "no answer: \(reason)", now)
    case .reserved, .depositHeld, .credited, .declined, .cancelled, .expired, .refunded,
      .refundFailed, .reversed:
      return nil
    }
    guard next()?.isPost == true else {
      return waiting(Timings.ask(looks), "no answer: \(reason)", now)
    }
    var topUp = moved(to: doubtful, now)
    // A call that is in doubt again and again is made at longer and longer intervals.
    topUp.looks = looks + 1
    topUp.nextCheck = now.advanced(by: Timings.ask(looks))
    return Step(topUp, "in doubt: \(reason)")
  }

  private func cancelRequested(_ reason: String, _ now: UnixTime) -> Step? {
    switch state {
    case .reserved:
      var step = Step(moved(to: .cancelled, now), "cancelled: \(reason)")
      step.releasesReservation = true
      return step
    case .charging, .chargeUnknown, .actionRequired: return chargeGivenUp(reason, now)
    case .needsReview: return isBeingPutOff ? chargeGivenUp(reason, now) : nil
    case .charged, .depositHeld, .depositing, .depositUnknown, .credited, .declined, .cancelled,
      .expired, .orderCancelling, .refunding, .refundUnknown, .refunded, .refundFailed, .reversed:
      return nil
    }
  }

  /// Nothing was ever sent, so the reservation goes back.
  func expired(_ now: UnixTime) -> Step {
    var step = Step(moved(to: .expired, now), "nothing was sent in time")
    step.releasesReservation = true
    return step
  }

  private func timePassed(_ now: UnixTime) -> Step? {
    switch state {
    case .reserved:
      return now >= created.advanced(by: Timings.reservedMax) ? expired(now) : nil
    case .actionRequired:
      guard let attempt, now >= attempt.started.advanced(by: Timings.authenticationMax) else {
        return nil
      }
      return abandonAttempt("nobody authenticated in time", now)
    case .depositHeld: return holdEnded(now)
    case .charged:
      return isPastDepositDeadline(now)
        ? compensate("the deposit did not begin in time", now) : nil
    case .depositing where order?.phase == .sending && isPastDepositDeadline(now):
      return compensate("the ramp did not take the order in time", now)
    case .charging where isTooOldToCharge(now):
      // Not in doubt, so that nothing of it is under way.
      return putOff("it is too old to be charged for", now)
    case .charging, .chargeUnknown, .depositing, .depositUnknown, .orderCancelling, .refunding,
      .refundUnknown:
      return standing(now)
    case .credited, .declined, .cancelled, .expired, .refunded, .refundFailed, .reversed,
      .needsReview:
      return nil
    }
  }

  /// Measured from the first price after the charge, or from a person's word after that: another
  /// price does not begin it anew.
  private func isPastDepositDeadline(_ now: UnixTime) -> Bool {
    let begun = resumed ?? orders.first?.created ?? updated
    return now >= min(begun, updated).advanced(by: Timings.depositDeadline)
  }

  /// What has stood still for a day, with at least one look that brought nothing, waits for a
  /// person; asking goes on (invariant 39).
  private func standing(_ now: UnixTime) -> Step? {
    guard looks > 0, now >= standsSince.advanced(by: Timings.doubtMax) else { return nil }
    return parked("nothing has changed for a day", resume: state, now)
  }
}
