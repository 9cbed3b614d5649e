// The charge leg: one or more attempts, each an intent that is created unconfirmed, recorded, and
// only then confirmed (invariants 12, 13, 16, 20, 21).

extension TopUp {
  func chargeStarted(_ now: UnixTime) -> Step? {
    guard state == .reserved, let card = cards.first else { return nil }
    // Too old to be charged for: it is decided anew (invariant 47).
    guard now < created.advanced(by: Timings.reservedMax) else { return expired(now) }
    var topUp = moved(to: .charging, now)
    topUp.attempts = [ChargeAttempt(number: 1, card: card, started: now)]
    return Step(topUp, "charging \(card.brand) •••• \(card.last4)")
  }

  /// Ends the charge before it succeeds. What has been sent is cancelled first, and counts as dead
  /// only when it is seen so.
  func chargeForbidden(_ reason: String, _ now: UnixTime) -> Step? {
    switch state {
    case .reserved:
      var step = Step(moved(to: .cancelled, now), "not charged: \(reason)")
      step.topUp.isPutOff = true
      step.releasesReservation = true
      return step
    case .charging, .chargeUnknown, .actionRequired: return putOff(reason, now)
    case .charged, .depositHeld, .depositing, .depositUnknown, .credited, .declined, .cancelled,
      .expired, .orderCancelling, .refunding, .refundUnknown, .refunded, .refundFailed, .reversed,
      .needsReview:
      return nil
    }
  }

  /// Has the present intent cancelled; one whose id is not known yet is made known first, for only
  /// what is seen `canceled` is dead (invariant 13).
  func abandonAttempt(_ reason: String, _ now: UnixTime) -> Step? {
    guard var attempt, attempt.phase != .abandoning, attempt.phase != .dead,
      attempt.phase != .succeeded
    else { return nil }
    attempt.phase = .abandoning
    return Step(with(attempt, .charging, now), "cancelling the intent: \(reason)")
  }

  /// Has the present intent cancelled, and the charge decided anew after that.
  func putOff(_ reason: String, _ now: UnixTime) -> Step? {
    var step = abandonAttempt(reason, now)
    step?.topUp.isPutOff = true
    return step
  }

  /// Whether its intent is being cancelled for it to be decided anew.
  var isBeingPutOff: Bool { attempt?.phase == .abandoning && isPutOff }

  /// Somebody gives the charge up; where it is being cancelled already, nothing is decided anew.
  func chargeGivenUp(_ reason: String, _ now: UnixTime) -> Step? {
    guard isBeingPutOff else { return abandonAttempt(reason, now) }
    var topUp = self
    topUp.isPutOff = false
    return Step(topUp, "given up: \(reason)")
  }

  // MARK: How an intent stands

  func intentSeen(_ intent: IntentSnapshot, _ now: UnixTime) throws(TransitionError) -> Step? {
    guard var attempt = try attempt(of: intent) else { return nil }
    guard attempt.phase != .succeeded, attempt.phase != .dead else { return nil }
    let isNew = attempt.intent == nil
    attempt.intent = intent.id
    attempt.charge = intent.latestCharge ?? attempt.charge
    switch intent.status {
    case .succeeded: return try captured(attempt, intent, now)
    case .canceled: return intentCanceled(attempt, now)
    case .unrecognised(let status):
      return waiting(Timings.ask(looks), "unknown intent status \(status)", now)
    case .processing, .requiresCapture, .requiresAction, .requiresConfirmation,
      .requiresPaymentMethod:
      break
    }
    // While a person is waited for, only what has come to its end moves the charge.
    guard state != .needsReview else {
      return waiting(Timings.reviewPeriod, "still in review", now)
    }
    if attempt.phase.isUnwanted { return stillUnwanted(attempt, intent, isNew: isNew, now) }
    switch intent.status {
    case .processing, .requiresCapture: return atWork(attempt, now)
    case .requiresAction: return actionNeeded(attempt, now)
    case .requiresConfirmation: return confirmable(attempt, isNew: isNew, now)
    case .requiresPaymentMethod: return failed(attempt, intent, isNew: isNew, now)
    case .succeeded, .canceled, .unrecognised: return nil
    }
  }

