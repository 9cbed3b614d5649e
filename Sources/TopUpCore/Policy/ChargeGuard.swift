/// What may have changed between the decision and the charge: what is in flight keeps its amount, but
/// none of this lets another confirm pass (invariant 47).
package struct ChargeGuard: Sendable, Hashable {
  package var isKillSwitchOn: Bool
  /// The payer's cards as they are now.
  package var cards: Set<PaymentMethodID>
  package var consent: Consent?
  /// Whether the account's rule is there and on.
  package var isPolicyEnabled: Bool
  package var isAccountBlocked: Bool
  /// Whether the attempt's card has been tried as often as it may be (invariant 19).
  package var isCardExhausted: Bool
  /// Whether the ramp delivers what is charged for it.
  package var ramp: RampStanding

  package init(
    isKillSwitchOn: Bool, cards: Set<PaymentMethodID>, consent: Consent?, isPolicyEnabled: Bool,
    isAccountBlocked: Bool, isCardExhausted: Bool, ramp: RampStanding = RampStanding()
  ) {
    self.isKillSwitchOn = isKillSwitchOn
    self.cards = cards
    self.consent = consent
    self.isPolicyEnabled = isPolicyEnabled
    self.isAccountBlocked = isAccountBlocked
    self.isCardExhausted = isCardExhausted
    self.ramp = ramp
  }

  /// Why a top-up may not be confirmed any more; nil when it may.
  package func forbids(_ topUp: TopUp) -> String? {
    if isKillSwitchOn { return "an operator stopped charging" }
    if case .ddc = topUp.account, !ramp.admits(topUp.id) {
      return "\(RampObjection.breakerOpen(ramp))"
    }
    if let card = topUp.attempt?.card ?? topUp.cards.first, !cards.contains(card.id) {
      return "the card was removed"
    }
    if isCardExhausted { return "the card was tried as often as it may be in 30 days" }
    if !topUp.onSession {
      // Whoever asked for it: without the payer present nothing but the consent allows it.
      guard let consent else { return "the payer withdrew the consent" }
      if let limit = consent.limit(against: topUp.amount) {
        return "\(topUp.amount) is above the \(limit) the payer agrees to"
      }
    }
    // Whoever asked for it, and whoever is there.
    if isAccountBlocked { return "the account is blocked" }
    guard topUp.trigger.isAutomatic else { return nil }
    return isPolicyEnabled ? nil : "automatic top-up was switched off"
  }
}
