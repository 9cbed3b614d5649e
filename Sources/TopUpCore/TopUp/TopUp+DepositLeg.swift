// The deposit leg: a pinned quote, a last look at the charge, an order by our own id, and the
// ramp's word until it is final (invariants 28 to 33).

extension TopUp {
  /// A price for what was charged. The fiat amount never changes after the charge; the tokens may
  /// move against the customer by the slippage of the policy at most.
  func quoted(_ offer: Quote, _ now: UnixTime) -> Step? {
    guard state == .charged, order?.phase != .planned else { return nil }
    guard offer.gross == toOrder else {
      return waiting(Timings.ask(looks), "the quote is for \(offer.gross), not \(toOrder)", now)
    }
    guard offer.tokens > .zero, offer.fee.minorUnits >= 0,
      offer.fee.minorUnits < toOrder.minorUnits - (tax - books.tax)
    else {
      return waiting(Timings.ask(looks), "the quote offers nothing", now)
    }
    if let pinned = missingTokens ?? acceptedTokens ?? quote?.tokens {
      // A slippage that cannot be is none at all.
      let slippage = Slippage(basisPoints: slippageBasisPoints) ?? .none
      guard slippage.accepts(offer.tokens, insteadOf: pinned) else {
        if missingTokens != nil {
          return compensate("the rest would be \(offer.tokens) instead of \(pinned)", now)
        }
        return parked(
          "the price moved: \(offer.tokens) instead of \(pinned)", resume: .charged,
          offer: offer.tokens, now)
      }
    }
    var topUp = moved(to: .charged, now)
    topUp.updated = now
    topUp.orders.append(
      DepositOrder(number: orders.count + 1, quote: offer, created: now))
    return Step(topUp, "quote pinned: \(offer.tokens)")
  }

  /// The processor's word just before the order is sent, each time that it is (invariant 32).
  func reread(_ intent: IntentSnapshot, _ now: UnixTime) throws(TransitionError) -> Step? {
    guard let order, isBeforeOrder(order) else { return nil }
    guard intent.id == succeededIntent else {
      throw .contradicts("reread intent \(intent.id), charged was \(succeededIntent as Any)")
    }
    guard intent.status == .succeeded, intent.amountReceived == amount else {
      throw .contradicts("intent \(intent.id) was charged, and reads \(intent.status)")
    }
    // Disputed money is gone already, whether or not the processor shows a refund of it.
    if intent.isDisputed {
      return parked("the charge was disputed before the deposit", resume: state, now)
    }
    guard let refunded = intent.refunded else {
      return waiting(Timings.ask(looks), "the charge was not shown", now)
    }
    if refunded.minorUnits > 0 {
      return parked(
        "\(refunded) of the charge was refunded before the deposit", resume: state, now)
    }
    return order.phase == .planned ? sending(order, intent.risk, now) : sendingAgain(order, now)
  }

  private func isBeforeOrder(_ order: DepositOrder) -> Bool {
    switch order.phase {
    case .planned: state == .charged
    case .sending: state == .depositing
    case .open, .finalizing, .cancelling, .dead, .completed: false
    }
  }

  private func sending(_ order: DepositOrder, _ risk: RiskLevel?, _ now: UnixTime) -> Step {
    if let step = unseenFor(now) { return step }
    var order = order
    if let hold = holdDue(risk, now) {
      order.phase = .dead
      return Step(
        with(order, .charged, now).holding(hold, now), "held before the order: \(hold.explanation)")
    }
    guard now < order.quote.expires else {
      // Nothing was sent under it, so its number is used up harmlessly.
      order.phase = .dead
      return Step(another(after: order, now), "the quote expired: asking for another")
    }
    order.phase = .sending
    return Step(with(order, .depositing, now), "ordering \(order.quote.tokens)")
  }

  /// The same request under the same quote, whatever has become of that: an earlier send may still
  /// arrive, and the ramp says what holds.
  private func sendingAgain(_ order: DepositOrder, _ now: UnixTime) -> Step? {
    guard var step = waiting(.zero, "the charge stands", now) else { return nil }
    step.topUp.looks = looks
    step.topUp.orders[order.number - 1].needsReread = false
    return step
  }

  // MARK: How an order stands

