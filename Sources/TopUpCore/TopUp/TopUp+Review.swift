// What an operator does with a top-up that waits for a person: the same guards as everywhere, with
// a name and a reason in the record (invariants 39, 52).

extension TopUp {
  /// - Throws: ``TransitionError/refused(_:)`` where the verb's guard does not hold.
  func reviewed(_ action: ReviewAction, _ now: UnixTime) throws(TransitionError) -> Step {
    do throws(ReviewRefusal) {
      guard state == .needsReview || state == .depositHeld else { throw .notInReview(state) }
      guard !action.actor.isEmpty, !action.reason.isEmpty else { throw .unsigned }
      var step: Step
      guard let review else {
        step = try reviewedHold(action, now)
        step.cause = action.signed(step.cause)
        return step
      }
      switch action.verb {
      case .resume: step = try resumed(review, now)
      case .release: step = try released(review, now)
      case .refund: step = try refundedByWord(action, now)
      case .resolve(.delivered(let evidence)):
        step = try deliveredByWord(action, evidence: evidence, now)
      case .resolve(.undelivered(let evidence)):
        step = try undeliveredByWord(evidence: evidence, now)
      case .resolve(.lost): step = try writtenOff(action, now)
      }
      step.cause = action.signed(step.cause)
      return step
    } catch {
      throw .refused(error)
    }
  }

  // MARK: Going on

  /// Back to where it was parked. A POST that may have been sent before is in doubt, as after a
  /// restart: it is asked about, and not sent (invariant 15).
  private func resumed(_ review: Review, _ now: UnixTime) throws(ReviewRefusal) -> Step {
    switch review.resume {
    case .depositing, .depositUnknown:
      // What it was ordered for was taken back since (invariant 32).
      if reversed > 0, ordersOn { return compensate("a part of the charge was taken back", now) }
    case .reserved, .charging, .chargeUnknown, .actionRequired, .orderCancelling, .refunding,
      .refundUnknown:
      break
    case .charged:
      guard reversed == 0 else { throw .takenBack }
      // One that was given up may arrive all the same (invariant 33).
      if refunds.contains(where: \.isRefused) { throw .refundGivenUp }
      // Nothing is ordered for what came back beside a refund, or beyond what was bought.
      guard toOrder.minorUnits > 0, books.held >= toOrder.minorUnits else {
        throw .nothingToResume(.charged)
      }
      // What was given back for a hold or an inquiry alone may come again, and is held anew.
      let isWarned = hold?.phase == .refused && hold?.cause == .fraudWarning
      if isRefundWished || isRefundOrdered || isWarned { throw .wantedBack }
    case .depositHeld, .credited, .declined, .cancelled, .expired, .refunded, .refundFailed,
      .reversed, .needsReview:
      throw .nothingToResume(review.resume)
    }
    var topUp = moved(to: review.resume, now).afterRestart()
    topUp.resumed = now
    topUp.nextCheck = now
    return Step(topUp, "goes on as \(topUp.state.rawValue)")
  }

  /// The price that was offered is taken for the one it was decided at: one that moves too far from
  /// it is a person's again.
  private func released(_ review: Review, _ now: UnixTime) throws(ReviewRefusal) -> Step {
    guard review.resume == .charged, let offer = review.offer else { throw .noPriceToAccept }
    var step = try resumed(review, now)
    step.topUp.acceptedTokens = offer
    step.cause = "the price of \(offer) is accepted"
    return step
  }

  // MARK: Giving back

  /// The order is tombstoned first.
  private func refundedByWord(
    _ action: ReviewAction, _ now: UnixTime
  ) throws(ReviewRefusal) -> Step {
    guard attempts.contains(where: { $0.phase == .succeeded }) else { throw .chargeUndecided }
    if refunds.last?.isUnresolved == true { throw .refundMaySucceed }
    if let order, order.phase != .completed, order.hasMovedFunds { throw .delivered }
    if books.delivered > 0, !orders.contains(where: \.isPart), toOrder.minorUnits > 0 {
      throw .delivered
    }
    // Where others took it, an order that goes on is stopped all the same.
    let isLive = order.map { $0.phase.mayDeliver && !$0.isOver } ?? false
    guard books.held + debtToUnpay > 0 || isLive else { throw .nothingHeld }
    var topUp = self
    topUp.isRefundOrdered = true
    return topUp.compensate(action.reason, now)
  }

