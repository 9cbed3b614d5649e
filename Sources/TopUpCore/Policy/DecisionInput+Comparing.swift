/// What the conditions before one have established: nothing is computed twice.
struct Deliberation {
  var effective: Int128?
  /// What made the balance low.
  var trigger: Trigger?
}

extension DecisionInput {
  /// Looks at one condition. Each premise that is missing is refused as its own condition would, so
  /// that a condition can be asked for by itself.
  func compare(_ predicate: DecisionPredicate, _ known: inout Deliberation) -> Comparison {
    switch predicate {
    case .policySet: policySet
    case .policyEnabled: policyEnabled
    case .killSwitchOff: killSwitchOff
    case .storeWhole: storeWhole
    case .accountOpen: accountOpen
    case .noneInFlight: noneInFlight
    case .clocksAgree: clocksAgree
    case .fundedByRamp: fundedByRamp
    case .balanceRead: balanceRead
    case .readingNotOvertaken: readingNotOvertaken
    case .readingFresh: readingFresh
    case .balanceLow: balanceLow(&known)
    case .runwayShort: runwayShort(&known)
    case .backOffOver: backOffOver
    case .cooldownOver: cooldownOver(known)
    case .cardStored: cardStored
    case .consentGiven: consentGiven
    case .cardAccepted: cardAccepted
    case .cardRested: cardRested
    case .rampTrusted: rampTrusted
    case .quoteOffered: quoteOffered(known)
    case .quoteInCurrency: quoteInCurrency
    case .quoteDelivers: quoteDelivers
    case .quoteFeeInRange: quoteFeeInRange
    case .quoteAsAsked: quoteAsAsked(known)
    case .priceInBand: priceInBand
    case .amountChargeable: amountChargeable
    case .amountWithinRule: amountWithinRule
    case .amountWithinConsent: within(consent?.maxPerCharge)
    case .monthWithinConsent: within(consent?.maxPerMonth)
    case .capsRead: capsRead
    case .capsFit: capsFit
    case .headroomTold: headroomTold
    case .headroomFits: headroomFits
    }
  }

  // MARK: What stops an account whatever its balance

  private var policySet: Comparison {
    Comparison(
      .text(policy == nil ? "none" : "set"), .equals, .text("set"), if: policy != nil,
      else: .noPolicy)
  }

  private var policyEnabled: Comparison {
    let isEnabled = policy?.isEnabled == true
    return Comparison(
      .text(isEnabled ? "on" : "off"), .equals, .text("on"), if: isEnabled, else: .disabled)
  }

  private var killSwitchOff: Comparison {
    Comparison(
      .text(isKillSwitchOn ? "on" : "off"), .equals, .text("off"), if: !isKillSwitchOn,
      else: .killSwitch)
  }

  private var storeWhole: Comparison {
    guard let why = storeIsBehind else {
      return Comparison(.text("whole"), .equals, .text("whole"), .holds)
    }
    return Comparison(.text("behind"), .equals, .text("whole"), .refuses(.storeBehind(why)))
  }

  private var accountOpen: Comparison {
    Comparison(
      .text(state.isBlocked ? "blocked" : "open"), .equals, .text("open"), if: !state.isBlocked,
      else: .accountBlocked)
  }

  private var noneInFlight: Comparison {
    guard let other = inFlight.first(where: \.isAutomatic) else {
      return Comparison(.text("none"), .equals, .text("none"), .holds)
    }
    return Comparison(
      .text(other.id.rawValue), .equals, .text("none"), .refuses(.inFlight(other.id)))
  }

  private var clocksAgree: Comparison {
    let word =
      switch clocks {
      case .agree: "agree"
      case .differ: "differ"
      case .unknown: "not compared"
      }
    return Comparison(
      .text(word), .equals, .text("agree"), if: clocks == .agree, else: .clocks(clocks))
  }

  private var fundedByRamp: Comparison {
    switch account {
    case .ddc: Comparison(.text("ddc"), .equals, .text("ddc"), .holds)
    case .credits:
      Comparison(.text("credits"), .equals, .text("ddc"), .refuses(.creditsUnpriced))
    }
  }

  // MARK: Whether the balance is low

  private var balanceRead: Comparison {
    Comparison(
      .text(reading == nil ? "not read" : "read"), .equals, .text("read"), if: reading != nil,
      else: .balanceUnread)
  }

  private var readingNotOvertaken: Comparison {
    let least = max(state.lastCreditHeight, state.reading?.block.number ?? 0)
    guard let read = reading?.block.number else {
      return Comparison(.absent, .atLeast, .height(least), .refuses(.balanceUnread))
    }
    return Comparison(
      .height(read), .atLeast, .height(least), if: read >= least,
      else: .overtaken(read: read, least: least))
  }

