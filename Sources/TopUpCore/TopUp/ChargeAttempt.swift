/// One try to charge one card: the durable row behind every call to the processor (invariant 12).
package struct ChargeAttempt: Sendable, Hashable {
  /// How far it is; says which call comes next.
  package enum Phase: String, Sendable, Hashable, CaseIterable {
    /// The unconfirmed intent is being made; harmless to make again.
    case creating
    /// The intent's id is known, and it is being confirmed.
    case confirming
    /// The processor is at work on it.
    case processing
    /// A person must authenticate it.
    case awaitingPerson
    /// The card will not pay: being cancelled, and dead only when seen `canceled` (invariant 13).
    /// The next card may follow.
    case cancelling
    /// A person, a policy or time ended the charge: being cancelled in the same way, and no card
    /// follows (invariants 21, 47).
    case abandoning
    case succeeded
    /// Seen `canceled`, or never made.
    case dead

    /// Whether its intent is only to be cancelled, never confirmed.
    package var isUnwanted: Bool {
      switch self {
      case .cancelling, .abandoning: true
      case .creating, .confirming, .processing, .awaitingPerson, .succeeded, .dead: false
      }
    }
  }

  /// From 1.
  package let number: Int
  package let card: CardReference
  package var phase: Phase
  package var intent: PaymentIntentID?
  package var charge: ChargeID?
  package var decline: Decline?
  package let started: UnixTime
  /// When it was seen to have succeeded: how long its card has paid us is counted from there. Nil
  /// also where another card paid, which a person may choose who has the intent's client secret.
  package var paid: UnixTime?

  package init(
    number: Int, card: CardReference, phase: Phase = .creating, intent: PaymentIntentID? = nil,
    charge: ChargeID? = nil, decline: Decline? = nil, started: UnixTime,
    paid: UnixTime? = nil
  ) {
    self.number = number
    self.card = card
    self.phase = phase
    self.intent = intent
    self.charge = charge
    self.decline = decline
    self.started = started
    self.paid = paid
  }
}

/// The card of an attempt, chosen once and recorded (invariant 20).
package struct CardReference: Sendable, Hashable {
  package let id: PaymentMethodID
  package let customer: CustomerID
  package let fingerprint: String
  package let brand: String
  package let last4: String
  /// When it first paid for this payer, as known when it was chosen; nil for a card that never had.
  package let provenSince: UnixTime?

  package init(
    id: PaymentMethodID, customer: CustomerID, fingerprint: String, brand: String, last4: String,
    provenSince: UnixTime? = nil
  ) {
    self.id = id
    self.customer = customer
    self.fingerprint = fingerprint
    self.brand = brand
    self.last4 = last4
    self.provenSince = provenSince
  }
}