  func orderSeen(_ seen: RampOrder, _ now: UnixTime) throws(TransitionError) -> Step? {
    guard var order, orderID(order.number) == seen.id else { return nil }
    guard order.phase != .completed, order.phase != .dead else { return nil }
    if let known = order.seen {
      // A tombstone of what it has forgotten begins to count anew.
      if seen.version < known.version || (seen.version == known.version && isNews(seen, to: known))
      {
        return forgotten(order, seen, now)
      }
      // In doubt the same version is an answer: the call was not applied. Resumed after an end that was
      // none, it is one again.
      if seen.version == known.version, state != .depositUnknown, !isLookedForAgain(order) {
        return waiting(pollSpan, "order unchanged: \(seen.state)", now)
      }
    }
    // A tombstone names no amount, and of one that came to nothing it does not matter.
    guard seen.ordered == order.quote.tokens || seen.state == .cancelled || seen.isDead else {
      throw .contradicts("order \(seen.id) is for \(seen.ordered), sent \(order.quote.tokens)")
    }
    order.seen = seen
    order.notFoundSince = nil
    order.needsReread = false
    switch seen.state {
    case .completed: return completed(order, seen, now)
    case .partial: return seen.isDead ? orderEnded(order, seen, now) : completed(order, seen, now)
    case .returned:
      return seen.isDead
        ? returned(order, seen, now)
        : parkedOrder(order, "the ramp returned the order, and something may have moved", now)
    case .failed, .cancelled, .expired: return orderEnded(order, seen, now)
    case .accepted, .submitted, .inBlock, .onHold, .unrecognised: return orderOpen(order, seen, now)
    }
  }

  /// Whether a person sent an order on its way again whose end was nothing to go on by: a block that
  /// our node had not found, or a ramp that was not sure. Nothing of it changes by waiting.
  private func isLookedForAgain(_ order: DepositOrder) -> Bool {
    guard state != .needsReview, order.phase == .open || order.phase == .cancelling else {
      return false
    }
    return order.seen?.state.isTerminal == true
  }

  private var pollSpan: Duration {
    state == .needsReview ? Timings.reviewPeriod : Timings.orderPoll(looks)
  }

  private func orderOpen(_ order: DepositOrder, _ seen: RampOrder, _ now: UnixTime) -> Step {
    var order = order
    // As it was before the cancel that is about to be sent, or was sent in vain: whoever wants the
    // charge back, or has taken it, is not passed over for that (invariant 32).
    if isWantedBack, order.phase == .cancelling {
      var topUp = with(order, .orderCancelling, now)
      if state == .orderCancelling {
        topUp.looks = looks + 1
        if looks > 0 { topUp.nextCheck = now.advanced(by: Timings.orderPoll(looks)) }
      }
      return Step(topUp, "order \(seen.state), still to be cancelled")
    }
    // A cancel that came too late: the order goes its way, and the top-up with it.
    order.phase = .open
    var topUp = with(order, .depositing, now)
    topUp.nextCheck = now.advanced(by: Timings.orderPoll(0))
    let place = seen.evidence.map { " in block \($0.blockNumber)" } ?? ""
    return Step(topUp, "order \(seen.state)\(place)")
  }

  /// Delivered by the ramp's word, in whole or in part. Its evidence must match what it says, and its
  /// block is then looked for in the finalized chain: the ramp's word alone credits nothing
  /// (invariant 30).
  private func completed(_ order: DepositOrder, _ seen: RampOrder, _ now: UnixTime) -> Step {
    guard let evidence = seen.evidence, seen.fundsMoved == .yes, seen.credited > .zero,
      seen.isAsOrdered || seen.isInPart
    else {
      return parkedOrder(order, "the ramp's evidence does not match the order", now)
    }
    var order = order
    order.phase = .finalizing
    return Step(
      with(order, .depositing, now), "order \(seen.state) in block \(evidence.blockNumber)")
  }

  /// The deposit's block stands for good, is not final yet, or is none of the chain's.
  func finalitySeen(_ block: FinalizedBlock, _ now: UnixTime) -> Step? {
    guard var order, order.phase == .finalizing, let seen = order.seen,
      let evidence = seen.evidence, evidence.blockNumber == block.number
    else { return nil }
    guard let hash = block.hash else {
      return waiting(pollSpan, "block \(block.number) is not final at head \(block.head)", now)
    }
    guard hash == evidence.blockHash else {
      // The ramp may have it in another block by now: it is asked again.
      order.phase = .open
      return parkedOrder(order, "block \(block.number) of the ramp's is not the chain's", now)
    }
    return credited(order, seen, now)
  }