  /// The order that nobody could stop delivers nothing, by the word of who runs the ramp: what is held
  /// is given back (invariant 33).
  private func undeliveredByWord(
    evidence: String, _ now: UnixTime
  ) throws(ReviewRefusal) -> Step {
    guard !evidence.isEmpty else { throw .unsigned }
    guard var order, order.phase.mayDeliver else { throw .noOrderInDoubt }
    guard cannotBeStopped(order) else { throw .orderMayDeliver(orderID(order.number)) }
    guard attempts.contains(where: { $0.phase == .succeeded }) else { throw .chargeUndecided }
    if refunds.last?.isUnresolved == true { throw .refundMaySucceed }
    // What the ramp said of one that it has forgotten is looked up on the chain.
    if order.hasMovedFunds, now < order.forgotten { throw .delivered }
    guard books.held + debtToUnpay > 0 || reversed > 0 else { throw .nothingHeld }
    order.hear(.cancelled, moved: .no, orderID(order.number), evidence, now)
    order.phase = .dead
    return refunding(
      with(order, .refunding, now), "order \(order.number) delivers nothing, by \(evidence)", now)
  }

  // MARK: Ending it

  /// What was charged has become what was bought, though not by an order that we saw through.
  private func deliveredByWord(
    _ action: ReviewAction, evidence: String, _ now: UnixTime
  ) throws(ReviewRefusal) -> Step {
    guard !evidence.isEmpty else { throw .unsigned }
    try nothingIsUnderWay()
    guard case .ddc(let destination) = account else { throw .nothingHeld }
    // What is held beside that was never to be delivered.
    guard toOrder.minorUnits > 0 else { throw .deliveredWhole }
    // What was refunded bought nothing; what others took is owed for what it bought.
    guard books.held + takenFromHeld >= toOrder.minorUnits else { throw .refunded }
    var topUp = closed(as: reversed > 0 ? .reversed : .credited, byDelivery: evidence, now)
    // Taken back in part meanwhile, that part is the account's debt (invariant 27).
    let (fee, tax) = (feeDue - books.fee, tax - books.tax)
    var postings = topUp.settle(
      Settlement(delivered: toOrder.minorUnits - fee - tax, fee: fee, tax: tax))
    let price = order?.quote ?? quote
    if let tokens = order?.phase == .completed ? missingTokens : price?.tokens {
      postings += Entry.move(tokens.units, from: .conversionTokens, to: .delivered(destination))
      let shown = topUp.deliveredTokens.units - deliveredTokens.units
      if tokens.units > shown { topUp.wordTokens = Planck(tokens.units - shown) }
    }
    var step = Step(topUp, "delivered, by \(evidence)")
    if let surplus = topUp.surplus {
      step = topUp.parked(surplus, resume: .charged, now)
      step.cause = "delivered, by \(evidence); \(step.cause)"
    }
    step.entries = [
      Entry(
        topUp: id,
        "delivered by the word of \(action.actor) under quote \(price?.id.rawValue ?? "none")",
        Entry.net(postings))
    ]
    return step
  }

