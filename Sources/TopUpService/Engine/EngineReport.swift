package import TopUpCore

/// What the engine tells the log and the metrics; holds no secret.
package enum EngineReport: Sendable {
  case calling(TopUpID, Effect)
  case called(TopUpID, Effect, TopUpEvent)
  case contradiction(TopUpID, TransitionError)
  case decided(AccountKey, Decision)
  case inboxFailed(String, String)
  /// An event is tried no more: it waits for a person.
  case inboxGivenUp(String, String)
  /// How the ramp stands has changed: its breaker, or what it goes by (invariant 4).
  case rampStands(RampStanding)
  /// Events that no webhook brought, in the processor's list.
  case caughtUp(events: Int)
  /// The processor's or the ramp's list could not be gone through to its end; told once while the
  /// reason stays. Before the first pass nothing is sent (invariant 50).
  case catchUpFailed(String)
  /// Nobody went through the processor's list for longer than it keeps its events: since then refunds
  /// may have failed and charges been taken back, and only a comparison of the books shows it.
  case eventsForgotten(since: UnixTime)
  /// The processor knows of top-ups of this store that it does not have (invariant 50).
  case storeIsBehind(String)
  /// A difference between two of the three books (invariant 40).
  case different(Difference, isRepaired: Bool)
  /// A comparison of the three books came to its end.
  case reconciled(Reconciliation)
  case reconciliationFailed(String)
  /// Our clock went back by so much.
  case clockSetBack(Duration)
  /// The store does not answer for now; work goes on when it does.
  case storeTrouble(StoreError)
  /// The file is damaged where a top-up needs it: the process must end.
  case storeLost(StoreError)
}
