/// Why a considered event starts nothing, with the figures; its words are made when they are asked
/// for.
package enum SkipCause: Sendable, Hashable {
  case noPolicy
  case disabled
  case killSwitch
  case storeBehind(String)
  case accountBlocked([AccountBlock.Cause])
  case inFlight(TopUpID)
  case clocks(ClockAgreement)
  indirect case unpriced(PriceGap)
  case balanceUnread
  case overtaken(read: UInt64, least: UInt64)
  case readTooLongAgo
  case notLow(effective: Int128, threshold: Int128, BalanceUnit = .cere)
  case backOff(until: UnixTime)
  case cooldown(Duration, until: UnixTime)
  case noCard(isNamed: Bool)
  case noConsent
  case cardsRefused
  case cardsRest(until: UnixTime)
  indirect case ramp(RampObjection)
  case noQuote(String)
  indirect case quoteFlaw(QuoteFlaw)
  /// With what is owed the charge would be above the most of one top-up.
  indirect case debtTooLarge(Money, owed: Money, most: Money)
  indirect case aboveRule(Money, most: Money)
  /// A price that nobody can raise.
  indirect case belowRule(Money, least: Money)
  indirect case aboveConsent(Money, limit: Money)
  case capsUnread
  indirect case cap(CapObjection)
  /// An occurrence of the calendar that nobody could charge for in time.
  indirect case missed(Occurrence)
}

/// What is wrong with an offer for what was asked; the ramp's figures charge nobody unchecked.
package enum QuoteFlaw: Sendable, Hashable, CustomStringConvertible {
  case currency(Currency)
  case nothingOffered
  case fee(Money, of: Money)
  case otherAmount(Money, asked: Money)
  case tooFewTokens(Planck, asked: Planck)

  package var description: String {
    switch self {
    case .currency(let currency): "it is in \(currency.code)"
    case .nothingOffered: "it offers nothing"
    case .fee(let fee, let gross): "its fee is \(fee) of \(gross)"
    case .otherAmount(let gross, let asked): "it is for \(gross), not \(asked)"
    case .tooFewTokens(let tokens, let asked): "it offers \(tokens), not \(asked)"
    }
  }
}

extension SkipCause {
  /// Of the closed set (invariant 5).
  package var reason: SkipReason {
    switch self {
    case .noPolicy: .noPolicy
    case .disabled: .disabled
    case .killSwitch: .killSwitch
    case .storeBehind: .storeBehind
    case .accountBlocked: .accountBlocked
    case .inFlight: .inFlight
    case .clocks: .clockSkew
    case .unpriced: .creditsUnpriced
    case .noQuote, .quoteFlaw: .rampUnavailable
    case .balanceUnread: .balanceUnreadable
    case .overtaken, .readTooLongAgo: .staleReading
    case .notLow: .notLow
    case .backOff: .backOff
    case .cooldown: .cooldown
    case .noCard: .noPaymentMethod
    case .noConsent: .noConsent
    case .cardsRefused: .breakerOpen
    case .cardsRest: .attemptsExhausted
    case .ramp(let objection): objection.skip
    case .debtTooLarge: .debtTooLarge
    case .aboveRule, .belowRule, .aboveConsent: .amountOutOfBounds
    case .capsUnread: .capsUnreadable
    case .cap: .capReached
    case .missed: .scheduleMissed
    }
  }

  /// When it is worth another look without any event; nil when only a change helps (invariant 51).
  package func lookAgain(at now: UnixTime) -> UnixTime? {
    switch self {
    // What waits for a person, a card, an event or the end of a top-up. Prices come with a start,
    // which looks at all that waits for one.
    case .noPolicy, .disabled, .accountBlocked, .inFlight, .unpriced, .notLow, .noCard,
      .noConsent, .cardsRefused, .belowRule:
      nil
    // By the ramp's price, which moves.
    case .debtTooLarge, .aboveRule, .aboveConsent: now.advanced(by: .seconds(300))
    // The switch's release names no account, so that each looks by itself.
    case .killSwitch, .storeBehind, .clocks: now.advanced(by: .seconds(60))
    case .balanceUnread, .overtaken, .readTooLongAgo, .capsUnread: now.advanced(by: .seconds(10))
    case .backOff(let until), .cooldown(_, let until), .cardsRest(let until): until
    case .ramp(let objection): objection.lookAgain(at: now)
    case .noQuote, .quoteFlaw: now.advanced(by: .seconds(30))
    case .cap(let objection): objection.window.ends
    // It is answered; the next line, or the balance, has its turn.
    case .missed: now
    }
  }
}

extension SkipCause: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noPolicy: "no policy is set for this account"
    case .disabled: "automatic top-up is off for this account"
    case .killSwitch: "an operator stopped charging"
    case .storeBehind(let why): why
    case .accountBlocked(let causes):
      "the account is blocked (\(AccountBlock.Cause.text(causes))): "
        + causes.sorted().map(\.explanation).joined(separator: ", ")
    case .inFlight(let id): "top-up \(id) is not finished"
    case .clocks(let clocks): clocks.objection ?? ""
    case .unpriced(let gap): "\(gap)"
    case .balanceUnread: "the balance could not be read"
    case .overtaken(let read, let least):
      "read at block \(read), below the last credit or reading at \(least)"
    case .readTooLongAgo: "read more than \(DecisionInput.readingAgeMax) ago"
    case .notLow(let effective, let threshold, let unit):
      "\(unit.text(effective)) is above the threshold of \(unit.text(threshold))"
    case .backOff: "a card was declined; the next try is due later"
    case .cooldown(let span, _): "the last top-up ended less than \(span) ago"
    case .noCard(let isNamed):
      isNamed
        ? "the payer has none of the cards that the rule names" : "the payer has no stored card"
    case .noConsent: "no consent to charges without the payer present is recorded"
    case .cardsRefused: "every stored card is refused until it is replaced or corrected"
    case .cardsRest:
      "every card that may be charged was tried as often as it may be in 30 days"
    case .ramp(let objection): "\(objection)"
    case .noQuote(let reason): "the ramp gave no quote: \(reason)"
    case .quoteFlaw(let flaw): "the ramp's quote does not hold: \(flaw)"
    case .debtTooLarge(let charge, let owed, let most):
      "\(charge), with \(owed) that the account owes, is above the most of \(most)"
    case .aboveRule(let amount, let most): "\(amount) is above the most of \(most)"
    case .belowRule(let amount, let least): "\(amount) is below the least of \(least)"
    case .aboveConsent(let amount, let limit):
      "\(amount) is above the \(limit) the payer agreed to"
    case .capsUnread: "the caps' counters could not be read"
    case .cap(let objection): "\(objection)"
    case .missed(let occurrence):
      "\(occurrence.amount) for \(occurrence.name) could not be charged within "
        + (occurrence.isBegun ? "three days" : "a day")
    }
  }
}