  private func atWork(_ attempt: ChargeAttempt, _ now: UnixTime) -> Step? {
    if attempt.phase == .processing, state == .charging {
      return waiting(Timings.ask(looks), "the processor is at work on it", now)
    }
    var attempt = attempt
    attempt.phase = .processing
    var topUp = with(attempt, .charging, now)
    topUp.nextCheck = now.advanced(by: Timings.ask(0))
    return Step(topUp, "the processor is at work on it")
  }

  /// An intent that is to be cancelled is still alive: whatever it says, it is cancelled, and asked
  /// about while the processor is at work on it.
  private func stillUnwanted(
    _ attempt: ChargeAttempt, _ intent: IntentSnapshot, isNew: Bool, _ now: UnixTime
  ) -> Step? {
    let isAtWork = intent.status == .processing || intent.status == .requiresCapture
    if isNew { return Step(with(attempt, .charging, now), "intent recorded: cancelling it") }
    guard state == .chargeUnknown else { return nil }
    if isAtWork {
      return waiting(Timings.ask(looks), "the processor is at work on it: not cancelled yet", now)
    }
    return Step(goingOn(with(attempt, .charging, now)), "still to be cancelled")
  }

  /// The attempt that an intent belongs to; nil for an intent that is none of ours.
  private func attempt(of intent: IntentSnapshot) throws(TransitionError) -> ChargeAttempt? {
    if let known = attempts.last(where: { $0.intent == intent.id }) {
      guard intent.amount == amount else {
        throw .contradicts("intent \(intent.id) is for \(intent.amount), recorded \(amount)")
      }
      return known.number == attempt?.number ? known : nil
    }
    // Only the intent in the row is ever confirmed (invariant 16): one is adopted only while the
    // present attempt has none, and only if it names this attempt.
    guard intent.topUp == id, let attempt, attempt.intent == nil, intent.attempt == attempt.number
    else { return nil }
    guard intent.amount == amount, intent.customer == attempt.card.customer else {
      throw .contradicts("intent \(intent.id) names \(id) but not its amount and customer")
    }
    return attempt
  }

  /// The id is recorded now; what comes next is to confirm it.
  private func confirmable(_ attempt: ChargeAttempt, isNew: Bool, _ now: UnixTime) -> Step? {
    // A webhook that tells of the intent while its confirm is under way says nothing new.
    if attempt.phase == .confirming, state == .charging { return nil }
    // A person finishes the intent on-session; it is not confirmed over their head (invariant 21).
    if state == .actionRequired {
      return waiting(Timings.ask(looks + 4), "still waits for the person", now)
    }
    var attempt = attempt
    if isTooOldToCharge(now) {
      attempt.phase = .abandoning
      var topUp = goingOn(with(attempt, .charging, now))
      topUp.isPutOff = true
      return Step(topUp, "unconfirmed for too long: cancelling the intent")
    }
    attempt.phase = .confirming
    return Step(
      goingOn(with(attempt, .charging, now)),
      isNew ? "intent recorded" : "seen unconfirmed: confirming it")
  }

  /// Whether the present attempt should have been confirmed long ago, and was not: nobody waits for
  /// it any more, and a decision of the day before is not charged for (invariant 47).
  func isTooOldToCharge(_ now: UnixTime) -> Bool {
    guard let attempt, attempt.phase == .creating || attempt.phase == .confirming else {
      return false
    }
    return now >= attempt.started.advanced(by: Timings.confirmMax)
  }

  /// Out of doubt and back to the same call: the back-off goes on growing, for a call that is
  /// refused again and again would else be made without a pause.
  private func goingOn(_ topUp: TopUp) -> TopUp {
    guard state == .chargeUnknown else { return topUp }
    var topUp = topUp
    topUp.looks = looks
    return topUp
  }

  private func failed(
    _ attempt: ChargeAttempt, _ intent: IntentSnapshot, isNew: Bool, _ now: UnixTime
  ) -> Step? {
    var attempt = attempt
    guard let decline = intent.lastError else {
      // An unconfirmed intent may wait for its card: it is confirmed with one.
      return confirmable(attempt, isNew: isNew, now)
    }
    if let tried = intent.failedMethod, tried != attempt.card.id {
      return otherCardFailed(attempt, now)
    }
    // Not the card's decline: the same card pays once its person has authenticated (invariant 21).
    if decline.isAuthenticationDemand { return actionNeeded(attempt, now) }
    attempt.decline = decline
    attempt.phase = .cancelling
    return Step(with(attempt, .charging, now), "declined: \(decline.shortText)")
  }

