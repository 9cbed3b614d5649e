/// A stored card as a decision sees it.
package struct CardChoice: Sendable, Hashable {
  package var card: CardReference
  /// Set while the card is refused until it is replaced or corrected (invariant 18).
  package var isBreakerOpen: Bool
  /// Set while it has been tried as often as it may be: until when (invariant 19).
  package var restsUntil: UnixTime?

  package init(card: CardReference, isBreakerOpen: Bool, restsUntil: UnixTime?) {
    self.card = card
    self.isBreakerOpen = isBreakerOpen
    self.restsUntil = restsUntil
  }

  /// Whether it may be charged now.
  var isChargeable: Bool { !isBreakerOpen && restsUntil == nil }
}

/// What the payer agreed to be charged without being present.
package struct Consent: Sendable, Hashable {
  package var textVersion: String
  package var agreed: UnixTime
  package var maxPerCharge: Money?
  package var maxPerMonth: Money?
  package var actor: String

  package init(
    textVersion: String, agreed: UnixTime, maxPerCharge: Money?, maxPerMonth: Money?,
    actor: String
  ) {
    self.textVersion = textVersion
    self.agreed = agreed
    self.maxPerCharge = maxPerCharge
    self.maxPerMonth = maxPerMonth
    self.actor = actor
  }

  /// The limit that forbids a charge without the payer present; nil when none does.
  ///
  /// What a month has seen already is for the payer's window (`CapWindow`). A limit in another
  /// currency cannot be held against the amount, so it forbids.
  package func limit(against amount: Money) -> Money? {
    [maxPerCharge, maxPerMonth].compactMap(\.self).first { !$0.allows(amount) }
  }
}

extension Money {
  /// Whether an amount is within this limit.
  func allows(_ amount: Money) -> Bool {
    currency == amount.currency && amount.minorUnits <= minorUnits
  }
}