  /// What is held is our loss; where others took all of it back meanwhile, nothing is left to lose.
  private func writtenOff(
    _ action: ReviewAction, _ now: UnixTime
  ) throws(ReviewRefusal) -> Step {
    try nothingIsUnderWay()
    // On its way by the ramp's word, it ends by that of who runs the ramp.
    if let order, order.isOnItsWay, now < order.forgotten {
      throw .orderMayDeliver(orderID(order.number))
    }
    let loss = books.held
    guard loss > 0 || reversed > 0 else { throw .nothingHeld }
    var topUp = closed(as: .reversed, byDelivery: nil, now)
    topUp.books.held = 0
    topUp.books.lost += loss
    var step = Step(topUp, "written off \(Money(minorUnits: loss, amount.currency))")
    guard loss > 0 else { return step }
    step.entries = [
      Entry(
        topUp: id, "written off by the word of \(action.actor)",
        Entry.move(
          Int128(loss), from: .losses(amount.currency), to: .held(account, amount.currency)))
    ]
    return step
  }

  /// Whoever ends it may not be overtaken by an answer.
  private func nothingIsUnderWay() throws(ReviewRefusal) {
    guard attempts.contains(where: { $0.phase == .succeeded }) else { throw .chargeUndecided }
    if refunds.last?.isUnresolved == true { throw .refundMaySucceed }
    // One that could not be stopped is what the word is about.
    if let order, !order.isOver, !cannotBeStopped(order) {
      throw .orderMayDeliver(orderID(order.number))
    }
  }

  /// Whether an order was told to stop in vain, or has ended by the ramp's word: one that the ramp shows
  /// on its way is stopped first, or delivers.
  private func cannotBeStopped(_ order: DepositOrder) -> Bool {
    switch order.seen?.state {
    case nil:
      order.phase == .cancelling || order.phase == .open || review?.resume == .orderCancelling
    // Its cancel was refused or not answered, or the ramp no longer knows what it had.
    case .accepted, .onHold, .submitted, .inBlock, .unrecognised:
      order.phase == .cancelling || review?.resume == .orderCancelling
    case .completed, .partial, .returned, .failed, .cancelled, .expired: true
    }
  }

  /// Ended, and its last order with it: no late word of the ramp moves it any more.
  ///
  /// - Parameter evidence: of a delivery; nil where it is written off.
  private func closed(
    as state: TopUpState, byDelivery evidence: String?, _ now: UnixTime
  ) -> TopUp {
    guard var last = order else { return moved(to: state, now) }
    if last.phase != .completed {
      let isDelivered = evidence != nil
      last.hear(
        isDelivered ? .completed : .failed, moved: .unknown, orderID(last.number), evidence, now)
      last.phase = isDelivered && last.hasMovedFunds ? .completed : .dead
    }
    return with(last, state, now)
  }
}

extension DepositOrder {
  /// What a person says of an order that was sent, and of which the ramp has said nothing, is the last
  /// word on it: it is none that this row never sent (invariant 50).
  fileprivate mutating func hear(
    _ state: RampOrder.State, moved: RampOrder.FundsMoved, _ id: ClientOrderID, _ evidence: String?,
    _ now: UnixTime
  ) {
    guard seen == nil, phase.mayDeliver else { return }
    seen = RampOrder(
      id: id, state: state, version: 0, ordered: quote.tokens, credited: .zero, evidence: nil,
      existentialSkim: false, reason: evidence, fundsMoved: moved, updated: now)
  }
}

extension DepositOrder {
  /// Whether it has delivered something, by the ramp's word.
  var hasMovedFunds: Bool {
    phase == .completed || phase == .finalizing || seen?.fundsMoved == .yes
      || seen.map { $0.credited > .zero } == true
  }

  /// Whether the ramp shows it beyond the point where it can be stopped, and not ended.
  fileprivate var isOnItsWay: Bool {
    switch seen?.state {
    case .submitted, .inBlock, .unrecognised: phase.mayDeliver
    case .accepted, .onHold, .completed, .partial, .returned, .failed, .cancelled, .expired, nil:
      false
    }
  }

  /// Whether nothing more comes of it: it was never sent, or the ramp has ended it for good.
  fileprivate var isOver: Bool {
    switch phase {
    case .planned, .dead, .completed: true
    case .sending, .open, .finalizing, .cancelling: seen?.state.isTerminal == true
    }
  }
}
