/// What the conditions before one have established: nothing is computed twice.
struct Deliberation {
  var effective: Int128?
  /// What the account is funded for.
  private(set) var grounds: TopUpPlan.Grounds?
  /// Whether that is known; asked for by many conditions, which need not copy it for that.
  private(set) var isFunded = false

  mutating func fund(for grounds: TopUpPlan.Grounds) {
    self.grounds = grounds
    isFunded = true
  }
}

extension DecisionInput {
  /// Looks at one condition. Each premise that is missing is refused as its own condition would, so
  /// that a condition can be asked for by itself.
  func look<Values>(
    at predicate: DecisionPredicate, _ known: inout Deliberation
  ) -> Condition<Values> {
    switch predicate {
    case .policySet: policySet()
    case .policyEnabled: policyEnabled()
    case .killSwitchOff: killSwitchOff()
    case .storeWhole: storeWhole()
    case .accountOpen: accountOpen()
    case .noneInFlight: noneInFlight()
    case .clocksAgree: clocksAgree()
    case .priceListed: priceListed()
    case .scheduleInTime: scheduleInTime(&known)
    case .balanceRead: balanceRead(known)
    case .readingNotOvertaken: readingNotOvertaken(known)
    case .readingFresh: readingFresh(known)
    case .balanceLow: balanceLow(&known)
    case .runwayShort: runwayShort(&known)
    case .runwayWithinLeadTime: runwayWithinLeadTime(&known)
    case .backOffOver: backOffOver()
    case .cooldownOver: cooldownOver(known)
    case .cardStored: cardStored()
    case .consentGiven: consentGiven()
    case .cardAccepted: cardAccepted()
    case .cardRested: cardRested()
    case .rampTrusted: rampTrusted()
    case .quoteOffered: quoteOffered(known)
    case .quoteInCurrency: quoteInCurrency()
    case .quoteDelivers: quoteDelivers()
    case .quoteFeeInRange: quoteFeeInRange()
    case .quoteAsAsked: quoteAsAsked(known)
    case .priceInBand: priceInBand()
    case .amountChargeable: amountChargeable(known)
    case .debtPayable: debtPayable(known)
    case .amountWithinRule: amountWithinRule(known)
    case .amountWithinConsent: within(consent?.maxPerCharge, known)
    case .monthWithinConsent: within(consent?.maxPerMonth, known)
    case .capsRead: capsRead()
    case .capsFit: capsFit(known)
    case .headroomTold: headroomTold()
    case .headroomFits: headroomFits()
    }
  }

  // MARK: What stops an account whatever its balance

  private func policySet<Values>() -> Condition<Values> {
    Condition(
      .text(policy == nil ? "none" : "set"), .equals, .text("set"), if: policy != nil,
      else: .noPolicy)
  }

  private func policyEnabled<Values>() -> Condition<Values> {
    let isEnabled = policy?.isEnabled == true
    return Condition(
      .text(isEnabled ? "on" : "off"), .equals, .text("on"), if: isEnabled, else: .disabled)
  }

  private func killSwitchOff<Values>() -> Condition<Values> {
    Condition(
      .text(isKillSwitchOn ? "on" : "off"), .equals, .text("off"), if: !isKillSwitchOn,
      else: .killSwitch)
  }

  private func storeWhole<Values>() -> Condition<Values> {
    guard let why = storeIsBehind else {
      return Condition(.text("whole"), .equals, .text("whole"), .holds)
    }
    return Condition(.text("behind"), .equals, .text("whole"), .refuses(.storeBehind(why)))
  }

  private func accountOpen<Values>() -> Condition<Values> {
    guard state.isBlocked else {
      return Condition(.text("open"), .equals, .text("open"), .holds)
    }
    let causes = state.blockCauses
    return Condition(
      .text("blocked: \(AccountBlock.Cause.text(causes))"), .equals, .text("open"),
      .refuses(.accountBlocked(causes)))
  }

