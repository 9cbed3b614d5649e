package import TopUpCore

/// How much the engine does at once, and how often it looks.
package struct EngineSettings: Sendable {
  /// Top-ups and accounts in work at a time; the rest waits its turn.
  package var tasksMax = 512
  package var evaluationsMax = 256
  package var inboxBatchMax = 256
  /// How often events that could not be applied are looked for.
  package var inboxPeriod = Duration.seconds(30)
  package var inboxPatience = InboxPatience()
  /// How often the processor's own list of events is gone through (invariants 36, 39).
  package var eventsPeriod = Duration.seconds(3_600)
  /// Until then again when it did not answer.
  package var eventsRetry = Duration.seconds(30)
  /// How much of what was gone through is gone through again: events may be listed late.
  package var eventsOverlap = Duration.seconds(600)
  /// For how long the processor keeps its events (Stripe docs, Events: 30 days), less a day for a clock
  /// that is behind.
  package var eventsKept = Duration.seconds(29 * 86_400)
  /// Pages of one pass; the next goes on from there.
  package var eventPagesMax = 1_000
  /// How long an account waits after a failed evaluation.
  package var evaluationRetry = Duration.seconds(10)
  /// How often our clock is held against the processor's.
  package var clockCheckPeriod = Duration.seconds(600)
  /// How long an agreement of the clocks is good for while the processor does not answer.
  package var clockTrustMax = Duration.seconds(7_200)
  /// How long the engine sleeps at most, so that it sees a clock that was set.
  package var clockLookPeriod = Duration.seconds(60)
  /// A clock that goes back by more was set (invariant 48).
  package var clockStepMax = Duration.seconds(30)
  /// How far ahead of a start looks are planned that are made at it all the same: the clock that
  /// planned them may have been ahead by a day, of a pause of a day (invariant 48).
  package var startRecall = Duration.seconds(2 * 86_400)
  /// How long a top-up rests when a concurrent change won.
  package var conflictPause = Duration.milliseconds(20)
  /// How long a top-up rests when the schema forbids its next step; only a person can help.
  package var forbiddenRetry = Duration.seconds(3_600)
  package var conflictRetriesMax = 16
  /// Seconds of one DDC era (facts/domain §4, one sample: configuration).
  package var eraSeconds: Int64 = 480
  /// How often one card is tried in 30 days (invariant 19).
  package var attemptCeiling = AttemptCeiling()
  /// The price band and the breaker's span (invariant 4).
  package var ramp = RampTerms()
  /// How old a card's first charge must be before its money is ordered for, where a rule does not say.
  package var newCardHold = Duration.zero
  /// How long a hold is put off whose end our clock alone tells.
  package var holdRetry = Duration.seconds(60)
  /// From a start to its first comparison of the three books, which is of all.
  package var booksDelay = Duration.seconds(600)
  /// How often the last days are compared, and how far back they go.
  package var booksPeriod = Duration.seconds(3_600)
  package var booksSpan = Duration.seconds(2 * 86_400)
  /// How often all is compared.
  package var booksFullPeriod = Duration.seconds(86_400)
  /// Until then again when the processor or the ramp did not answer.
  package var booksRetry = Duration.seconds(600)
  /// What is younger may be under way, or be told of by the next look at the processor's events.
  package var booksSettledFor = Duration.seconds(2 * 3_600)
  /// Ends of the ramp's list that are remembered: three days of hourly comparisons.
  package var orderMarksMax = 80
  /// What tenants sell credits for.
  package var prices = PriceBook()
  /// This writer's token (invariant 41).
  package var fence: Int64

  package init(fence: Int64) { self.fence = fence }
}
