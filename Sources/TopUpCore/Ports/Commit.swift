/// Changes that are made together or not at all, each under the condition it was decided by.
package struct Commit: Sendable, Hashable {
  package var now: UnixTime
  /// The writer's token; a store refuses one that is older than it knows (invariant 41).
  package var fence: Int64
  package var changes: [Change]

  package init(now: UnixTime, fence: Int64, _ changes: [Change] = []) {
    self.now = now
    self.fence = fence
    self.changes = changes
  }
}

/// One change of a commit.
package enum Change: Sendable, Hashable {
  // MARK: Top-ups

  /// A top-up that is decided now; at most one automatic one of an account is in flight
  /// (invariant 2).
  case beginTopUp(TopUp, cause: String)
  /// The next version of a top-up; refused unless the stored one is exactly one older.
  case moveTopUp(TopUp, cause: String)
  /// Refused when any window would pass its cap (invariants 6, 7).
  case reserve(TopUpID, [CapWindow], minorUnits: Int64)
  /// Gives a top-up's reservation back to the windows it was made in.
  case release(TopUpID)
  case post(Entry)
  /// Refused unless these are still the caps in force: what was decided under others is decided anew
  /// (invariant 6).
  case holdCaps(CapRule.Reference)
  /// Refused unless this is still the version of the account's rule, 0 for none: what was decided
  /// under another is decided anew (invariants 6, 47).
  case holdPolicy(AccountKey, version: Int64)
  /// Refused unless the payer agrees to just this, or to nothing (invariants 6, 12).
  case holdConsent(Payer, Consent?)
  /// Refused when the ramp would be promised more than it said it can deliver: what was claimed when
  /// it was asked, and what has begun since, this commit's top-up among it (invariant 6).
  case holdHeadroom(Headroom)

  /// A movement at the processor, once; refused when it was noted before. Its entry is posted beside
  /// it.
  case noteMovement(ProcessorMovement)

  /// Posts a movement of credits, once by its id; refused when there is not enough to take.
  case moveCredits(CreditMovement)

  /// What a person is to be told of what this commit changes; one that was told on the same occasion
  /// before changes nothing (invariant 45).
  case tell(Notice)

  // MARK: Accounts

  /// Refused unless the stored state has the version before.
  case putAccount(AccountKey, AccountState)
  /// Nothing is charged for an account from now on; refused where it has a block of that cause. Beside
  /// the account's next version.
  case beginBlock(AccountKey, AccountBlock)
  /// Ends a block; refused where there is none of that cause. Beside the account's next version.
  case endBlock(AccountKey, AccountBlock.Cause, actor: String, reason: String)
  case putPolicy(Policy, expected: Int64)
  /// Has an account looked at, at the latest then; a claim folds into what is there. Without a time
  /// it only folds: what happens anyway leads to a look.
  case evaluate(AccountKey, due: UnixTime?, claim: LowBalanceClaim?)
  /// Ends a look, unless something has come in since; then the account stays due. The claim stays,
  /// without the events that were counted, unless the look answered all of it.
  case evaluated(
    AccountKey, generation: Int64, next: UnixTime?, counted: Int64, answersClaim: Bool)
  /// What an account's sources had claimed of its use is what it is credited for in this commit: only
  /// what they say from now on counts (invariant 11).
  case answerClaim(AccountKey)
  case recordDecision(StoredDecision)
  /// What an occurrence of the calendar came to: refused when it has another answer, so that each
  /// begins one episode at most (invariant 3).
  case settleOccurrence(AccountKey, StoredOccurrence)
  /// How long a top-up took that is credited by this commit.
  case noteLeadTime(TopUpID, Duration)
  /// Has every account looked at now whose last decision was a skip for one of these reasons, for
  /// what stood in the way is changed (invariant 51); only those that a tenant pays for, if named.
  case evaluateSkipped([SkipReason], tenant: String?)
  /// Has every account looked at now whose rule this payer pays for: what the payer has gained may be
  /// what it waited for (invariant 51).
  case evaluatePaid(by: Payer)
  /// What tenants sell for, by a digest of it: where it is another than was noted last, every account
  /// is looked at whose last decision was a skip for these reasons (invariant 51).
  case notePrices([UInt8], look: [SkipReason])
  /// The next version of the rule that is tried beside an account's own; refused unless the one there
  /// is exactly one older. Counts and differences begin anew.
  case putShadow(ShadowPolicy)
  /// A look was decided by both rules, and in which way they differ. Refused never: what a trial says
  /// changes nothing of what is decided. Nothing is noted of a version that is not there any more.
  case noteShadow(AccountKey, version: Int64, ShadowDifference?)

  // MARK: Payers

  case putCustomer(Payer, CustomerID)
  /// A card that is new or has another expiry clears the breakers that wait for correction
  /// (invariant 18); one that is stored like that already changes nothing of them. A new one goes in
  /// at its rank, one that is stored keeps the place that it has by then.
  case putCard(StoredCard)
  /// Has a stored card charged before its payer's others.
  case makeFirst(PaymentMethodID)
  case removeCard(PaymentMethodID)
  case orderCards(Payer, [PaymentMethodID])
  case putSetup(StoredSetup)
  case putConsent(Payer, Consent)
  case withdrawConsent(Payer, actor: String)
  /// Open until it is cleared; one that waits for correction of the card's data is cleared by it,
  /// unless a decline of another kind came too.
  case openBreaker(
    AccountKey, fingerprint: String, reason: String, awaitsCorrection: Bool = false)
  case clearBreaker(AccountKey, fingerprint: String, actor: String)

  // MARK: Intake

  /// Refused when the key is known (invariant 43).
  case rememberRequest(StoredRequest)
  /// Refused unless the high-water mark is where it was read.
  case advanceSource(SourceID, from: UInt64, to: UInt64)
  case rememberEvent(source: String, id: [UInt8], digest: [UInt8])
  /// A second delivery changes nothing.
  case receiveInbox(InboxEvent)
  case applyInbox(String)
  /// A token for a person's turn; refused unless its top-up still waits in the attempt that it is for.
  case issueAuthentication(AuthenticationLink)
  /// Uses the token with this digest; refused unless it is good (invariant 21).
  case redeemAuthentication([UInt8])
  /// What the processor and the ramp had to tell up to there has been taken in.
  case noteOutside(OutsideMarks)
  /// This file is not the whole truth of its store: nothing is sent by it (invariant 50).
  case markBehind(String)
  /// - Parameter retry: nil gives it up: a dead letter, until it is replayed.
  case failInbox(String, reason: String, retry: UnixTime?)
  /// A person has an event tried again, as one that has just come; refused when it is applied.
  case replayInbox(String, actor: String, reason: String)

  // MARK: Operators

  case setKillSwitch(Bool, actor: String)
  /// The next version of a tenant's or the service's caps; refused unless the one in force is
  /// exactly one older. Every version is kept, with who set it and why.
  case putCaps(CapRule)

  // MARK: The ramp

  /// The next version of how the ramp stands; refused unless the last is exactly one older. Every
  /// version is kept, with what it is for.
  case putRamp(RampStanding)
  /// The next price in its currency that quotes are held against; as above.
  case putPrice(AcceptedPrice)
  /// What an alarm is about has been settled by a person; a second word on it changes nothing.
  case settleByHand(object: String, actor: String)
  /// The processor and the ramp have been compared with this file, and what it does not have was
  /// settled: what they made up to then is no sign of a copy any more. No episode from before comes
  /// again, so that nothing gets the id of what is lost (invariant 50).
  case clearBehind(actor: String, through: UnixTime)
  /// Refused unless the top-up is still at the version that the person looked at.
  case proposeReview(ReviewProposal)
  /// Refused unless the account owes what it owed when the person looked.
  case proposeDebtRelease(DebtReleaseProposal)
}