  private func noneInFlight<Values>() -> Condition<Values> {
    guard let other = inFlight.first(where: \.isAutomatic) else {
      return Condition(.text("none"), .equals, .text("none"), .holds)
    }
    return Condition(
      .text(other.id.rawValue), .equals, .text("none"), .refuses(.inFlight(other.id)))
  }

  private func clocksAgree<Values>() -> Condition<Values> {
    Condition(
      .text(clocks.word), .equals, .text("agree"), if: clocks == .agree, else: .clocks(clocks))
  }

  // MARK: Whether it is time

  private func backOffOver<Values>() -> Condition<Values> {
    guard let until = state.backOffUntil else {
      return Condition(.moment(now), .atLeast, .absent, .notNeeded)
    }
    return Condition(
      .moment(now), .atLeast, .moment(until), if: now >= until, else: .backOff(until: until))
  }

  /// Still low after an attempt that did not help: sooner than after one that did. When all that a
  /// success brought is used up, nothing is waited for but the caps (domain §11, rule 6).
  private func cooldownOver<Values>(_ known: Deliberation) -> Condition<Values> {
    // The calendar asks for its own, whatever was charged for the balance before.
    if known.isFunded, known.grounds?.trigger == .schedule {
      return Condition(.moment(now), .atLeast, .absent, .notNeeded)
    }
    let hasHelped = state.lastCredited == state.lastFinished && state.episode.isArmed
    guard let finished = state.lastFinished,
      let span = hasHelped ? policy?.cooldown : policy?.lowCooldown
    else { return Condition(.moment(now), .atLeast, .absent, .notNeeded) }
    let until = finished.advanced(by: span)
    if hasHelped, isExhausted(known) {
      return Condition(.moment(now), .atLeast, .moment(until), .notNeeded)
    }
    return Condition(
      .moment(now), .atLeast, .moment(until), if: now >= until,
      else: .cooldown(span, until: until))
  }

  private func isExhausted(_ known: Deliberation) -> Bool {
    if claimsExhaustion { return true }
    guard let effective = known.effective else { return false }
    return effective <= 0 || (runway(of: effective).eras.map { $0 < 2 } ?? false)
  }

  /// An exhaustion that was claimed before the last credit is what the credit was for.
  private var claimsExhaustion: Bool {
    guard let claim, claim.severity == .exhausted else { return false }
    return state.lastCredited.map { claim.severitySeen > $0 } ?? true
  }

  // MARK: Who pays

  private func cardStored<Values>() -> Condition<Values> {
    Condition(
      .count(Int64(cards.count)), .atLeast, .count(1), if: !cards.isEmpty,
      else: .noCard(isNamed: policy?.cards.isEmpty == false))
  }

  private func consentGiven<Values>() -> Condition<Values> {
    Condition(
      .text(consent == nil ? "none" : "recorded"), .equals, .text("recorded"),
      if: consent != nil, else: .noConsent)
  }

  private func cardAccepted<Values>() -> Condition<Values> {
    let accepted = cards.count { !$0.isBreakerOpen }
    return Condition(
      .count(Int64(accepted)), .atLeast, .count(1), if: accepted > 0, else: .cardsRefused)
  }

  /// A card that only rests comes back by itself; one that is refused does not.
  private func cardRested<Values>() -> Condition<Values> {
    let rested = cards.count { $0.isChargeable }
    if rested > 0 { return Condition(.count(Int64(rested)), .atLeast, .count(1), .holds) }
    let first = cards.filter { !$0.isBreakerOpen }.compactMap(\.restsUntil).min()
    return Condition(
      .count(0), .atLeast, .count(1),
      .refuses(first.map { .cardsRest(until: $0) } ?? .cardsRefused))
  }
}

extension ClockAgreement {
  fileprivate var word: String {
    switch self {
    case .agree: "agree"
    case .differ: "differ"
    case .unknown: "not compared"
    }
  }
}