  private var readingFresh: Comparison {
    guard let readAt = reading?.readAt else {
      return Comparison(.absent, .atMost, .span(Self.readingAgeMax), .refuses(.balanceUnread))
    }
    let age = now.since(readAt)
    return Comparison(
      .span(age), .atMost, .span(Self.readingAgeMax), if: age <= Self.readingAgeMax,
      else: .readTooLongAgo)
  }

  private func balanceLow(_ known: inout Deliberation) -> Comparison {
    let threshold = policy?.threshold
    let limit = threshold.map { Operand.tokens($0) } ?? .absent
    guard let effective else {
      return Comparison(.absent, .atMost, limit, .refuses(.balanceUnread))
    }
    known.effective = effective
    guard let threshold else {
      return Comparison(.tokens(effective), .atMost, .absent, .refuses(.noPolicy))
    }
    let isLow = effective <= threshold
    if isLow { known.trigger = .threshold }
    return Comparison(.tokens(effective), .atMost, limit, isLow ? .holds : .fails)
  }

  private func runwayShort(_ known: inout Deliberation) -> Comparison {
    let least = policy?.minRunway?.components.seconds
    let seconds = known.effective.flatMap { Runway(self, effective: $0).seconds }
    let (left, right) = (
      seconds.map { Operand.seconds($0) } ?? .absent,
      least.map { Operand.seconds(Int128($0)) } ?? .absent
    )
    if known.trigger == .threshold { return Comparison(left, .below, right, .notNeeded) }
    if let least, let seconds, seconds < Int128(least) {
      known.trigger = .runway
      return Comparison(left, .below, right, .holds)
    }
    guard let effective = known.effective, let threshold = policy?.threshold else {
      return Comparison(left, .below, right, .refuses(.balanceUnread))
    }
    return Comparison(
      left, .below, right, .refuses(.notLow(effective: effective, threshold: threshold)))
  }

  // MARK: Whether it is time

  private var backOffOver: Comparison {
    guard let until = state.backOffUntil else {
      return Comparison(.moment(now), .atLeast, .absent, .notNeeded)
    }
    return Comparison(
      .moment(now), .atLeast, .moment(until), if: now >= until, else: .backOff(until: until))
  }

  /// Still low after an attempt that did not help: sooner than after one that did. When all that a
  /// success brought is used up, nothing is waited for but the caps (domain §11, rule 6).
  private func cooldownOver(_ known: Deliberation) -> Comparison {
    guard let finished = state.lastFinished, let policy else {
      return Comparison(.moment(now), .atLeast, .absent, .notNeeded)
    }
    let hasHelped = state.lastCredited == state.lastFinished && state.episode.isArmed
    let span = hasHelped ? policy.cooldown : policy.lowCooldown
    let until = finished.advanced(by: span)
    if hasHelped, isExhausted(known) {
      return Comparison(.moment(now), .atLeast, .moment(until), .notNeeded)
    }
    return Comparison(
      .moment(now), .atLeast, .moment(until), if: now >= until,
      else: .cooldown(span, until: until))
  }

  private func isExhausted(_ known: Deliberation) -> Bool {
    if claimsExhaustion { return true }
    guard let effective = known.effective else { return false }
    return effective <= 0 || (Runway(self, effective: effective).eras.map { $0 < 2 } ?? false)
  }

  /// An exhaustion that was claimed before the last credit is what the credit was for.
  private var claimsExhaustion: Bool {
    guard let claim, claim.severity == .exhausted else { return false }
    return state.lastCredited.map { claim.severitySeen > $0 } ?? true
  }

  // MARK: Who pays

  private var cardStored: Comparison {
    Comparison(
      .count(Int64(cards.count)), .atLeast, .count(1), if: !cards.isEmpty,
      else: .noCard(isNamed: policy?.cards.isEmpty == false))
  }

  private var consentGiven: Comparison {
    Comparison(
      .text(consent == nil ? "none" : "recorded"), .equals, .text("recorded"),
      if: consent != nil, else: .noConsent)
  }

  private var cardAccepted: Comparison {
    let accepted = cards.count { !$0.isBreakerOpen }
    return Comparison(
      .count(Int64(accepted)), .atLeast, .count(1), if: accepted > 0, else: .cardsRefused)
  }

  /// A card that only rests comes back by itself; one that is refused does not.
  private var cardRested: Comparison {
    let rested = cards.count { $0.isChargeable }
    if rested > 0 { return Comparison(.count(Int64(rested)), .atLeast, .count(1), .holds) }
    let first = cards.filter { !$0.isBreakerOpen }.compactMap(\.restsUntil).min()
    return Comparison(
      .count(0), .atLeast, .count(1),
      .refuses(first.map { .cardsRest(until: $0) } ?? .cardsRefused))
  }
}