  /// Credited: in a finalized block, as ordered. A part is taken into the books in the same way, and
  /// the rest goes on by its rule.
  private func credited(_ order: DepositOrder, _ seen: RampOrder, _ now: UnixTime) -> Step {
    var order = order
    order.phase = .completed
    order.isFinalized = true
    // Taken back while it was under way, it is delivered all the same, and reversed.
    var topUp = with(order, reversed > 0 ? .reversed : .credited, now)
    let postings = topUp.settle(settlement(of: order))
    var step =
      order.isPart
      ? topUp.afterPart("credited \(seen.credited) of \(seen.ordered), finalized", now)
      : topUp.surplus.map { topUp.parked($0, resume: .charged, now) }
        ?? Step(topUp, "credited \(seen.credited), finalized")
    guard case .ddc(let destination) = account else { return step }
    let all = Entry.net(
      postings
        + Entry.move(seen.credited.units, from: .conversionTokens, to: .delivered(destination)))
    step.entries = [Entry(topUp: id, "deposit finalized under quote \(order.quote.id)", all)]
    return step
  }

  /// Whether what is not delivered is given back, and not ordered again.
  var isWantedBack: Bool {
    isRefundWished || isRefundOrdered || reversed > 0 || hold?.phase == .refused
  }

  private func orderEnded(_ order: DepositOrder, _ seen: RampOrder, _ now: UnixTime) -> Step {
    guard seen.fundsMoved == .no else {
      return parkedOrder(order, "the order ended, and the ramp is not sure that nothing moved", now)
    }
    guard !isTombstoneOfLate(order, seen) else {
      return parkedOrder(order, Self.tombstoneTooLate, now)
    }
    var order = order
    let isGivenBack = state == .orderCancelling || isWantedBack
    order.phase = .dead
    if isGivenBack { return refunding(with(order, .refunding, now), "order \(seen.state)", now) }
    return Step(another(after: order, now), "order \(seen.state): another quote")
  }

  /// A cancel of an id that the ramp has forgotten leaves a tombstone too, whatever was delivered under
  /// it: from half of the ramp's retention on one that is new proves nothing (invariants 29, 33). One
  /// that names the order's amount is of an order that the ramp knows.
  private func isTombstoneOfLate(_ order: DepositOrder, _ seen: RampOrder) -> Bool {
    seen.state == .cancelled && seen.ordered != order.quote.tokens
      && seen.updated >= order.created.advanced(by: Timings.resendMax)
  }

  /// Older than what was seen before: the ramp forgot the order, where that is a tombstone of late, and
  /// has nothing to say otherwise.
  private func forgotten(_ order: DepositOrder, _ seen: RampOrder, _ now: UnixTime) -> Step? {
    guard state != .needsReview, isTombstoneOfLate(order, seen) else { return nil }
    return parkedOrder(order, Self.tombstoneTooLate, now)
  }

  private func isNews(_ seen: RampOrder, to known: RampOrder) -> Bool {
    seen.state == .cancelled && !known.state.isTerminal
  }

  private static let tombstoneTooLate =
    "the ramp's tombstone is too late to say that the order never came"

  /// The ramp has an order of it that this store, an older copy once, never sent: nothing is ordered or
  /// given back beside that (invariants 28, 33, 50).
  func overtaken(_ reason: String, _ now: UnixTime) -> Step? {
    guard !state.isTerminal, state != .needsReview else { return nil }
    guard state == .refunding, var last = refunds.last, last.phase == .sending else {
      return parked(reason, resume: state, now)
    }
    last.phase = .failed
    var topUp = self
    topUp.refunds[last.number - 1] = last
    return topUp.parked(reason, resume: .refundFailed, now)
  }

  /// Back to asking for a price; the longer, the more orders have come to nothing.
  func another(after order: DepositOrder, _ now: UnixTime) -> TopUp {
    var topUp = with(order, .charged, now)
    topUp.nextCheck = now.advanced(by: Timings.ask(orders.count - 1))
    return topUp
  }

