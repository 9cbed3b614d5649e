/// What a person is to finish on-session: an intent, with its card, and until when (invariant 21).
package struct PersonsTurn: Sendable, Hashable {
  package let attempt: Int
  package let intent: PaymentIntentID
  package let card: PaymentMethodID
  /// From then on the intent is cancelled.
  package let ends: UnixTime
}

extension TopUp {
  /// The same intent that was confirmed without the person; nil where nobody is waited for.
  package var personsTurn: PersonsTurn? {
    guard state == .actionRequired, let attempt, let intent = attempt.intent else { return nil }
    return PersonsTurn(
      attempt: attempt.number, intent: intent, card: attempt.card.id,
      ends: attempt.started.advanced(by: Timings.authenticationMax))
  }
}