  /// Whoever has the client secret may try a card of their own on the intent. Its decline says
  /// nothing of the recorded one; the person has as long as for an authentication (invariant 21).
  private func otherCardFailed(_ attempt: ChargeAttempt, _ now: UnixTime) -> Step? {
    // Our own confirm is under way: its answer decides.
    if attempt.phase == .confirming, state == .charging { return nil }
    return actionNeeded(attempt, now)
  }

  private func actionNeeded(_ attempt: ChargeAttempt, _ now: UnixTime) -> Step? {
    var attempt = attempt
    guard state != .actionRequired else {
      return waiting(Timings.ask(looks + 4), "still waits for the person", now)
    }
    attempt.phase = .awaitingPerson
    var topUp = with(attempt, .actionRequired, now)
    topUp.nextCheck = now.advanced(by: .seconds(60))
    return Step(topUp, "a person must authenticate")
  }

  /// Once and for all: the money has been taken.
  private func captured(
    _ attempt: ChargeAttempt, _ intent: IntentSnapshot, _ now: UnixTime
  ) throws(TransitionError) -> Step {
    guard intent.amountReceived == amount else {
      throw .contradicts("intent \(intent.id) received \(intent.amountReceived), not \(amount)")
    }
    var attempt = attempt
    attempt.phase = .succeeded
    // Where the person paid with a card of their own, nothing is proven of the recorded one.
    let isOwnCard = intent.paymentMethod.map { $0 == attempt.card.id } ?? true
    // By the processor's clock, where it says: ours may have been set (invariant 48).
    attempt.paid = isOwnCard ? intent.charged ?? now : nil
    var topUp = with(attempt, .charged, now)
    topUp.books.charged = amount.minorUnits
    topUp.books.held = amount.minorUnits
    var step = Step(topUp, "charge captured")
    step.entries = [
      Entry(
        topUp: id, "charge captured",
        Entry.move(
          Int128(amount.minorUnits), from: .held(account, amount.currency),
          to: .processor(amount.currency)))
    ]
    if isOwnCard { step.chargedCard = attempt.card.fingerprint }
    switch account {
    case .credits(let credits): return step.granting(to: credits, now)
    case .ddc:
      if let hold = topUp.holdDue(intent.risk, now) {
        step.topUp = topUp.holding(hold, now)
        step.cause = "charge captured, and held: \(hold.explanation)"
        return step
      }
      // The price it was decided at is the price it is delivered at, while that stands.
      if let quote, quote.stands(at: now, for: Timings.quoteMargin) {
        step.topUp.orders.append(DepositOrder(number: 1, quote: quote, created: now))
      }
      return step
    }
  }

  /// An intent is seen `canceled`: the attempt is over. The next card may be tried only where it was
  /// cancelled because the card would not pay (invariant 20).
  private func intentCanceled(_ attempt: ChargeAttempt, _ now: UnixTime) -> Step {
    var dead = attempt
    dead.phase = .dead
    guard attempt.phase == .cancelling else {
      return ended(dead, as: .cancelled, "intent cancelled", now)
    }
    return cardFailed(dead, attempt.decline?.shortText ?? "it could not be charged", now)
  }

  /// The next card, or the end where none is left.
  private func cardFailed(_ attempt: ChargeAttempt, _ reason: String, _ now: UnixTime) -> Step {
    let tried = Set(attempts.map(\.card.fingerprint))
    guard let next = cards.first(where: { !tried.contains($0.fingerprint) }) else {
      return ended(attempt, as: .declined, "no card is left: \(reason)", now)
    }
    var topUp = with(attempt, .charging, now)
    topUp.attempts.append(
      ChargeAttempt(number: attempt.number + 1, card: next, started: now))
    return Step(topUp, "trying \(next.brand) •••• \(next.last4)")
  }

  /// Ends the top-up with nothing charged; the reservation goes back (invariant 8).
  private func ended(
    _ attempt: ChargeAttempt, as state: TopUpState, _ cause: String, _ now: UnixTime
  ) -> Step {
    var step = Step(with(attempt, state, now), cause)
    step.releasesReservation = true
    return step
  }

  // MARK: Answers that are none

