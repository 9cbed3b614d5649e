internal import TopUpCore

/// Whose reading, claim or top-ups in flight a change may alter.
enum TouchedStanding {
  case none
  case one(AccountKey)
  case all
}

extension Change {
  /// What ``StandingCache`` forgets with it. Every case is listed, so that a new one is thought about.
  var touchedStanding: TouchedStanding {
    switch self {
    case .beginTopUp(let topUp, _), .moveTopUp(let topUp, _): .one(topUp.account)
    case .putAccount(let key, _), .evaluate(let key, _, _), .evaluated(let key, _, _, _, _),
      .answerClaim(let key):
      .one(key)
    // Looks of any account.
    case .evaluateSkipped, .evaluatePaid, .notePrices: .all
    case .reserve, .release, .post, .holdCaps, .holdPolicy, .holdConsent, .holdHeadroom,
      .noteMovement, .moveCredits, .tell, .putPolicy, .recordDecision, .settleOccurrence,
      .noteLeadTime, .putShadow, .noteShadow, .putCustomer, .putCard, .makeFirst, .removeCard,
      .orderCards, .putSetup, .putConsent, .withdrawConsent, .openBreaker, .clearBreaker,
      .rememberRequest, .advanceSource, .rememberEvent, .receiveInbox, .applyInbox,
      .issueAuthentication, .redeemAuthentication, .noteOutside,
      .markBehind, .failInbox, .replayInbox, .setKillSwitch, .putCaps, .putRamp, .putPrice,
      .settleByHand, .clearBehind, .proposeReview, .beginBlock, .endBlock, .proposeDebtRelease:
      .none
    }
  }
}
