/// Why a considered event started nothing: a closed set (invariant 5).
package enum SkipReason: String, Sendable, Hashable, CaseIterable {
  case noPolicy
  case disabled
  case notLow
  case inFlight
  case cooldown
  case backOff
  case capReached
  case noPaymentMethod
  case noConsent
  case breakerOpen
  case killSwitch
  case staleReading
  case balanceUnreadable
  case rampUnavailable
  case amountOutOfBounds
  case capsUnreadable
  case clockSkew
  case accountBlocked
  case notArmed
  case storeBehind
  case attemptsExhausted
  case rampHeadroom
  case rampBreakerOpen
  case priceOutOfBand
  case scheduleMissed
  case debtTooLarge
  case creditsUnpriced
}