  /// Making the unconfirmed intent again is the same request, and if the key was forgotten it makes
  /// a second one that nothing ever confirms (invariant 16).
  func intentNotFound(_ now: UnixTime) -> Step? {
    guard state == .chargeUnknown, let attempt, attempt.intent == nil else { return nil }
    return Step(
      goingOn(with(attempt, .charging, now)), "no intent was found: making it again")
  }

  func chargeRefused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    guard let attempt else { return nil }
    switch refusal.kind {
    case .rateLimited, .inProgress, .notAuthorised, .insufficientLiquidity:
      return waiting(
        refusal.retryAfter ?? Timings.ask(looks), "put off: \(refusal.code)", now)
    case .unexpectedState, .notFound, .idempotencyConflict, .quoteNotUsable, .invalid: break
    }
    guard next()?.isPost == true else {
      return waiting(Timings.ask(looks), "refused: \(refusal.code)", now)
    }
    return attempt.intent == nil
      ? createRefused(attempt, refusal, now) : intentCallRefused(attempt, refusal, now)
  }

  private func createRefused(
    _ attempt: ChargeAttempt, _ refusal: Refusal, _ now: UnixTime
  ) -> Step {
    // Something was made under this key by a request that is not ours: no negative (invariant 13).
    if refusal.kind == .idempotencyConflict {
      return parked("the charge's key came with another request", resume: .charging, now)
    }
    // No intent of this attempt was ever known, and only a known one is confirmed: nothing can be
    // charged by it. No bank declined anything, so no decline is recorded (invariant 17).
    var dead = attempt
    dead.phase = .dead
    guard attempt.phase != .abandoning else {
      return ended(dead, as: .cancelled, "no intent was made: \(refusal.code)", now)
    }
    return cardFailed(dead, refusal.code, now)
  }

  /// A confirm or a cancel was refused. Never a negative (invariant 13).
  private func intentCallRefused(
    _ attempt: ChargeAttempt, _ refusal: Refusal, _ now: UnixTime
  ) -> Step {
    if attempt.phase == .confirming, refusal.kind == .invalid || refusal.kind == .notFound {
      // It would be refused for ever, its card being gone: the intent is cancelled, which does no
      // harm if it did succeed, for then it cannot be.
      var unwanted = attempt
      unwanted.phase = .cancelling
      return Step(with(unwanted, .charging, now), "confirm refused: \(refusal.code)")
    }
    // Something was done under this key by a request that is not ours; asking goes on.
    if refusal.kind == .idempotencyConflict {
      return parked("the call's key came with another request", resume: .chargeUnknown, now)
    }
    var topUp = with(attempt, .chargeUnknown, now)
    topUp.looks = looks + 1
    topUp.nextCheck = now.advanced(by: Timings.ask(looks))
    return Step(topUp, "refused, asking: \(refusal.code)")
  }

  /// This top-up with its present attempt changed.
  private func with(_ attempt: ChargeAttempt, _ state: TopUpState, _ now: UnixTime) -> TopUp {
    var topUp = moved(to: state, now)
    topUp.attempts[attempt.number - 1] = attempt
    return topUp
  }
}

extension Step {
  /// Credits accounts have no deposit leg: what was charged is credited at once.
  fileprivate func granting(to credits: CreditsAccount, _ now: UnixTime) -> Step {
    var step = self
    var topUp = step.topUp
    var postings = topUp.postings(
      of: Settlement(delivered: topUp.net, fee: topUp.feeDue, tax: topUp.tax))
    postings += Entry.move(
      topUp.credits ?? 0, from: .credits(credits),
      to: .conversionCredits(tenant: ExactText(credits.tenant)))
    step.entries.append(Entry(topUp: topUp.id, "credits granted", postings))
    topUp.books.held = topUp.debtPart
    topUp.books.delivered = topUp.net
    topUp.books.fee = topUp.feeDue
    topUp.books.tax = topUp.tax
    topUp.state = .credited
    step.topUp = topUp
    step.cause = "charge captured, credits granted"
    return step
  }
}

extension Decline {
  /// A card that would pay if its person authenticated: not a decline to retry (invariant 21).
  package var isAuthenticationDemand: Bool {
    verdict.declineClass == .authentication
  }

  /// The codes, for records.
  package var shortText: String { declineCode.map { "\(code)/\($0)" } ?? code }
}
