/// The conditions of a decision, in the order in which they are looked at: what a person set first,
/// what the balance says next, what guards the money last. The first that fails is the reason
/// (invariant 5). The raw value is the name on the wire.
/// - Source: facts/domain §11; invariants 1 to 11.
package enum DecisionPredicate: String, Sendable, Hashable, CaseIterable {
  // What stops an account whatever its balance.
  case policySet = "policy_set"
  case policyEnabled = "policy_enabled"
  case killSwitchOff = "kill_switch_off"
  case storeWhole = "store_whole"
  case accountOpen = "account_open"
  case noneInFlight = "none_in_flight"
  case clocksAgree = "clocks_agree"
  /// Whether the tenant's price list says what credits cost.
  case priceListed = "price_listed"
  /// Whether the calendar's occurrence, where one is due, may still be charged for.
  case scheduleInTime = "schedule_in_time"
  // A reading that may decide, and what it says.
  case balanceRead = "balance_read"
  case readingNotOvertaken = "reading_not_overtaken"
  case readingFresh = "reading_fresh"
  case balanceLow = "balance_low"
  /// The other ways to be low: asked only where ``balanceLow`` fails.
  case runwayShort = "runway_short"
  case runwayWithinLeadTime = "runway_within_lead_time"
  case backOffOver = "back_off_over"
  case cooldownOver = "cooldown_over"
  // Who pays.
  case cardStored = "card_stored"
  case consentGiven = "consent_given"
  case cardAccepted = "card_accepted"
  case cardRested = "card_rested"
  // At what price.
  case rampTrusted = "ramp_trusted"
  case quoteOffered = "quote_offered"
  case quoteInCurrency = "quote_in_currency"
  case quoteDelivers = "quote_delivers"
  case quoteFeeInRange = "quote_fee_in_range"
  case quoteAsAsked = "quote_as_asked"
  case priceInBand = "price_in_band"
  // Whether the amount fits.
  case amountChargeable = "amount_chargeable"
  case debtPayable = "debt_payable"
  case amountWithinRule = "amount_within_rule"
  case amountWithinConsent = "amount_within_consent"
  case monthWithinConsent = "month_within_consent"
  case capsRead = "caps_read"
  case capsFit = "caps_fit"
  case headroomTold = "headroom_told"
  case headroomFits = "headroom_fits"

  /// All of them, made once: a decision goes through them each time.
  package static let inOrder = allCases
  /// Those of an account of credits, which no ramp funds.
  package static let inOrderOfCredits = allCases.filter { !$0.isOfRamp }

  /// Whether it asks for what only a ramp has.
  package var isOfRamp: Bool {
    switch self {
    case .rampTrusted, .quoteOffered, .quoteInCurrency, .quoteDelivers, .quoteFeeInRange,
      .quoteAsAsked, .priceInBand, .headroomTold, .headroomFits:
      true
    case .debtPayable, .policySet, .policyEnabled, .killSwitchOff, .storeWhole, .accountOpen,
      .noneInFlight,
      .clocksAgree, .priceListed, .scheduleInTime, .balanceRead, .readingNotOvertaken,
      .readingFresh, .balanceLow, .runwayShort, .runwayWithinLeadTime, .backOffOver,
      .cooldownOver, .cardStored, .consentGiven, .cardAccepted, .cardRested, .amountChargeable,
      .amountWithinRule, .amountWithinConsent, .monthWithinConsent, .capsRead, .capsFit:
      false
    }
  }
}
