// The charge leg: one or more attempts, each an intent that is created unconfirmed, recorded, and
// only then confirmed (invariants 12, 13, 16, 20, 21).

extension TopUp {
  func chargeStarted(_ now: UnixTime) -> Step? {
    guard state == .reserved, let card = cards.first else { return nil }
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
      step.releasesReservation = true
      return step
    case .charging, .chargeUnknown, .actionRequired: return abandonAttempt(reason, now)
    case .charged, .depositing, .depositUnknown, .credited, .declined, .cancelled, .expired,
      .orderCancelling, .refunding, .refundUnknown, .refunded, .refundFailed, .reversed,
      .needsReview:
      return nil
    }
  }

  /// Has the present intent cancelled; one whose id is not known yet is made known first, for only
  /// what is seen `canceled` is dead (invariant 13).
  func abandonAttempt(_ reason: String, _ now: UnixTime) -> Step? {
    guard var attempt, attempt.phase != .cancelling, attempt.phase != .dead,
      attempt.phase != .succeeded
    else { return nil }
    attempt.phase = .cancelling
    return Step(with(attempt, .charging, now), "cancelling the intent: \(reason)")
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
    case .canceled:
      attempt.phase = .dead
      return intentCanceled(attempt, now)
    case .processing, .requiresCapture:
      if attempt.phase == .processing, state == .charging {
        return waiting(Timings.ask(looks), "the processor is at work on it", now)
      }
      attempt.phase = .processing
      var topUp = with(attempt, .charging, now)
      topUp.nextCheck = now.advanced(by: Timings.ask(0))
      return Step(topUp, "the processor is at work on it")
    case .requiresAction: return actionNeeded(attempt, now)
    case .requiresConfirmation: return confirmable(attempt, isNew: isNew, now)
    case .requiresPaymentMethod: return failed(attempt, intent, isNew: isNew, now)
    case .unrecognised(let status):
      return waiting(Timings.ask(looks), "unknown intent status \(status)", now)
    }
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

  /// The id is recorded now; what comes next is to confirm it, or to cancel it when it is not
  /// wanted any more.
  private func confirmable(_ attempt: ChargeAttempt, isNew: Bool, _ now: UnixTime) -> Step? {
    var attempt = attempt
    if attempt.phase == .cancelling {
      return isNew || state == .chargeUnknown
        ? Step(with(attempt, .charging, now), "seen unconfirmed: cancelling it") : nil
    }
    // A webhook that tells of the intent while its confirm is under way says nothing new.
    if attempt.phase == .confirming, state == .charging { return nil }
    attempt.phase = .confirming
    return Step(
      with(attempt, .charging, now), isNew ? "intent recorded" : "seen unconfirmed: confirming it")
  }

  private func failed(
    _ attempt: ChargeAttempt, _ intent: IntentSnapshot, isNew: Bool, _ now: UnixTime
  ) -> Step? {
    var attempt = attempt
    guard let decline = intent.lastError else {
      // An unconfirmed intent may wait for its card: it is confirmed with one.
      return confirmable(attempt, isNew: isNew, now)
    }
    if attempt.phase == .cancelling, state == .charging { return nil }
    let isNews = attempt.decline == nil
    attempt.decline = decline
    if decline.isAuthenticationDemand, attempt.phase != .cancelling {
      return actionNeeded(attempt, now)
    }
    attempt.phase = .cancelling
    var step = Step(with(attempt, .charging, now), "declined: \(decline.shortText)")
    if isNews {
      step.cardOutcome = .declined(fingerprint: attempt.card.fingerprint, decline)
    }
    return step
  }

  private func actionNeeded(_ attempt: ChargeAttempt, _ now: UnixTime) -> Step? {
    var attempt = attempt
    guard attempt.phase != .cancelling else {
      return state == .chargeUnknown
        ? Step(with(attempt, .charging, now), "still to be cancelled") : nil
    }
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
    step.cardOutcome = .succeeded(fingerprint: attempt.card.fingerprint)
    if case .credits(let credits) = account { step = step.granting(to: credits, now) }
    return step
  }

  /// An intent is seen `canceled`: the attempt is over, and the next card may be tried
  /// (invariant 20).
  private func intentCanceled(_ attempt: ChargeAttempt, _ now: UnixTime) -> Step {
    guard let decline = attempt.decline else {
      return ended(attempt, as: .cancelled, "intent cancelled", now)
    }
    let tried = Set(attempts.map(\.card.fingerprint))
    guard let next = cards.first(where: { !tried.contains($0.fingerprint) }) else {
      return ended(attempt, as: .declined, "no card is left: \(decline.shortText)", now)
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
    return Step(with(attempt, .charging, now), "no intent was found: making it again")
  }

  func chargeRefused(_ refusal: Refusal, _ now: UnixTime) -> Step? {
    guard let attempt else { return nil }
    switch refusal.kind {
    case .rateLimited, .inProgress, .notAuthorised, .insufficientLiquidity:
      return waiting(
        refusal.retryAfter ?? Timings.ask(looks), "put off: \(refusal.code)", now)
    case .unexpectedState, .notFound, .idempotencyConflict, .quoteNotUsable, .invalid: break
    }
    if attempt.intent != nil {
      // Never a negative (invariant 13): how the intent stands is asked, and a person is told.
      if state == .chargeUnknown || state == .actionRequired {
        return waiting(Timings.ask(looks), "refused: \(refusal.code)", now)
      }
      return Step(with(attempt, .chargeUnknown, now), "refused, asking: \(refusal.code)")
    }
    if state == .chargeUnknown {
      return waiting(Timings.ask(looks), "cannot look for the intent: \(refusal.code)", now)
    }
    // The intent was never made, so nothing can be charged by it.
    var dead = attempt
    dead.phase = .dead
    dead.decline = Decline(
      code: refusal.code, declineCode: nil, adviceCode: nil, networkDeclineCode: nil,
      message: "The card could not be used for this payment.", charge: nil)
    return intentCanceled(dead, now)
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
    let amount = topUp.amount
    let held = LedgerAccount.held(topUp.account, amount.currency)
    var postings = Entry.move(
      Int128(topUp.net), from: .conversionFiat(amount.currency), to: held)
    postings += Entry.move(
      topUp.credits ?? 0, from: .credits(credits), to: .conversionCredits(tenant: credits.tenant))
    postings += topUp.feePostings(from: held)
    step.entries.append(Entry(topUp: topUp.id, "credits granted", postings))
    topUp.books.held = 0
    topUp.books.delivered = topUp.net
    topUp.books.fee = topUp.fee
    topUp.books.tax = topUp.tax
    topUp.state = .credited
    step.topUp = topUp
    step.cause = "charge captured, credits granted"
    return step
  }
}

extension TopUp {
  /// Fee and tax out of what is held.
  func feePostings(from held: LedgerAccount) -> [Posting] {
    var postings: [Posting] = []
    if fee > 0 {
      postings += Entry.move(Int128(fee), from: .feeIncome(amount.currency), to: held)
    }
    if tax > 0 {
      postings += Entry.move(Int128(tax), from: .taxOwed(amount.currency), to: held)
    }
    return postings
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