  /// The ramp does not know the id. After a lost reply the same request is sent again, once two
  /// looks a minute apart have said so (invariant 29).
  func orderNotFound(_ now: UnixTime) -> Step? {
    guard var order, order.phase != .dead, order.phase != .completed else { return nil }
    switch state {
    case .orderCancelling:
      guard order.phase == .open else { return nil }
      order.phase = .cancelling
      return Step(with(order, state, now), "not known to the ramp: leaving a tombstone")
    case .depositUnknown, .depositing: break
    case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld, .credited,
      .declined, .cancelled, .expired, .refunding, .refundUnknown, .refunded, .refundFailed,
      .reversed, .needsReview:
      return nil
    }
    guard order.phase != .cancelling else {
      return Step(with(order, .depositing, now), "not known to the ramp: leaving a tombstone")
    }
    // A moment by a clock that was ahead is none (invariant 48).
    let known = order.notFoundSince.flatMap { $0 <= now ? $0 : nil }
    guard let since = known, now >= since.advanced(by: Timings.notFoundSpacing) else {
      order.notFoundSince = known ?? now
      return waiting(order, Timings.notFoundSpacing, "the ramp does not know the order yet", now)
    }
    order.notFoundSince = nil
    guard order.seen == nil else {
      return forgottenOrder(order, "the ramp no longer knows an order that it had", now)
    }
    guard now < order.created.advanced(by: Timings.resendMax) else {
      return forgottenOrder(order, "too old to be sent again under the same id", now)
    }
    var again = order
    again.phase = .sending
    again.needsReread = true
    return Step(with(again, .depositing, now), "not known to the ramp: the same order again")
  }

  func depositRefused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    let putOff = waiting(
      refusal.retryAfter ?? Timings.ask(looks), "put off by the ramp: \(refusal.code)", now)
    switch refusal.kind {
    case .rateLimited, .inProgress, .notAuthorised, .insufficientLiquidity: return putOff
    case .notFound, .quoteNotUsable, .invalid, .unexpectedState, .idempotencyConflict: break
    }
    switch next() {
    case .askQuote where refusal.kind != .notFound:
      return compensate("the ramp refused a quote: \(refusal.code)", now)
    case .createOrder where refusal.kind != .notFound: return orderRefused(refusal, now)
    case .cancelOrder: return cancelRefused(refusal, now)
    case .askQuote, .createOrder, .rereadBeforeOrder, .askOrder, .askFinality, .createIntent,
      .confirmIntent,
      .cancelIntent, .askIntent, .findIntent, .createRefund, .askRefunds, nil:
      // A question that is refused changes nothing.
      return putOff
    }
  }

  private func orderRefused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    switch refusal.kind {
    case .quoteNotUsable:
      // The order's id gets a tombstone before another is used, for an earlier send of it may still
      // arrive (invariant 28).
      guard var order else { return nil }
      order.phase = .cancelling
      return Step(with(order, .depositing, now), "the ramp refused the quote: \(refusal.code)")
    case .idempotencyConflict:
      return parked("the ramp has this order with another body", resume: .depositing, now)
    case .invalid, .unexpectedState, .notFound, .inProgress, .rateLimited, .notAuthorised,
      .insufficientLiquidity:
      return compensate("the ramp refused the order: \(refusal.code)", now)
    }
  }

  /// A cancel that is refused comes too late, as a rule: how the order stands is asked.
  private func cancelRefused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    guard var order else { return nil }
    guard refusal.kind != .notFound else {
      // Without tombstones a late order could follow any refund (invariant 33).
      return parkedOrder(order, "the ramp leaves no tombstone for an order it has not seen", now)
    }
    order.phase = .open
    var topUp = with(order, state, now)
    topUp.nextCheck = now.advanced(by: Timings.orderPoll(0))
    return Step(topUp, "not cancelled, asking: \(refusal.code)")
  }

  /// A change of nothing but what the order's looks have said, which is not committed.
  private func waiting(
    _ order: DepositOrder, _ span: Duration, _ cause: String, _ now: UnixTime
  ) -> Step? {
    var copy = self
    copy.orders[order.number - 1] = order
    return copy.waiting(span, cause, now)
  }

  /// There is nothing left to ask: whoever sends it on has a tombstone left for it.
  private func forgottenOrder(_ order: DepositOrder, _ reason: String, _ now: UnixTime) -> Step {
    with(order, state, now).parked(reason, resume: .orderCancelling, now)
  }

  private func parkedOrder(_ order: DepositOrder, _ reason: String, _ now: UnixTime) -> Step {
    with(order, state, now).parked(reason, resume: .depositing, now)
  }

  func with(_ order: DepositOrder, _ state: TopUpState, _ now: UnixTime) -> TopUp {
    var topUp = moved(to: state, now)
    topUp.orders[order.number - 1] = order
    return topUp
  }
}

extension RampOrder {
  /// As ordered, or less the 1 CERE that opens the owner's wallet (facts/domain §3, the skim).
  fileprivate var isAsOrdered: Bool {
    credited == ordered
      || (existentialSkim && credited.units.clampedSum(Planck.cere.units) == ordered.units)
  }

  /// Less than that, by a ramp that says so.
  fileprivate var isInPart: Bool {
    state == .partial
      && credited.units.clampedSum(existentialSkim ? Planck.cere.units : 0) < ordered.units
  }
}
