/// What happened to a top-up: an answer, a time that came, or a person's wish.
package enum TopUpEvent: Sendable, Hashable {
  /// The charge may begin.
  case chargeStarted
  /// The charge may not go on: switched off, consent withdrawn, card removed, kill switch
  /// (invariant 47).
  case chargeForbidden(String)
  /// How an intent stands, from whichever source: reply, webhook, poll, reconciliation.
  case intentSeen(IntentSnapshot)
  /// A look for an intent that was being created found none. Proves nothing (invariant 13).
  case intentNotFound
  case quoted(Quote)
  /// The processor's word just before an order is sent.
  case reread(IntentSnapshot)
  /// How an order stands, from whichever source.
  case orderSeen(RampOrder)
  /// The ramp does not know the order's id. Proves nothing by itself (invariant 33).
  case orderNotFound
  /// The ramp has an order of this top-up that this store never sent.
  case overtaken(String)
  /// What our own node says of the block of a deposit.
  case finalitySeen(FinalizedBlock)
  case refundsSeen([RefundSnapshot])
  /// What stands against a refund was seen before it was sent.
  case refundWithheld(String)
  /// How the refunds of others and the disputes of the charge stand.
  case reversalsSeen([ReversalSnapshot])
  /// The card's bank warned that the cardholder may not have paid.
  case fraudWarned
  /// A call was refused, and nothing was done.
  case refused(Refusal)
  /// A call may have been done.
  case inDoubt(String)
  /// A call never left.
  case notSent(String)
  case cancelRequested(String)
  /// The charge is wanted back before anything was delivered for it.
  case refundWished(RefundWish)
  /// An operator's verb on a top-up that waits for a person (invariant 52).
  case reviewed(ReviewAction)
  /// An operator's word that what is owed for it need not be paid (invariant 52).
  case debtReleased(DebtRelease)
  /// A moment came at which the top-up is to be looked at.
  case timePassed
}

extension TopUpEvent {
  /// Whether it tells how something is, and not how a call went: such news is good whenever it
  /// comes.
  package var showsAnObject: Bool {
    switch self {
    case .intentSeen, .reread, .orderSeen, .finalitySeen, .refundsSeen, .reversalsSeen, .quoted,
      .fraudWarned:
      true
    case .chargeStarted, .chargeForbidden, .intentNotFound, .orderNotFound, .overtaken,
      .refundWithheld, .refused, .inDoubt, .notSent, .cancelRequested, .refundWished, .reviewed,
      .debtReleased, .timePassed:
      false
    }
  }
}
